//! Facts that are somebody's word: what a body may state only if whoever asks has a role that is believed in it.

use super::{Role, Roles};
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
}

/// Whoever judges money laundering and fraud.
const COMPLIANCE: Roles = Roles::of(&[Role::ComplianceOfficer, Role::Admin]);
/// Whoever takes cash, and knows prices and sellers.
const COUNTER: Roles = Roles::of(&[Role::Teller, Role::Admin]);

/// Whoever books what loans are paid with.
const LENDERS: Roles = Roles::of(&[Role::Teller, Role::LoanOfficer, Role::Admin]);

/// Every such fact.
pub const FACTS: &[Fact] = &[
    Fact { operation: "withdraw_money", member: "aml_verdict", stated_by: COMPLIANCE },
    Fact { operation: "place_hold", member: "aml_verdict", stated_by: COMPLIANCE },
    Fact { operation: "capture_hold", member: "aml_verdict", stated_by: COMPLIANCE },
    Fact { operation: "create_payment", member: "aml_verdict", stated_by: COMPLIANCE },
    Fact { operation: "request_authorization", member: "fraud_verdict", stated_by: COMPLIANCE },
    Fact { operation: "open_account", member: "initial_deposit", stated_by: COUNTER },
    Fact { operation: "record_loan_payment", member: "date", stated_by: LENDERS },
    Fact { operation: "record_loan_recovery", member: "date", stated_by: LENDERS },
    Fact { operation: "record_loan_recovery", member: "reason", stated_by: LENDERS },
    Fact { operation: "add_order_item", member: "discount_rate", stated_by: COUNTER },
    Fact { operation: "add_order_item", member: "seller_active", stated_by: COUNTER },
    Fact { operation: "cancel_order", member: "by", stated_by: COUNTER },
    Fact { operation: "set_shipping_address", member: "serviceable", stated_by: COUNTER },
];

impl Fact {
    /// Those that whoever has these roles may not state of an operation.
    pub fn denied(operation: &str, roles: Roles) -> impl Iterator<Item = &'static Self> {
        FACTS.iter().filter(move |fact| fact.operation == operation && !fact.stated_by.has_any(roles))
    }

    /// Whether a body states it.
    pub fn is_stated_in(&self, body: &Value) -> bool {
        !body[self.member].is_null()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Rule;
    use serde_json::json;

    fn denied(operation: &str, role: Role) -> Vec<&'static str> {
        Fact::denied(operation, Roles::of(&[role])).map(|fact| fact.member).collect()
    }

    #[test]
    fn a_verdict_is_the_compliance_officers() {
        assert_eq!(denied("withdraw_money", Role::Teller), ["aml_verdict"]);
        assert_eq!(denied("withdraw_money", Role::ComplianceOfficer), [""; 0]);
        assert_eq!(denied("request_authorization", Role::Customer), ["fraud_verdict"]);
        assert_eq!(denied("deposit_money", Role::Teller), [""; 0]);
    }

    #[test]
    fn what_is_null_is_not_stated() {
        let fact = &FACTS[0];
        assert!(fact.is_stated_in(&json!({ "aml_verdict": "approved" })));
        assert!(!fact.is_stated_in(&json!({ "aml_verdict": null })) && !fact.is_stated_in(&json!({})));
    }

    #[test]
    fn each_is_of_an_operation_that_there_is() {
        for fact in FACTS {
            assert!(Rule::of(fact.operation).is_some(), "{}", fact.operation);
            assert!(fact.stated_by.has(Role::Admin), "{}", fact.member);
        }
    }
}
