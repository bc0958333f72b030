//! What of the log somebody sees. Positions are hidden from nobody: an event that may not be read is there, with nothing in it.

use super::{event::EventBody, lens::Lens};
use crate::{
    app::App,
    http::{problem::Problem, request::principal::Asker, resources},
};
use jiff::Timestamp;
use khata_application::{Recorded, access::Reach};
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
    kinds: Kinds,
}

/// Of which categories something is seen.
#[derive(Debug)]
enum Kinds {
    /// Of all.
    Every(Lens),
    /// Of these.
    Some(Vec<(&'static str, Lens)>),
}

impl Sight {
    /// That of an asker, as far as the view of customers knows by now whose customers are whose.
    pub(super) async fn of(app: &App, asker: &Asker, min_position: Option<u64>) -> Result<Self, Problem> {
        let lens = |category| Some((category, Lens::of_category(asker, category)?));
        let kinds = match Lens::of_all(asker) {
            Some(lens) => Kinds::Every(lens),
            None => Kinds::Some(resources().filter_map(|resource| lens(resource.category)).collect()),
        };
        let mut sight = Self { asker: asker.clone(), assigned: BTreeSet::new(), kinds };
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
        matches!(self.kinds, Kinds::Every(_))
    }

    /// Whose sight it is.
    pub(super) fn asker(&self) -> &Asker {
        &self.asker
    }

    /// Whether an event is seen.
    pub(super) fn shows(&self, event: &Recorded) -> bool {
        self.lens_for(event).is_some()
    }

    /// Whether all of an event is seen, its hash, too.
    pub(super) fn shows_all_of(&self, event: &Recorded) -> bool {
        self.lens_for(event).is_some_and(|lens| lens.shows_all_of(event))
    }

    /// An event as it is seen.
    pub(super) fn body<'e>(&self, event: &'e Recorded) -> FeedBody<'e> {
        match self.lens_for(event) {
            Some(lens) => FeedBody::Shown(Box::new(EventBody::of(event, lens))),
            None => FeedBody::Redacted(RedactedEvent { position: event.position, redacted: true }),
        }
    }

    /// What an event is seen through; `None` if it is not seen.
    fn lens_for(&self, event: &Recorded) -> Option<&Lens> {
        let of_kinds = match &self.kinds {
            Kinds::Every(lens) => return Some(lens),
            Kinds::Some(of_kinds) => of_kinds,
        };
        let category = event.stream.category();
        let (_, lens) = of_kinds.iter().find(|(known, _)| *known == category)?;
        let owner = || event.owner().and_then(|owner| owner.parse::<CustomerId>().ok());
        let is_reached = match lens.reach() {
            Reach::All => true,
            Reach::Some { own, assigned } => {
                owner().is_some_and(|owner| own == Some(owner) || assigned && self.assigned.contains(&owner))
            }
        };
        is_reached.then_some(lens)
    }
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
