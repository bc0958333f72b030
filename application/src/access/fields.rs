//! What is not shown to everybody who sees the aggregate: one line for each field, wherever it is shown, in
//! answers and in events.

use super::{Reach, Role, Roles, Rule};
use serde_json::Value;

/// A member of what is shown of an aggregate, or of what its events hold.
#[derive(Debug)]
pub struct Field {
    /// The category of the aggregate.
    pub category: &'static str,
    /// Where of it the member stands.
    pub stands_in: Part<'static>,
    /// The names of the members that lead to it; `*` is each element of a list.
    pub path: &'static [&'static str],
    /// The roles of the bank's people who see it in the clear.
    pub clear_to: Roles,
    /// Whether customers see it of what is their own.
    pub clear_to_owner: bool,
    /// What the others see.
    pub mask: Mask,
}

/// What of an aggregate is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'a> {
    /// What is shown of it, and each of its events.
    Everything,
    /// What is shown of it, as it is or was.
    State,
    /// The data of its events of one type.
    Event(&'a str),
}

/// What stands in the place of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mask {
    /// Dots and the last four characters: enough to compare with a paper that is shown.
    LastFour,
    /// Nothing.
    Null,
}

/// Whoever knows a customer as a person or has to judge them.
const FULL: Roles =
    Roles::of(&[Role::RelationshipManager, Role::ComplianceOfficer, Role::Auditor, Role::Admin]);
/// Those, and whoever decides on loans.
const LOANS: Roles = Roles::of(&[
    Role::LoanOfficer,
    Role::RelationshipManager,
    Role::ComplianceOfficer,
    Role::Auditor,
    Role::Admin,
]);
/// Whoever has to do with cards.
const CARDS: Roles = Roles::of(&[
    Role::Teller,
    Role::RelationshipManager,
    Role::ComplianceOfficer,
    Role::Auditor,
    Role::Admin,
]);
/// Whoever judges fraud and money laundering. Nobody else learns what a judgement rests on: who knows the
/// thresholds stays below them, and who knows that they are looked at is warned.
const JUDGES: Roles = Roles::of(&[Role::ComplianceOfficer, Role::Auditor, Role::Admin]);

/// A member of the customer that the customer and some of the bank's people see.
const fn personal(path: &'static [&'static str], clear_to: Roles, mask: Mask) -> Field {
    Field { category: "customer", stands_in: Part::Everything, path, clear_to, clear_to_owner: true, mask }
}

/// A member that is for those who judge, and hidden from those whom they judge.
const fn judged(category: &'static str, stands_in: Part<'static>, path: &'static [&'static str]) -> Field {
    Field { category, stands_in, path, clear_to: JUDGES, clear_to_owner: false, mask: Mask::Null }
}

