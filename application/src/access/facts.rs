//! Facts that are somebody's word: what a body may state only if whoever asks has a role that is believed in it. So are
//! all days and instants of the past from which on something is to count.

use super::{Role, Roles};
use jiff::{Timestamp, civil::Date};
use serde_json::Value;

/// A member of an operation's body.
#[derive(Debug)]
pub struct Fact {
    /// The operation.
    pub operation: &'static str,
    /// The member of its body.
    pub member: &'static str,
    /// The roles that may state it.
    pub stated_by: Roles,
    /// What of it is somebody's word.
    pub told: Told,
}

/// What of a member is somebody's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// That it is stated at all.
    Anything,
    /// That something counts from the past on: a day before today, an instant before now.
    ThePast,
}

/// Whoever judges money laundering and fraud.
const COMPLIANCE: Roles = Roles::of(&[Role::ComplianceOfficer, Role::Admin]);
/// Whoever takes cash, and knows prices and sellers.
const COUNTER: Roles = Roles::of(&[Role::Teller, Role::Admin]);

/// Whoever keeps the loans.
const LENDING: Roles = Roles::of(&[Role::LoanOfficer, Role::Admin]);
/// Whoever books what loans are paid with.
const LENDERS: Roles = Roles::of(&[Role::Teller, Role::LoanOfficer, Role::Admin]);
/// The end of the day, which no person does.
const CLOSING: Roles = Roles::of(&[Role::Admin]);
/// Whoever carries standing orders out.
const RUNNING: Roles = Roles::of(&[Role::Operator, Role::Admin]);

const fn fact(operation: &'static str, member: &'static str, stated_by: Roles) -> Fact {
    Fact { operation, member, stated_by, told: Told::Anything }
}

/// A day or an instant from which on something counts: whoever may do it may say today, or later.
const fn dated(operation: &'static str, member: &'static str, stated_by: Roles) -> Fact {
    Fact { operation, member, stated_by, told: Told::ThePast }
}

/// Every such fact.
pub const FACTS: &[Fact] = &[
    fact("withdraw_money", "aml_verdict", COMPLIANCE),
    fact("place_hold", "aml_verdict", COMPLIANCE),
    fact("capture_hold", "aml_verdict", COMPLIANCE),
    fact("create_payment", "aml_verdict", COMPLIANCE),
    fact("request_authorization", "fraud_verdict", COMPLIANCE),
    fact("open_account", "initial_deposit", COUNTER),
    fact("add_order_item", "discount_rate", COUNTER),
    fact("add_order_item", "seller_active", COUNTER),
    fact("cancel_order", "by", COUNTER),
    fact("set_shipping_address", "serviceable", COUNTER),
    fact("create_order", "customer_tier", COUNTER),
    dated("deposit_money", "effective_at", COUNTER),
    dated("withdraw_money", "effective_at", COUNTER),
    dated("charge_account_fee", "effective_at", COUNTER),
    dated("reverse_transaction", "effective_at", COUNTER),
    dated("capture_hold", "effective_at", COUNTER),
    dated("accrue_interest", "date", CLOSING),
    dated("close_card_statement", "closing_date", CLOSING),
    dated("charge_card_interest", "date", CLOSING),
    dated("run_standing_order", "date", RUNNING),
    dated("apply_for_loan", "start_date", LENDING),
    dated("apply_for_loan", "first_due_date", LENDING),
    dated("disburse_loan", "date", LENDING),
    fact("record_loan_payment", "date", LENDERS),
    fact("record_loan_recovery", "date", LENDERS),
    fact("record_loan_recovery", "reason", LENDERS),
    dated("charge_loan_penalty", "date", LENDING),
    dated("mark_loan_delinquency", "date", LENDING),
    dated("close_loan_day", "date", LENDING),
    dated("run_standing_debit", "date", LENDING),
    dated("restructure_loan", "from", LENDING),
    dated("restructure_loan", "first_due_date", LENDING),
    dated("write_off_loan", "date", LENDING),
];

impl Fact {
    /// Those that whoever has these roles may not state of an operation.
    pub fn denied(operation: &str, roles: Roles) -> impl Iterator<Item = &'static Self> {
        FACTS.iter().filter(move |fact| fact.operation == operation && !fact.stated_by.has_any(roles))
    }

    /// Whether a body states it, at an instant and on its business day.
    pub fn is_stated_in(&self, body: &Value, now: Timestamp, today: Date) -> bool {
        let stated = &body[self.member];
        match self.told {
            Told::Anything => !stated.is_null(),
            // What is neither is refused where the body is understood.
            Told::ThePast => stated.as_str().is_some_and(|text| {
                let day = text.parse::<Date>().is_ok_and(|day| day < today);
                text.parse::<Timestamp>().map_or(day, |instant| instant < now)
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Rule;
    use jiff::civil::date;
    use serde_json::json;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn denied(operation: &str, role: Role) -> Vec<&'static str> {
        Fact::denied(operation, Roles::of(&[role])).map(|fact| fact.member).collect()
    }

    #[test]
    fn a_verdict_is_the_compliance_officers() {
        assert_eq!(denied("withdraw_money", Role::Teller), ["aml_verdict"]);
        assert_eq!(denied("withdraw_money", Role::ComplianceOfficer), ["effective_at"]);
        assert_eq!(denied("request_authorization", Role::Customer), ["fraud_verdict"]);
        assert_eq!(denied("deposit_money", Role::Teller), [""; 0]);
    }

    #[test]
    fn what_is_null_is_not_stated() {
        let fact = &FACTS[0];
        let is_stated = |body| fact.is_stated_in(&body, NOW, date(2026, 3, 2));
        assert!(is_stated(json!({ "aml_verdict": "approved" })));
        assert!(!is_stated(json!({ "aml_verdict": null })) && !is_stated(json!({})));
    }

    #[test]
    fn the_past_is_what_lies_before_today_or_before_now() {
        let fact = dated("deposit_money", "effective_at", COUNTER);
        let is_past = |text| fact.is_stated_in(&json!({ "effective_at": text }), NOW, date(2026, 3, 2));
        assert!(is_past("2026-03-01") && is_past("1969-12-31T23:59:59Z"));
        assert!(
            !is_past("1970-01-01T00:00:00Z")
                && !is_past("2026-03-02")
                && !is_past("2026-03-03")
                && !is_past("1970-01-01T00:00:01Z")
        );
        assert!(!is_past("yesterday"));
        assert_eq!(denied("apply_for_loan", Role::Customer), ["start_date", "first_due_date"]);
        assert_eq!(denied("apply_for_loan", Role::LoanOfficer), [""; 0]);
    }

    #[test]
    fn each_is_of_an_operation_that_there_is() {
        for fact in FACTS {
            assert!(Rule::of(fact.operation).is_some(), "{}", fact.operation);
            assert!(fact.stated_by.has(Role::Admin), "{}", fact.member);
        }
    }
}
