//! The reconciliation of a day: what a network has booked against what Khata knows, difference by difference.
//!
//! `comparison` finds the differences; the aggregate keeps them. Compared again, what is still so changes nothing, and what is so
//! no more is noted as explained.

mod comparison;

pub use comparison::{Compared, Ours, Theirs, compare};

use super::{Network, PaymentStatus};
use crate::{
    Aggregate, DecisionContext, DomainEvent, Money, Rules, Text,
    declared::{commands, events},
    ids::{CustomerId, IdError, PaymentId},
    names::names,
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, str::FromStr};

/// Names the reconciliation of a day of a network: `velocitypay_2026-05-04`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReconciliationId {
    pub network: Network,
    pub day: Date,
}

impl fmt::Display for ReconciliationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.network.name(), self.day)
    }
}

impl FromStr for ReconciliationId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let wrong = || IdError { expected: "<network>_<yyyy-mm-dd>" };
        let (network, day) = text.split_once('_').ok_or_else(wrong)?;
        let network = Network::ALL.into_iter().find(|known| known.name() == network).ok_or_else(wrong)?;
        let id = Self { network, day: day.parse().map_err(|_| wrong())? };
        // One spelling: it names a stream.
        if id.to_string() == text { Ok(id) } else { Err(wrong()) }
    }
}

names! {
    /// What a network can have booked.
    pub enum Booking as "GatewayBooking" {
        Paid = "paid": "Money went to another bank.",
        Returned = "returned": "Money that had gone came back.",
        Received = "received": "Money came from another bank.",
    }
}

names! {
    /// How the books of a network and of Khata can differ.
    pub enum DifferenceKind as "ReconciliationDifferenceKind" {
        OnlyOurs = "only_ours": "Khata knows it as done, and the network has not booked it.",
        OnlyTheirs = "only_theirs": "The network has booked it, and Khata knows no such payment.",
        Amount = "amount": "Both have it, with different amounts.",
        /// The network has booked it, and for Khata it stands otherwise (`status`).
        Status = "status",
        Twice = "twice": "The network has booked it twice.",
    }
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    pub kind: DifferenceKind,
    pub booking: Booking,
    /// Khata's name of the payment, if it is one that Khata has sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<PaymentId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway_reference: Option<Text<128>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ours: Option<Money>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theirs: Option<Money>,
    /// How far the payment has come, for Khata.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<PaymentStatus>,
}

impl Difference {
    /// What tells it apart from the others of its day.
    pub fn key(&self) -> String {
        let of_payment = self.payment_id.map(|id| id.to_string());
        let of_booking = self.gateway_reference.as_ref().map(ToString::to_string);
        let named = of_payment.or(of_booking).unwrap_or_default();
        format!("{}/{}/{named}", self.kind.name(), self.booking.name())
    }
}

/// So many differences of a day are kept one by one.
pub const KEPT: usize = 1_000;

/// How a day stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Reconciliation {
    counts: Option<Counts>,
    /// Those that are not explained, by what tells them apart.
    open: BTreeMap<String, Difference>,
    /// How many were explained since they were found.
    explained: u32,
    compared_at: Option<Timestamp>,
}

/// What was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Bookings of the network.
    pub theirs: u32,
    /// Payments that Khata has as done on the day.
    pub ours: u32,
    /// What both have alike.
    pub matched: u32,
    /// In how much they differ, also beyond what is kept one by one.
    pub differences: u32,
}

impl Reconciliation {
    /// What was compared; nothing before that.
    pub fn counts(&self) -> Option<Counts> {
        self.counts
    }

    /// Differences that are not explained.
    pub fn open(&self) -> impl Iterator<Item = &Difference> {
        self.open.values()
    }

    /// How many were explained since they were found.
    pub fn explained(&self) -> u32 {
        self.explained
    }

    /// When something changed last.
    pub fn compared_at(&self) -> Option<Timestamp> {
        self.compared_at
    }
}

/// Note what a comparison has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconcile {
    pub id: ReconciliationId,
    pub compared: Compared,
}

commands! {
    /// What the reconciliation of a day can be asked to do.
    pub enum ReconciliationCommand for Reconciliation {
        Reconcile in Box => reconcile,
    }
}

events! {
    /// What can have happened in a reconciliation. Frozen by golden files.
    pub enum ReconciliationEvent {
        DayCompared = "day_compared" v 1,
        DifferenceFound in Box = "difference_found" v 1,
        DifferenceExplained in Box = "difference_explained" v 1,
    }
}

/// The books of a day were compared, and it came out otherwise than before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCompared {
    pub network: Network,
    pub day: Date,
    #[serde(flatten)]
    pub counts: Counts,
    pub compared_at: Timestamp,
}

/// The books differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DifferenceFound {
    #[serde(flatten)]
    pub difference: Difference,
}

