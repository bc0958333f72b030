//! What of a customer not everybody sees in the clear who sees the customer: one line for each field, wherever it
//! is shown, in answers and in events.

use super::{Reach, Role, Roles};
use serde_json::Value;

/// A member of what is shown of an aggregate, and of what its events hold.
#[derive(Debug)]
pub struct Field {
    /// The category of the aggregate.
    pub category: &'static str,
    /// The names of the members that lead to it; `*` is each element of a list.
    pub path: &'static [&'static str],
    /// The roles of the bank's people who see it in the clear.
    pub clear_to: Roles,
    /// What the others see.
    pub mask: Mask,
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

/// Every field that is not shown to all in the clear.
pub const FIELDS: &[Field] = &[
    Field { category: "customer", path: &["tax_id"], clear_to: LOANS, mask: Mask::LastFour },
    Field { category: "customer", path: &["birth_date"], clear_to: LOANS, mask: Mask::Null },
    Field { category: "customer", path: &["documents", "*", "number"], clear_to: FULL, mask: Mask::LastFour },
];

/// The fields that somebody does not see in the clear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Masks {
    roles: Roles,
    /// Whoever reaches nothing but their own data sees all of it.
    is_own: bool,
}

impl Masks {
    /// Those of who has these roles, for what the permission goes to.
    pub const fn of(roles: Roles, reach: Reach) -> Self {
        Self { roles, is_own: matches!(reach, Reach::Some { assigned: false, .. }) }
    }

    fn hidden(self, category: &str) -> impl Iterator<Item = &'static Field> {
        let is_hidden = move |field: &&Field| !self.is_own && !self.roles.has_any(field.clear_to);
        FIELDS.iter().filter(is_hidden).filter(move |field| field.category == category)
    }

    /// Whether anything of an aggregate of this category is masked.
    pub fn cover(self, category: &str) -> bool {
        self.hidden(category).next().is_some()
    }

    /// Masks what is shown of an aggregate of this category, or what an event of it holds. Tells whether that
    /// changed anything.
    pub fn apply(self, category: &str, shown: &mut Value) -> bool {
        self.hidden(category).map(|field| field.hide(shown, field.path)).fold(false, |one, other| one | other)
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

    fn seen_by(roles: &[Role], reach: Reach) -> (Value, bool) {
        let mut shown = json!({
            "name": "Maria", "tax_id": "ABCDE1234F", "birth_date": "1990-02-03",
            "documents": [{ "type": "passport", "number": "P1234567" }, { "type": "utility_bill" }, { "number": "X1" }],
        });
        let changed = Masks::of(Roles::of(roles), reach).apply("customer", &mut shown);
        (shown, changed)
    }

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
        let own = Reach::own(None);
        let assigned = Reach::Some { own: None, assigned: true };
        assert!(!seen_by(&[Role::Customer], own).1);
        assert!(!seen_by(&[Role::RelationshipManager], assigned).1);
        for role in [Role::ComplianceOfficer, Role::Auditor, Role::Admin] {
            assert!(!seen_by(&[role, Role::Teller], Reach::All).1, "{role:?}");
        }
        assert!(seen_by(&[Role::Customer, Role::Teller], Reach::All).1, "a teller who is a customer, too");
    }

    #[test]
    fn other_categories_have_no_such_fields() {
        assert!(!Masks::of(Roles::NONE, Reach::All).cover("loan"));
        assert!(Masks::of(Roles::NONE, Reach::All).cover("customer"));
    }
}
