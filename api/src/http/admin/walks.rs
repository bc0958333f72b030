//! Walks over the whole log: archives and audits. Each keeps readers and processors busy for as long as the log is long, so few of them
//! may go on at a time.

use crate::http::problem::{Problem, codes};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// So many walk at once.
const AT_ONCE: usize = 2;

/// Who may walk.
#[derive(Debug, Clone)]
pub struct LogWalks(Arc<Semaphore>);

/// A walk under way. Dropped, it has ended.
#[derive(Debug)]
pub(crate) struct LogWalk {
    _place: OwnedSemaphorePermit,
}

impl Default for LogWalks {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl LogWalks {
    /// Begins one, if not too many go on already.
    pub(crate) fn begin(&self) -> Result<LogWalk, Problem> {
        let place = Arc::clone(&self.0).try_acquire_owned().map_err(|_| {
            let detail = format!("{AT_ONCE} archives or audits of the log are being made already. Come again when one of them has ended.");
            Problem::new(&codes::TOO_MANY_LOG_WALKS, detail)
        })?;
        Ok(LogWalk { _place: place })
    }
}