/// The books do not differ in that any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DifferenceExplained {
    #[serde(flatten)]
    pub difference: Difference,
}

impl DomainEvent for ReconciliationEvent {
    const SCHEMA: &'static [(&'static str, u32)] = Self::SCHEMA;
}

/// What a comparison has found is noted, whatever it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize)]
pub enum ReconciliationError {}

fn reconcile(
    known: &Reconciliation,
    command: Reconcile,
    at: DecisionContext<'_>,
    _: Rules,
) -> Result<Vec<ReconciliationEvent>, ReconciliationError> {
    let Reconcile { id: ReconciliationId { network, day }, compared } = command;
    let found: BTreeMap<String, Difference> = compared
        .differences
        .into_iter()
        .take(KEPT)
        .map(|difference| (difference.key(), difference))
        .collect();
    let explained = known.open.iter().filter(|(key, _)| !found.contains_key(*key));
    let explained =
        explained.map(|(_, difference)| DifferenceExplained { difference: difference.clone() }.into());
    let new = found.iter().filter(|(key, difference)| known.open.get(*key) != Some(*difference));
    let new = new.map(|(_, difference)| DifferenceFound { difference: difference.clone() }.into());
    let mut events: Vec<ReconciliationEvent> = explained.chain(new).collect();
    if !events.is_empty() || known.counts != Some(compared.counts) {
        let compared = DayCompared { network, day, counts: compared.counts, compared_at: at.now };
        events.push(compared.into());
    }
    Ok(events)
}

impl Aggregate for Reconciliation {
    const CATEGORY: &'static str = "reconciliation";
    const STATE_SCHEMA: u32 = 1;
    type Id = ReconciliationId;
    type Command = ReconciliationCommand;
    type Event = ReconciliationEvent;
    type Error = ReconciliationError;

    fn evolve(&mut self, event: &ReconciliationEvent) {
        match event {
            ReconciliationEvent::DayCompared(compared) => {
                (self.counts, self.compared_at) = (Some(compared.counts), Some(compared.compared_at));
            }
            ReconciliationEvent::DifferenceFound(found) => {
                self.open.insert(found.difference.key(), found.difference.clone());
            }
            ReconciliationEvent::DifferenceExplained(explained) => {
                self.open.remove(&explained.difference.key());
                self.explained = self.explained.saturating_add(1);
            }
        }
    }

    fn owner(&self) -> Option<CustomerId> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ids::TypedId,
        testing::{given, noon_of},
    };
    use jiff::civil::date;
    use uuid::Uuid;

    fn id() -> ReconciliationId {
        ReconciliationId { network: Network::VelocityPay, day: date(2026, 5, 4) }
    }

    fn difference(number: u128) -> Difference {
        Difference {
            kind: DifferenceKind::OnlyOurs,
            booking: Booking::Paid,
            payment_id: Some(PaymentId::from_uuid(Uuid::from_u128(number))),
            gateway_reference: None,
            ours: None,
            theirs: None,
            status: Some(PaymentStatus::Completed),
        }
    }

    fn compared(numbers: &[u128]) -> Reconcile {
        let differences = numbers.len() as u32;
        let counts = Counts { theirs: 5, ours: 5, matched: 5 - differences, differences };
        let differences = numbers.iter().map(|number| difference(*number)).collect();
        Reconcile { id: id(), compared: Compared { counts, differences } }
    }

    fn day(differences: u32) -> ReconciliationEvent {
        let counts = Counts { theirs: 5, ours: 5, matched: 5 - differences, differences };
        let ReconciliationId { network, day } = id();
        DayCompared { network, day, counts, compared_at: noon_of(crate::testing::TODAY) }.into()
    }

    fn found(number: u128) -> ReconciliationEvent {
        DifferenceFound { difference: difference(number) }.into()
    }

    #[test]
    fn each_difference_is_an_event_and_twice_changes_nothing() {
        given::<Reconciliation>([]).when(compared(&[1, 2])).then([found(1), found(2), day(2)]);
        given::<Reconciliation>([found(1), found(2), day(2)]).when(compared(&[1, 2])).then([]);
        given::<Reconciliation>([]).when(compared(&[])).then([day(0)]);
    }

    #[test]
    fn what_is_so_no_more_is_explained() {
        let explained = DifferenceExplained { difference: difference(1) }.into();
        given::<Reconciliation>([found(1), found(2), day(2)]).when(compared(&[2])).then([explained, day(1)]);
    }

    #[test]
    fn a_day_of_a_network_has_one_name() {
        assert_eq!("velocitypay_2026-05-04".parse(), Ok(id()));
        assert_eq!(id().to_string(), "velocitypay_2026-05-04");
        for text in ["velocitypay_2026-5-4", "velocitypay", "swift_2026-05-04", "velocitypay_20260504", ""] {
            assert!(text.parse::<ReconciliationId>().is_err(), "{text}");
        }
    }
}
