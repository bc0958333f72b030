//! Calls into a projection's code, with everything that can go wrong there caught at the boundary.

use crate::projection::{FoldError, Projection, RowChanges};
use khata_application::{Recorded, codec::DecodeError};
use std::{
    any::Any,
    borrow::Cow,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Why an event did not go into a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// A newer Khata wrote it: it is passed over.
    Unknown,
    /// It cannot be folded: its partition is parked.
    Poison(String),
}

/// The partition of an event, or the panic that asking for it led to.
pub(super) fn partition<'e, P: Projection>(projection: &P, event: &'e Recorded) -> Result<Option<Cow<'e, str>>, String> {
    catch_unwind(AssertUnwindSafe(|| projection.partition(event))).map_err(|panic| told(&*panic))
}

/// Folds one event. After a refusal neither the state nor the rows can be trusted.
pub(super) fn fold<P: Projection>(projection: &P, state: &mut P::State, event: &Recorded, rows: &mut RowChanges) -> Result<(), Refusal> {
    match catch_unwind(AssertUnwindSafe(|| projection.fold(state, event, rows))) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(FoldError::Decode(DecodeError::NewerSchema { .. }))) => Err(Refusal::Unknown),
        Ok(Err(error)) => Err(Refusal::Poison(error.to_string())),
        Err(panic) => Err(Refusal::Poison(told(&*panic))),
    }
}

/// Builds the rows that show a state.
pub(super) fn summarize<P: Projection>(projection: &P, partition: &str, state: &P::State, rows: &mut RowChanges) -> Result<(), String> {
    catch_unwind(AssertUnwindSafe(|| projection.summarize(partition, state, rows))).map_err(|panic| told(&*panic))
}

fn told(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("the projection panicked: {}", text.unwrap_or("without a message"))
}
