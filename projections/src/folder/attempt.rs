//! Calls into a projection's code, with everything that can go wrong there caught at the boundary.

use crate::{
    projection::{FoldError, Projection, RowChanges},
    view_store::ParkedCause,
};
use khata_application::{Recorded, codec::DecodeError};
use std::{
    any::Any,
    borrow::Cow,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Why an event did not go into a state: its partition is parked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) cause: ParkedCause,
    pub(super) error: String,
}

impl Refusal {
    pub(super) fn failed(error: String) -> Self {
        Self { cause: ParkedCause::Failed, error }
    }
}

/// The partition of an event, or the panic that asking for it led to.
pub(super) fn partition<'e, P: Projection>(
    projection: &P,
    event: &'e Recorded,
) -> Result<Option<Cow<'e, str>>, String> {
    catch_unwind(AssertUnwindSafe(|| projection.partition(event))).map_err(|panic| told(&*panic))
}

/// Folds one event. After a refusal neither the state nor the rows can be trusted.
pub(super) fn fold<P: Projection>(
    projection: &P,
    state: &mut P::State,
    event: &Recorded,
    rows: &mut RowChanges,
) -> Result<(), Refusal> {
    match catch_unwind(AssertUnwindSafe(|| projection.fold(state, event, rows))) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error @ FoldError::Decode(DecodeError::NewerSchema { .. }))) => {
            Err(Refusal { cause: ParkedCause::NewerSchema, error: error.to_string() })
        }
        Ok(Err(error)) => Err(Refusal::failed(error.to_string())),
        Err(panic) => Err(Refusal::failed(told(&*panic))),
    }
}

/// Whether this build knows an event's type and shape. What becomes of it in a state is not asked.
pub(super) fn is_known<P: Projection>(projection: &P, event: &Recorded) -> bool {
    let outcome = fold(projection, &mut P::State::default(), event, &mut RowChanges::default());
    !matches!(outcome, Err(Refusal { cause: ParkedCause::NewerSchema, .. }))
}

/// Builds the rows that show a state.
pub(super) fn summarize<P: Projection>(
    projection: &P,
    partition: &str,
    state: &P::State,
    rows: &mut RowChanges,
) -> Result<(), String> {
    catch_unwind(AssertUnwindSafe(|| projection.summarize(partition, state, rows)))
        .map_err(|panic| told(&*panic))
}

fn told(panic: &(dyn Any + Send)) -> String {
    let text =
        panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("the projection panicked: {}", text.unwrap_or("without a message"))
}
