//! Work of others that may panic: definitions, surroundings, ports.

use std::{
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    task::Poll,
};

/// It has panicked; the panic itself was told where panics are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::processes) struct Panicked;

/// Runs to its end, or to its panic.
pub(in crate::processes) async fn caught<T>(work: impl Future<Output = T> + Send) -> Result<T, Panicked> {
    let mut work = pin!(work);
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))) {
        Ok(polled) => polled.map(Ok),
        Err(_) => Poll::Ready(Err(Panicked)),
    })
    .await
}

/// The same, for what does not wait.
pub(in crate::processes) fn caught_now<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| Panicked)
}
