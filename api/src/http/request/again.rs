//! A command's request, kept until it is answered: what was decided by settings that changed meanwhile is decided again.

use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::request::Parts,
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Where whoever reads a command's request leaves it for whoever may have to ask again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Again(Arc<Mutex<Option<Kept>>>);

#[derive(Debug)]
struct Kept {
    parts: Parts,
    body: Bytes,
    settings: u64,
}

impl Again {
    /// Keeps a request whose body was read, with the version of the settings that it is decided by.
    pub(super) fn keep(self, parts: Parts, body: Bytes, settings: u64) {
        *self.slot() = Some(Kept { parts, body, settings });
    }

    fn slot(&self) -> MutexGuard<'_, Option<Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The request once more, and the version of the settings that it was decided by; `None` if it was no command.
    pub(crate) fn take(&self) -> Option<(Request, u64)> {
        let Kept { parts, body, settings } = self.slot().take()?;
        Some((Request::from_parts(parts, Body::from(body)), settings))
    }
}
