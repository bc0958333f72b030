//! The spans of commands: `command` from taking the mailboxes to the answer, and within it `append` from
//! queueing until it is durable. Nobody listens by default; then there are no spans, and nothing here costs
//! more than a look at a flag.

use crate::{
    command::{Answer, CommandContext, CommandError},
    event_store::{AppendError, Appended},
    traces,
};
use khata_domain::Aggregate;
use std::borrow::Cow;
use tracing::{Span, debug_span, field::Empty};

/// Spans a command for an aggregate, within whatever asked for it.
pub(super) fn command<A: Aggregate>(context: &CommandContext, id: A::Id) -> Span {
    let category = A::CATEGORY;
    debug_span!(
        "command",
        otel.name = format_args!("command {category}"),
        aggregate = category,
        id = %id,
        command_id = %context.command_id,
        correlation_id = context.correlation_id,
        outcome = Empty,
        code = Empty,
        version = Empty,
        position = Empty,
        events = Empty,
    )
}

/// The circumstances that its events are stored with. A trace that a client began is kept to the letter; one
/// that begins here goes on from the command's own span.
pub(super) fn traced<'c>(context: &'c CommandContext, span: &Span) -> Cow<'c, CommandContext> {
    if context.traceparent.is_none()
        && let Some(traceparent) = traces::traceparent(span)
    {
        return Cow::Owned(CommandContext { traceparent: Some(traceparent), ..context.clone() });
    }
    Cow::Borrowed(context)
}

/// Notes what a command came to.
pub(super) fn answered<A: Aggregate>(span: &Span, answered: &Result<Answer<A>, CommandError>) {
    if span.is_disabled() {
        return;
    }
    match answered {
        Ok(answer) => {
            let types: Vec<&str> = answer.events.iter().map(|event| &*event.event_type).collect();
            span.record("outcome", if answer.replayed { "replayed" } else { "accepted" });
            span.record("version", answer.version)
                .record("position", answer.position)
                .record("events", types.join(","));
        }
        Err(error) => {
            let (outcome, code) = told(error);
            span.record("outcome", outcome).record("code", code);
        }
    }
}

/// Whether a command was refused or failed, and by what. No text of the client's is in it.
fn told(error: &CommandError) -> (&'static str, &str) {
    match error {
        CommandError::Refused { code, .. } => ("refused", code),
        CommandError::NotFound(_) | CommandError::OutOfReach(_) => ("refused", "not_found"),
        CommandError::AlreadyExists(_) => ("refused", "already_exists"),
        CommandError::VersionConflict { .. } => ("refused", "version_conflict"),
        CommandError::KeyReused => ("refused", "idempotency_key_reused"),
        CommandError::NewerSchema { .. } => ("refused", "newer_schema"),
        CommandError::Contended => ("failed", "contended"),
        CommandError::SettingsChanged => ("failed", "settings_changed"),
        CommandError::Overloaded => ("failed", "overloaded"),
        CommandError::Clock(_) => ("failed", "clock_contradicts_log"),
        CommandError::Unavailable(_) => ("failed", "unavailable"),
        CommandError::Replaced(_) => ("failed", "log_replaced"),
        CommandError::Internal(_) => ("failed", "internal"),
    }
}

/// Spans an append. A store that writes several appends together notes in it how many events and appends they
/// were.
pub(super) fn append(streams: usize, events: usize, check_only: bool) -> Span {
    debug_span!(
        "append",
        streams,
        events,
        check_only,
        batch_events = Empty,
        batch_appends = Empty,
        position = Empty,
        outcome = Empty
    )
}

/// Notes what an append came to.
pub(super) fn appended(span: &Span, outcome: &Result<Appended, AppendError>) {
    if span.is_disabled() {
        return;
    }
    let told = match outcome {
        Ok(appended) => {
            span.record("position", appended.position);
            "appended"
        }
        Err(AppendError::Conflict { .. }) => "conflict",
        Err(AppendError::Duplicate { .. }) => "duplicate",
        Err(AppendError::KeyUsed(_)) => "key_used",
        Err(AppendError::Overloaded) => "overloaded",
        Err(AppendError::Unavailable(_)) => "unavailable",
        Err(AppendError::Replaced(_)) => "replaced",
        Err(AppendError::Corrupt(_)) => "corrupt",
        Err(AppendError::Clock(_)) => "clock",
    };
    span.record("outcome", told);
}