/// Why a card is blocked: the same, but the counter has to know when it unblocks one.
const fn block(stands_in: Part<'static>, path: &'static [&'static str]) -> Field {
    Field { clear_to: CARDS, ..judged("credit_card", stands_in, path) }
}

/// Every field that is not shown to all in the clear.
pub const FIELDS: &[Field] = &[
    personal(&["tax_id"], LOANS, Mask::LastFour),
    personal(&["birth_date"], LOANS, Mask::Null),
    personal(&["documents", "*", "number"], FULL, Mask::LastFour),
    judged("customer", Part::State, &["suspension_reason"]),
    judged("customer", Part::Event("customer.customer_suspended"), &["reason"]),
    judged("bank_account", Part::Event("bank_account.account_frozen"), &["reason"]),
    judged("payment", Part::State, &["fraud", "reasons"]),
    judged("payment", Part::State, &["reviewed_by"]),
    judged("payment", Part::State, &["review_reason"]),
    judged("payment", Part::Event("payment.fraud_screened"), &["reasons"]),
    judged("payment", Part::Event("payment.fraud_screened"), &["facts"]),
    judged("payment", Part::Event("payment.fraud_screened"), &["bands"]),
    judged("payment", Part::Event("payment.fraud_screened"), &["aml_threshold"]),
    judged("payment", Part::Event("payment.payment_approved"), &["approved_by"]),
    judged("payment", Part::Event("payment.payment_approved"), &["reason"]),
    judged("payment", Part::Event("payment.payment_rejected"), &["rejected_by"]),
    judged("payment", Part::Event("payment.payment_rejected"), &["reason"]),
    block(Part::State, &["block_reason"]),
    block(Part::Event("credit_card.card_blocked"), &["reason"]),
    judged("credit_card", Part::State, &["fraud", "reasons"]),
    judged("credit_card", Part::State, &["review"]),
    judged("credit_card", Part::Event("credit_card.authorization_cleared"), &["cleared_by"]),
    judged("credit_card", Part::Event("credit_card.authorization_cleared"), &["reason"]),
    judged("credit_card", Part::Event("credit_card.fraud_confirmed"), &["confirmed_by"]),
    judged("credit_card", Part::Event("credit_card.fraud_confirmed"), &["reason"]),
    judged("credit_card", Part::Event("credit_card.transaction_declined"), &["requested_by"]),
    judged("credit_card", Part::Event("credit_card.transaction_authorized"), &["fraud", "reasons"]),
    judged("credit_card", Part::Event("credit_card.transaction_authorized"), &["fraud", "facts"]),
    judged("credit_card", Part::Event("credit_card.transaction_authorized"), &["fraud", "bands"]),
    judged("credit_card", Part::Event("credit_card.transaction_declined"), &["fraud", "reasons"]),
    judged("credit_card", Part::Event("credit_card.transaction_declined"), &["fraud", "facts"]),
    judged("credit_card", Part::Event("credit_card.transaction_declined"), &["fraud", "bands"]),
];

/// The fields that somebody does not see in the clear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Masks {
    /// The roles by which it is seen at all.
    roles: Roles,
    /// Nothing is seen but what is the asker's own.
    is_own: bool,
}

impl Masks {
    /// Those of who has these roles, for what a rule's permission goes to. Roles that do not go as far as that
    /// count for nothing: two together see no more of anybody than one of them does.
    pub fn of(roles: Roles, rule: &Rule, reach: Reach) -> Self {
        Self {
            roles: roles.and(rule.roles_reaching(reach)),
            is_own: matches!(reach, Reach::Some { assigned: false, .. }),
        }
    }

