//! What of the log somebody sees. Positions are hidden from nobody: an event that may not be read is there, with nothing in it.

use super::event::EventBody;
use crate::{
    app::App,
    http::{problem::Problem, request::principal::Asker, resources},
};
use jiff::Timestamp;
use khata_application::{
    Recorded,
    access::{Reach, Rule},
};
use khata_domain::ids::CustomerId;
use serde::Serialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// What of the log an asker sees.
#[derive(Debug)]
pub(super) struct Sight {
    asker: Asker,
    /// The customers who are assigned to the asker.
    assigned: BTreeSet<CustomerId>,
    /// How far the permission for the history of each category goes; of others nothing is seen, unless all is.
    histories: Vec<(&'static str, Reach)>,
}

impl Sight {
    /// That of an asker, as far as the view of customers knows by now whose customers are whose.
    pub(super) async fn of(app: &App, asker: &Asker, min_position: Option<u64>) -> Result<Self, Problem> {
        let histories = if asker.reach.is_all() { Vec::new() } else { histories(asker) };
        let mut sight = Self { asker: asker.clone(), assigned: BTreeSet::new(), histories };
        sight.look_again(app, min_position).await?;
        Ok(sight)
    }

    /// Finds out anew who is assigned.
    pub(super) async fn look_again(&mut self, app: &App, min_position: Option<u64>) -> Result<(), Problem> {
        if self.asker.reach.is_of_assigned() {
            let own = Reach::Some { own: None, assigned: true };
            self.assigned = Asker { reach: own, ..self.asker.clone() }.customers(app, min_position).await?;
        }
        Ok(())
    }

    /// When what proved who the asker is ends.
    pub(super) fn until(&self) -> Option<Timestamp> {
        self.asker.principal.until
    }

    /// Whether all is seen.
    pub(super) fn is_whole(&self) -> bool {
        self.asker.reach.is_all()
    }

    /// Whether an event is seen.
    pub(super) fn shows(&self, event: &Recorded) -> bool {
        if self.is_whole() {
            return true;
        }
        let category = event.stream.category();
        let Some((_, reach)) = self.histories.iter().find(|(known, _)| *known == category) else {
            return false;
        };
        match (reach, event.owner().and_then(|owner| owner.parse::<CustomerId>().ok())) {
            (Reach::All, _) => true,
            (Reach::Some { .. }, None) => false,
            (Reach::Some { own, assigned }, Some(owner)) => {
                *own == Some(owner) || *assigned && self.assigned.contains(&owner)
            }
        }
    }

    /// An event as it is seen.
    pub(super) fn body<'e>(&self, event: &'e Recorded) -> FeedBody<'e> {
        if self.shows(event) {
            FeedBody::Shown(Box::new(EventBody::of(event, self.asker.masks())))
        } else {
            FeedBody::Redacted(RedactedEvent { position: event.position, redacted: true })
        }
    }
}

/// How far the permission of an asker for the history of each category goes, where there is one.
fn histories(asker: &Asker) -> Vec<(&'static str, Reach)> {
    let reach = |category| Some((category, reach_of_history(asker, category)?));
    resources().filter_map(|resource| reach(resource.category)).collect()
}

/// How far the permission of an asker for the history of what has a category goes. What is no resource has no such rule.
pub(super) fn reach_of_history(asker: &Asker, category: &str) -> Option<Reach> {
    let resource = resources().find(|resource| resource.category == category)?;
    Rule::of(&resource.history())?.reach(&asker.principal)
}

/// An event of the feed.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum FeedBody<'a> {
    Shown(Box<EventBody<'a>>),
    Redacted(RedactedEvent),
}

/// An event that the reader may not read.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RedactedEvent {
    /// Place in the whole log.
    position: u64,
    /// Always true.
    redacted: bool,
}

/// An event of the feed: whole, or redacted.
#[derive(ToSchema)]
#[schema(as = FeedEvent)]
#[serde(untagged)]
#[allow(dead_code, reason = "describes what is written")]
enum FeedEventSchema {
    Shown(Box<super::event::EventSchema>),
    Redacted(RedactedEvent),
}

/// A page of the feed.
#[derive(ToSchema)]
#[schema(as = Feed)]
#[allow(dead_code, reason = "describes what is written")]
pub(super) struct FeedSchema {
    /// The events, the oldest first.
    items: Vec<FeedEventSchema>,
    /// Gives the next page; null at the end.
    #[schema(required)]
    next_cursor: Option<String>,
}
