//! Whose rows a question is about: every question to a view is asked within a scope, and nothing makes one up
//! for who gives none.

use crate::{
    query::{Comparison, Filter},
    row::{Table, Value},
    view_store::Question,
};
use khata_domain::ids::CustomerId;
use std::sync::Arc;

/// Whose rows may be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Everybody's, and those that are nobody's.
    All,
    /// Those of some customers.
    Some(Arc<Bounds>),
}

/// What a scope is bound to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bounds {
    /// Rows that belong to these customers.
    pub customers: Vec<CustomerId>,
    /// Rows that hang on this, which was found to be one of those customers': an account, for its entries.
    pub parent: Option<String>,
}

impl Scope {
    /// Limits a question to what may be seen.
    pub(crate) fn narrow(&self, question: &mut Question) {
        let Self::Some(bounds) = self else { return };
        let (table, filters) = match question {
            Question::Page(query) => (query.table, &mut query.filters),
            Question::Totals(query) => (query.table, &mut query.filters),
        };
        if let Some(filter) = bounds.filter(table, filters) {
            filters.push(filter);
        }
    }
}

impl Bounds {
    /// What has to hold of rows beside what is asked for.
    fn filter(&self, table: &Table, asked: &[Filter]) -> Option<Filter> {
        let text = |customer: &CustomerId| Value::Text(customer.to_string());
        match (table.owner, &*self.customers) {
            (Some(owner), [customer]) => Some(Filter::Is(owner, Comparison::Equal, text(customer))),
            (Some(owner), customers) => Some(Filter::OneOf(owner, customers.iter().map(text).collect())),
            (None, _) if self.holds_parent(table, asked) => None,
            (None, _) => Some(Filter::AnyOf(Vec::new())),
        }
    }

    /// Whether a question is about what hangs on the parent, and about nothing else.
    fn holds_parent(&self, table: &Table, asked: &[Filter]) -> bool {
        let Some(parent) = &self.parent else { return false };
        asked.iter().any(|filter| {
            matches!(filter, Filter::Is(column, Comparison::Equal, Value::Text(text)) if *column == table.partition && text == parent)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Query, Row,
        accounts::{AccountRow, TransactionRow},
    };
    use khata_domain::ids::TypedId;
    use uuid::Uuid;

    fn customer(number: u128) -> CustomerId {
        CustomerId::from_uuid(Uuid::from_u128(number))
    }

    fn narrowed<R: Row>(scope: &Scope, ask: impl FnOnce(Query) -> Query) -> Vec<Filter> {
        let mut question = Question::Page(ask(Query::of::<R>(1)));
        scope.narrow(&mut question);
        let Question::Page(query) = question else { panic!("a page was asked for") };
        query.filters
    }

    fn of(customers: &[CustomerId], parent: Option<&str>) -> Scope {
        Scope::Some(Arc::new(Bounds { customers: customers.to_vec(), parent: parent.map(str::to_owned) }))
    }

    const NOTHING: Filter = Filter::AnyOf(Vec::new());

    #[test]
    fn all_is_not_narrowed() {
        assert_eq!(narrowed::<AccountRow>(&Scope::All, |query| query), []);
        assert_eq!(narrowed::<TransactionRow>(&Scope::All, |query| query), []);
    }

    #[test]
    fn rows_with_an_owner_are_those_of_the_customers() {
        let own = |number| Value::Text(customer(number).to_string());
        let one = Filter::Is("customer_id", Comparison::Equal, own(1));
        assert_eq!(narrowed::<AccountRow>(&of(&[customer(1)], None), |query| query), [one]);
        let some = Filter::OneOf("customer_id", vec![own(1), own(2)]);
        assert_eq!(narrowed::<AccountRow>(&of(&[customer(1), customer(2)], None), |query| query), [some]);
        let none = Filter::OneOf("customer_id", Vec::new());
        assert_eq!(narrowed::<AccountRow>(&of(&[], Some("acc_1")), |query| query), [none]);
    }

    #[test]
    fn rows_without_an_owner_are_those_of_the_parent_that_is_asked_for() {
        let asked = |id: &str| Filter::Is("account_id", Comparison::Equal, Value::Text(id.to_owned()));
        let entries = |parent, id: &str| {
            narrowed::<TransactionRow>(&of(&[customer(1)], parent), |query| {
                query.only("account_id", Comparison::Equal, Value::Text(id.to_owned()))
            })
        };
        assert_eq!(entries(Some("acc_1"), "acc_1"), [asked("acc_1")]);
        assert_eq!(entries(Some("acc_1"), "acc_2"), [asked("acc_2"), NOTHING]);
        assert_eq!(entries(None, "acc_1"), [asked("acc_1"), NOTHING]);
        let unbound = narrowed::<TransactionRow>(&of(&[customer(1)], Some("acc_1")), |query| query);
        assert_eq!(unbound, [NOTHING]);
    }
}