    fn hidden(self, category: &str, part: Part<'_>) -> impl Iterator<Item = &'static Field> {
        FIELDS.iter().filter(move |field| {
            let stands_there = field.stands_in == Part::Everything || field.stands_in == part;
            field.category == category && stands_there && !self.shows(field)
        })
    }

    fn shows(self, field: &Field) -> bool {
        if self.is_own { field.clear_to_owner } else { self.roles.has_any(field.clear_to) }
    }

    /// Whether anything of a part of an aggregate of this category is masked.
    pub fn cover(self, category: &str, part: Part<'_>) -> bool {
        self.hidden(category, part).next().is_some()
    }

    /// Masks a part of an aggregate of this category: what is shown of it, or the data of an event. Tells whether
    /// that changed anything.
    pub fn apply(self, category: &str, part: Part<'_>, shown: &mut Value) -> bool {
        let hide = |field: &Field| field.hide(shown, field.path);
        self.hidden(category, part).map(hide).fold(false, |one, other| one | other)
    }
}

impl Field {
    fn hide(&self, shown: &mut Value, path: &[&str]) -> bool {
        match (path, shown) {
            ([], Value::Null) => false,
            ([], shown) => {
                *shown = self.mask.of(shown);
                true
            }
            (["*", rest @ ..], Value::Array(elements)) => elements
                .iter_mut()
                .map(|element| self.hide(element, rest))
                .fold(false, |one, other| one | other),
            ([member, rest @ ..], Value::Object(members)) => {
                members.get_mut(*member).is_some_and(|member| self.hide(member, rest))
            }
            _ => false,
        }
    }
}

impl Mask {
    fn of(self, shown: &Value) -> Value {
        match (self, shown) {
            (Self::LastFour, Value::String(text)) => {
                let length = text.chars().count();
                // Of a short text the last four would be most of it.
                let kept = if length >= 8 { 4 } else { 0 };
                Value::String("••••".to_owned() + &text.chars().skip(length - kept).collect::<String>())
            }
            (Self::LastFour | Self::Null, _) => Value::Null,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn masks(roles: &[Role], operation: &str, reach: Reach) -> Masks {
        Masks::of(Roles::of(roles), Rule::of(operation).expect("a rule"), reach)
    }

    fn seen_by(roles: &[Role], reach: Reach) -> (Value, bool) {
        let mut shown = json!({
            "name": "Maria", "tax_id": "ABCDE1234F", "birth_date": "1990-02-03",
            "documents": [{ "type": "passport", "number": "P1234567" }, { "type": "utility_bill" }, { "number": "X1" }],
        });
        let changed = masks(roles, "show_customer", reach).apply("customer", Part::State, &mut shown);
        (shown, changed)
    }

    const OWN: Reach = Reach::own(None);
    const ASSIGNED: Reach = Reach::Some { own: None, assigned: true };

    #[test]
    fn a_teller_compares_and_does_not_read() {
        let (shown, changed) = seen_by(&[Role::Teller], Reach::All);
        assert!(changed);
        assert_eq!(shown["tax_id"], "••••234F");
        assert_eq!(shown["birth_date"], Value::Null);
        assert_eq!(shown["documents"][0]["number"], "••••4567");
        assert_eq!(shown["documents"][1].get("number"), None);
        assert_eq!(shown["documents"][2]["number"], "••••");
        assert_eq!(shown["name"], "Maria");
    }

    #[test]
    fn whoever_decides_on_loans_needs_no_document() {
        let (shown, _) = seen_by(&[Role::LoanOfficer], Reach::All);
        assert_eq!((&shown["tax_id"], &shown["birth_date"]), (&json!("ABCDE1234F"), &json!("1990-02-03")));
        assert_eq!(shown["documents"][0]["number"], "••••4567");
    }

    #[test]
    fn own_data_and_what_has_to_be_judged_is_in_the_clear() {
        assert!(!seen_by(&[Role::Customer], OWN).1);
        assert!(!seen_by(&[Role::RelationshipManager], ASSIGNED).1);
        for role in [Role::ComplianceOfficer, Role::Auditor, Role::Admin] {
            assert!(!seen_by(&[role, Role::Teller], Reach::All).1, "{role:?}");
        }
        assert!(seen_by(&[Role::Customer, Role::Teller], Reach::All).1, "a teller who is a customer, too");
    }

    #[test]
    fn a_role_that_reaches_some_shows_nothing_more_of_all() {
        let (shown, _) = seen_by(&[Role::RelationshipManager, Role::Teller], Reach::All);
        assert_eq!((&shown["tax_id"], &shown["birth_date"]), (&json!("••••234F"), &Value::Null));
        let (shown, _) = seen_by(&[Role::RelationshipManager, Role::LoanOfficer], Reach::All);
        assert_eq!(shown["documents"][0]["number"], "••••4567");
    }

    #[test]
    fn what_is_judged_is_hidden_from_whom_it_is_about() {
        let screened = Part::Event("payment.fraud_screened");
        let seen_by = |role, reach| {
            let mut data = json!({ "score": "0.6", "reasons": ["new payee"], "facts": {}, "bands": {} });
            masks(&[role], "list_payment_events", reach).apply("payment", screened, &mut data);
            data
        };
        let hidden = json!({ "score": "0.6", "reasons": null, "facts": null, "bands": null });
        assert_eq!(seen_by(Role::Customer, OWN), hidden);
        assert_eq!(seen_by(Role::RelationshipManager, ASSIGNED), hidden);
        assert_eq!(seen_by(Role::Auditor, Reach::All)["reasons"], json!(["new payee"]));
    }

    #[test]
    fn a_member_of_an_event_is_not_masked_in_events_of_other_types() {
        let own = masks(&[Role::Customer], "list_payment_events", OWN);
        let mut cancelled = json!({ "cancelled_by": "maria", "reason": "found it cheaper" });
        assert!(!own.apply("payment", Part::Event("payment.payment_cancelled"), &mut cancelled));
        assert!(
            own.cover("payment", Part::Event("payment.payment_rejected"))
                && own.cover("payment", Part::State)
        );
        assert!(
            !own.cover("loan", Part::State) && !own.cover("customer", Part::Event("customer.kyc_verified"))
        );
    }
}
