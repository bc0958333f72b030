//! Import: history of another system, taken over fact by fact through the same aggregates that decide live commands.
//!
//! Facts arrive as lines of JSON or ready-made, are read in parallel, decided in order, and appended in atomic groups across many
//! streams; a group is decided while the one before it is still being written. Events get ids derived from their fact's source, so
//! nothing is appended twice, however often and wherever a run was broken off. The normal case looks nothing up: that a fact is there
//! already shows when a group is refused, and then its events are looked for.

mod apply;
mod fact;
mod lines;
mod prepare;
mod report;
mod session;
mod source;

pub use fact::{AccountOpened, BusinessTime, CustomerOnboarded, Entry, EntryKind, Fact, Kyc, SignatoryAdded};
pub use lines::MAX_LINE_BYTES;
pub use report::{Report, Stop, Sums};
pub use session::ImportSession;
pub use source::{SourceRef, SourceRefError};

use crate::{Clock, EventStore, Executor, IdSource};
use jiff::tz::TimeZone;
use khata_domain::{
    accounts::Products,
    customers::{Email, EmailHash},
};
use std::sync::Arc;

/// How many facts are appended at once.
const GROUP: usize = 2_000;

/// What imports need of their surroundings.
#[derive(Clone)]
pub struct Importer {
    /// Decides and appends.
    pub executor: Arc<Executor>,
    /// Where events are looked for that may be there already.
    pub events: Arc<dyn EventStore>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Fresh identifiers for commands.
    pub ids: Arc<dyn IdSource>,
    /// The terms that accounts are opened on.
    pub products: Arc<Products>,
    /// The namespace's time zone: in which day an instant lies, and when a day begins.
    pub time_zone: TimeZone,
    /// The keyed hash under which an e-mail address is reserved.
    pub email_hash: Arc<dyn Fn(&Email) -> EmailHash + Send + Sync>,
}

impl std::fmt::Debug for Importer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Importer")
    }
}

impl Importer {
    /// Begins an import on behalf of an actor.
    pub fn begin(&self, actor: &str) -> ImportSession<'_> {
        ImportSession::new(self, actor)
    }
}
