//! The settings of the namespace at a start: recorded by the first process, followed by all others, and never
//! silently contradicted.

use crate::{
    config::{Difference, Told},
    failure::Failure,
    options::GlobalOptions,
};
use khata_application::{
    Clock, EventStore, Executor, IdSource, Origin, SettingsBook,
    access::{Principal, Reach},
    command::{CommandContext, CommandError},
    settings::InForce,
};
use khata_domain::settings::Basis;
use std::{fmt::Write as _, sync::Arc};

/// What a process has to do with the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stance {
    /// It decides by them: it must not be told others, and records them if there are none.
    Decides,
    /// It runs beside those that decide: it must not be told others.
    Serves,
    /// It only asks, or is about to change them.
    Asks,
}

/// The settings that a process goes by.
pub(super) async fn settle(
    options: &GlobalOptions,
    stance: Stance,
    executor: &Arc<Executor>,
    events: &Arc<dyn EventStore>,
    (clock, ids): (&dyn Clock, &dyn IdSource),
) -> Result<Arc<SettingsBook>, Failure> {
    let told = options.told();
    let first = told.over(&Basis::default()).map_err(Failure::new)?;
    let first = InForce::unrecorded(first).map_err(Failure::plain)?;
    let book = SettingsBook::open(events.clone(), executor.clone(), first).await;
    let book = Arc::new(
        book.map_err(|error| Failure::because("the settings of the namespace cannot be read", error))?,
    );
    if stance == Stance::Decides && book.in_force().version() == 0 {
        let recorded = book.record_if_new(&circumstances(book.in_force(), clock, ids)).await;
        recorded.map_err(|error: CommandError| {
            Failure::because("the settings of the namespace cannot be recorded", error)
        })?;
    }
    if stance != Stance::Asks {
        refuse_others(options, &told, &book.in_force())?;
    }
    Ok(book)
}

/// The circumstances of what a process does at its start.
pub(super) fn circumstances(settings: Arc<InForce>, clock: &dyn Clock, ids: &dyn IdSource) -> CommandContext {
    let command_id = ids.uuid();
    CommandContext {
        principal: Principal::local(),
        reach: Reach::All,
        command_id,
        correlation_id: command_id.to_string(),
        causation_id: None,
        traceparent: None,
        idempotency_key: None,
        fingerprint: Default::default(),
        if_match: None,
        now: clock.now(),
        effective_at: None,
        origin: Origin::Live,
        settings,
    }
}

/// A process that decided by other settings would let through what the namespace forbids.
fn refuse_others(options: &GlobalOptions, told: &Told, in_force: &InForce) -> Result<(), Failure> {
    let differences = told.differences(in_force.basis()).map_err(Failure::new)?;
    if differences.is_empty() {
        return Ok(());
    }
    let namespace = options.namespace()?;
    let mut message =
        format!("the settings of the namespace {namespace} differ from those given to this process:");
    let mut pairs = String::new();
    for Difference { key, stored, told } in differences {
        let _ = write!(
            message,
            "\n  {key} is {stored} in the namespace, but {told} in the options or khata.toml of this process"
        );
        let _ = write!(pairs, " '{key}={told}'");
    }
    let ways = "\nRemove them from this process to use those of the namespace, or change the namespace for all its processes at once:";
    Err(Failure::new(format!("{message}{ways}\n  khata settings set{pairs}")))
}
