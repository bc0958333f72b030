//! The settings of the namespace, as decisions use them: read once by each, and named in its append, so that
//! nothing is appended behind a change that was decided before it.
//!
//! The check is that of any stream: an append has the settings as a part without events, at the version that
//! the decision rests on. So every store refuses, in its one order of all appends, what rests on older
//! settings, whichever process decided it.

mod in_force;

pub use in_force::InForce;
pub(crate) use in_force::is_settings;

use crate::{
    EventStore, Executor,
    aggregate_type::AggregateType,
    calendar::{BusinessCalendar, UnknownTimeZone},
    command::{Answer, CommandContext, CommandError},
    event_store::{ReadError, StreamRange},
    fold::{Until, fold},
};
use in_force::STREAM;
use khata_domain::settings::{Basis, Change, Settings, SettingsId};
use parking_lot::RwLock;
use std::{sync::Arc, time::Duration};

/// The settings' aggregate. It belongs to no bounded context: every process has it.
pub static AGGREGATE: AggregateType = AggregateType::of::<Settings>();

/// How long a change by another process may go unnoticed while nothing is decided here.
const PACE: Duration = Duration::from_millis(500);

/// Why the settings cannot be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Those of the log.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The namespace counts its days in a zone that this build does not know.
    #[error("the namespace's settings: {0}")]
    Zone(#[from] UnknownTimeZone),
    /// A newer Khata has changed them.
    #[error("a newer Khata has changed the namespace's settings ({0})")]
    NewerSchema(String),
}

impl From<SettingsError> for CommandError {
    fn from(error: SettingsError) -> Self {
        match error {
            SettingsError::Read(error) => error.into(),
            SettingsError::Zone(error) => Self::Internal(error.to_string()),
            SettingsError::NewerSchema(event_type) => Self::NewerSchema { event_type },
        }
    }
}

/// The settings in force, as this process knows them.
pub struct SettingsBook {
    store: Arc<dyn EventStore>,
    executor: Arc<Executor>,
    in_force: RwLock<Arc<InForce>>,
    /// Held while they are read anew, so that many who miss a change at once read once.
    reading: tokio::sync::Mutex<()>,
}

impl SettingsBook {
    /// Those of a log; where it has none, what is given.
    ///
    /// # Errors
    /// See [`SettingsError`].
    pub async fn open(
        store: Arc<dyn EventStore>,
        executor: Arc<Executor>,
        unrecorded: InForce,
    ) -> Result<Self, SettingsError> {
        let book = Self::new(store, executor, unrecorded);
        book.renew().await?;
        Ok(book)
    }

    /// Begins with what is given; whether the log knows better shows with the first decision.
    pub fn new(store: Arc<dyn EventStore>, executor: Arc<Executor>, known: InForce) -> Self {
        Self {
            store,
            executor,
            in_force: RwLock::new(Arc::new(known)),
            reading: tokio::sync::Mutex::default(),
        }
    }

    /// The settings in force. Whoever decides takes them once.
    pub fn in_force(&self) -> Arc<InForce> {
        self.in_force.read().clone()
    }

    /// Reads them anew, unless somebody has done so since a version was found to be old.
    ///
    /// # Errors
    /// See [`SettingsError`].
    pub async fn renew_from(&self, old: u64) -> Result<(), SettingsError> {
        let _alone = self.reading.lock().await;
        if self.in_force.read().version != old { Ok(()) } else { self.read().await }
    }

    async fn renew(&self) -> Result<(), SettingsError> {
        let _alone = self.reading.lock().await;
        self.read().await
    }

    async fn read(&self) -> Result<(), SettingsError> {
        let folded = fold::<Settings>(&*self.store, &STREAM, Until::default()).await?;
        if let Some(event_type) = folded.newer_schema {
            return Err(SettingsError::NewerSchema(event_type));
        }
        if folded.version == 0 {
            return Ok(());
        }
        let basis = folded.state.basis().clone();
        let calendar = BusinessCalendar::parse(basis.time_zone())?;
        let read = InForce {
            version: folded.version,
            last_event_id: folded.last_event_id,
            since: folded.last_recorded_at,
            calendar,
            basis,
        };
        let mut in_force = self.in_force.write();
        if in_force.version < read.version {
            *in_force = Arc::new(read);
        }
        Ok(())
    }

    /// Records the settings in force if the log has none, then reads those that it has: another process may
    /// have been first.
    ///
    /// # Errors
    /// Those of [`Executor::transact`] and of the log.
    pub async fn record_if_new(&self, context: &CommandContext) -> Result<(), CommandError> {
        let basis = self.in_force().basis().clone();
        if self.in_force().version() > 0 {
            return Ok(());
        }
        let recorded = self.executor.transact::<Settings>(context, SettingsId, &[], |unit| {
            if unit.version::<Settings>(SettingsId)? == 0 {
                unit.decide::<Settings>(SettingsId, Change { basis: basis.clone(), first: true })?;
            }
            Ok(())
        });
        match recorded.await {
            // Another process was first: its settings are in force.
            Ok(_) | Err(CommandError::SettingsChanged) => {}
            Err(error) => return Err(error),
        }
        Ok(self.renew().await?)
    }

    /// Makes other settings those of the namespace, for all its processes from this event on. They were made
    /// from those that the context names.
    ///
    /// # Errors
    /// `SettingsChanged` if the context's are not in force any more; refused as `unknown_time_zone`; those of
    /// [`Executor::transact`].
    pub async fn change(
        &self,
        context: &CommandContext,
        basis: Basis,
    ) -> Result<Answer<Settings>, CommandError> {
        let known = context.settings.version();
        let answer = self.executor.transact::<Settings>(context, SettingsId, &[], |unit| {
            if unit.version::<Settings>(SettingsId)? != known {
                return Err(CommandError::SettingsChanged);
            }
            let change = Change { basis: basis.clone(), first: known == 0 };
            unit.decide::<Settings>(SettingsId, change).map(drop)
        });
        let answer = answer.await?;
        self.renew().await?;
        Ok(answer)
    }

    /// Follows what other processes change, for those who only ask; decisions notice by themselves. Goes on
    /// until it is dropped, or the log is.
    pub async fn follow(self: Arc<Self>) {
        let mut head = self.store.watch_head();
        loop {
            head.borrow_and_update();
            let behind =
                StreamRange { after_version: self.in_force().version(), limit: 1, ..StreamRange::ALL };
            let news = self.store.read_stream(&STREAM, behind).await;
            if news.is_ok_and(|news| !news.is_empty())
                && let Err(error) = self.renew().await
            {
                tracing::error!(%error, "the changed settings of the namespace cannot be read");
            }
            tokio::time::sleep(PACE).await;
            if head.changed().await.is_err() {
                return;
            }
        }
    }
}

impl std::fmt::Debug for SettingsBook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.in_force.read().fmt(f)
    }
}
