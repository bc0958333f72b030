//! An aggregate without its type: what is known of it by its category alone.

use crate::{fold::Folded, refold::Refold};
use khata_domain::{Aggregate, DomainEvent};
use std::any::type_name;

/// An aggregate, without its type.
#[derive(Debug, Clone, Copy)]
pub struct AggregateType {
    /// [`Aggregate::CATEGORY`].
    pub category: &'static str,
    /// [`DomainEvent::SCHEMA`]: the names of its events with their schema versions.
    pub events: &'static [(&'static str, u32)],
    full_name: fn() -> &'static str,
    refold: fn() -> Box<dyn Refold>,
}

/// The fold of an aggregate, before its first event.
fn unfolded<A: Aggregate>() -> Box<dyn Refold> {
    Box::new(Folded::<A>::default())
}

impl AggregateType {
    /// That of an aggregate.
    pub const fn of<A: Aggregate>() -> Self {
        Self {
            category: A::CATEGORY,
            events: A::Event::SCHEMA,
            full_name: type_name::<A>,
            refold: unfolded::<A>,
        }
    }

    /// Begins to fold its events anew, to compare what comes of them.
    pub(crate) fn refold(&self) -> Box<dyn Refold> {
        (self.refold)()
    }

    /// The name of the type, `BankAccount`; of a generic one, without its parameters.
    pub fn name(&self) -> &'static str {
        let full = (self.full_name)();
        let full = full.split_once('<').map_or(full, |(generic, _)| generic);
        full.rsplit("::").next().unwrap_or(full)
    }
}
