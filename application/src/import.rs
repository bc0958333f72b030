//! Import: history of another system, taken over fact by fact through the same aggregates that decide live
//! commands.
//!
//! Facts arrive as lines of JSON or ready-made, are read in parallel, decided in order, and appended in
//! atomic groups across many streams; a group is decided while the one before it is still being written.
//! Events get ids derived from their fact's source, so nothing is appended twice, however often and wherever
//! a run was broken off. The normal case looks nothing up: that a fact is there already shows when a group is
//! refused, and then its events are looked for.

mod accounts;
mod balances;
mod business_time;
mod cards;
mod customers;
mod days;
mod fact;
mod imported;
mod judging;
mod lending;
mod lines;
mod lookups;
mod orders;
mod payments;
mod prepare;
mod report;
mod reversals;
mod session;
mod source;

pub use accounts::{AccountOpened, Entry, EntryKind, SignatoryAdded};
pub use balances::{BalanceChecked, OpeningBalance};
pub use business_time::BusinessTime;
pub use cards::CardIssued;
pub use customers::{CustomerOnboarded, Kyc};
pub use fact::Fact;
pub use lending::{LoanDelinquent, LoanEnded, LoanGranted, LoanOutcome, LoanPaid, PaidBy};
pub use lines::MAX_LINE_BYTES;
pub use orders::{OrderItem, OrderPlaced, OrderShipped};
pub use payments::{PayeeAbroad, StandingOrderGiven};
pub use report::{GivenOrders, Ordered, Report, Stop, Sums};
pub use session::ImportSession;
pub use source::{SourceRef, SourceRefError};

use crate::{
    Clock, EventStore, Executor, IdSource, SettingsBook, access::Principal, calendar::BusinessCalendar,
    customers::EmailKey, settings::InForce,
};
use khata_domain::{accounts::Products, cards::CardProduct, lending::LendingTerms, settings::OrderNumbers};
use std::sync::Arc;

/// How many facts are appended at once.
const GROUP: usize = 2_000;

/// Takes over history.
#[derive(Clone)]
pub struct Importer {
    executor: Arc<Executor>,
    store: Arc<dyn EventStore>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    settings: Arc<SettingsBook>,
    email_key: EmailKey,
}

/// What facts are taken over on.
#[derive(Debug, Clone)]
struct Terms {
    /// In which day an instant lies, and when a day begins.
    calendar: BusinessCalendar,
    /// The terms that accounts are opened on.
    products: Products,
    /// What approvals of loans are measured by.
    lending: LendingTerms,
    /// The terms that cards are issued on.
    cards: CardProduct,
    /// What orders are confirmed by.
    orders: OrderNumbers,
    /// Keys the names of e-mail reservations.
    email_key: EmailKey,
}

impl Terms {
    /// Those of the settings in force.
    fn of(settings: &InForce, email_key: EmailKey) -> Self {
        let rules = settings.rules().clone();
        let calendar = settings.calendar().clone();
        Self {
            calendar,
            products: rules.accounts,
            lending: rules.lending,
            cards: rules.cards,
            orders: rules.orders,
            email_key,
        }
    }
}

impl Importer {
    /// Works on a store through an executor of that store, by the settings in force when an import begins;
    /// `email_key` keys the names of e-mail reservations.
    pub fn new(
        executor: Arc<Executor>,
        store: Arc<dyn EventStore>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
        settings: Arc<SettingsBook>,
        email_key: EmailKey,
    ) -> Self {
        Self { executor, store, clock, ids, settings, email_key }
    }

    /// Begins an import on behalf of somebody.
    pub fn begin(&self, principal: Arc<Principal>) -> ImportSession<'_> {
        ImportSession::new(self, principal)
    }
}

impl std::fmt::Debug for Importer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Importer").field("settings", &self.settings).finish_non_exhaustive()
    }
}
