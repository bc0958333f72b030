//! Filters that can find something: a category or type that exists. One that is misspelt would be waited for without end.

use super::{Filters, sight::Sight};
use crate::http::{list::invalid_parameter, problem::Problem};
use khata_application::{CONTEXTS, EventStore};

/// Refuses a filter for what this build does not know and the log does not hold. What a newer Khata wrote may be asked for by whoever sees
/// all; nobody else is told whether there is any of it.
pub(super) async fn require(log: &dyn EventStore, asked: &Filters, sight: &Sight) -> Result<(), Problem> {
    let Some((parameter, reason)) = unknown(asked) else { return Ok(()) };
    let is_stored = sight.is_whole() && !log.read_all(0, 1, &asked.clone().into()).await?.events.is_empty();
    if is_stored { Ok(()) } else { Err(invalid_parameter(parameter, &reason)) }
}

/// The filter that this build knows nothing of, and what it knows in its place.
fn unknown(asked: &Filters) -> Option<(&'static str, String)> {
    let aggregates = || CONTEXTS.iter().flat_map(|context| context.aggregates);
    let categories = || aggregates().map(|aggregate| aggregate.category).collect::<Vec<_>>().join(", ");
    let known = |category: &str| aggregates().find(|aggregate| aggregate.category == category);
    if let Some(category) = asked.category.as_deref().filter(|category| known(category).is_none()) {
        return Some((
            "category",
            format!("there are no events of the category {category:?}; there are {}", categories()),
        ));
    }
    let event_type = asked.event_type.as_deref()?;
    let (category, name) = event_type.split_once('.').unwrap_or(("", event_type));
    let Some(aggregate) = known(category) else {
        let reason = format!(
            "{event_type:?} is no type of events such as bank_account.money_deposited; the categories are {}",
            categories()
        );
        return Some(("type", reason));
    };
    if aggregate.events.iter().any(|(known, _)| *known == name) {
        return None;
    }
    let names: Vec<&str> = aggregate.events.iter().map(|(name, _)| *name).collect();
    Some(("type", format!("{category} has no event {name:?}; it has {}", names.join(", "))))
}
