//! How much of the events of a category somebody sees who sees them at all: what is masked of their data, and whether they tell who has
//! asked for them.

use crate::http::{request::principal::Asker, resources};
use khata_application::{
    Recorded,
    access::{Masks, Part, Reach, Rule},
};
use khata_domain::ids::CustomerId;
use serde_json::Value;
use std::sync::Arc;

/// What an asker sees of the events of one category.
#[derive(Debug, Clone)]
pub(crate) struct Lens {
    masks: Masks,
    /// To whose events the permission goes.
    reach: Reach,
    actor: Arc<str>,
}

impl Lens {
    /// That of an asker; `None` where nothing of the category is seen.
    pub(crate) fn of(asker: &Asker, category: &str) -> Option<Self> {
        Self::of_all(asker).or_else(|| Self::of_category(asker, category))
    }

    /// That of an asker who sees the whole log.
    pub(super) fn of_all(asker: &Asker) -> Option<Self> {
        asker.reach.is_all().then(|| Self::by(asker, asker.rule, asker.reach))
    }

    /// That of an asker who sees of each category what the rule for its history lets them see. What is no resource has no such rule.
    pub(super) fn of_category(asker: &Asker, category: &str) -> Option<Self> {
        let resource = resources().find(|resource| resource.category == category)?;
        let rule = Rule::of(&resource.history())?;
        Some(Self::by(asker, rule, rule.reach(&asker.principal)?))
    }

    fn by(asker: &Asker, rule: &Rule, reach: Reach) -> Self {
        let masks = Masks::of(asker.principal.roles, rule, reach);
        Self { masks, reach, actor: Arc::clone(&asker.principal.actor) }
    }

    /// To whose events the permission goes.
    pub(super) fn reach(&self) -> Reach {
        self.reach
    }

    /// Whether an event is told without who has asked for it, and by which request. Customers are told that of what they have asked for
    /// themselves: whoever pays them, or serves them, is nobody whom they know by their tokens.
    pub(super) fn hides_request(&self, event: &Recorded) -> bool {
        let Reach::Some { own, assigned } = self.reach else { return false };
        let owner = || event.owner().and_then(|owner| owner.parse::<CustomerId>().ok());
        let is_for_customer = !assigned || own.is_some_and(|own| owner() == Some(own));
        is_for_customer && event.metadata().map_or(true, |metadata| metadata.actor != *self.actor)
    }

    /// The data of an event, where something of it is masked.
    pub(super) fn masked(&self, event: &Recorded) -> Option<String> {
        let (category, part) = (event.stream.category(), Part::Event(&event.event_type));
        if !self.masks.cover(category, part) {
            return None;
        }
        let mut data: Value = serde_json::from_str(&event.data).unwrap_or_default();
        self.masks.apply(category, part, &mut data).then(|| data.to_string())
    }

    /// Whether all of an event is seen, its hash, too.
    pub(super) fn shows_all_of(&self, event: &Recorded) -> bool {
        !self.hides_request(event) && self.masked(event).is_none()
    }
}
