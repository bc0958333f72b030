//! The log of the simulation: in memory, with a disk that writes when the driver says so. A faulty one forgets for one
//! of its users what an append expects: as if a lease that was lost were still good.

use khata_application::{
    EventStore,
    event_store::{Append, AppendError, Expected, Ticket},
};
use khata_infrastructure::memory::MemoryEventStore;
use khata_tests::Between;
use std::sync::Arc;

/// How one process sees the log.
pub struct Seen {
    pub log: Arc<MemoryEventStore>,
    /// Nothing is expected of the streams of processes.
    pub trusts_itself: bool,
}

impl Between for Seen {
    fn log(&self) -> &dyn EventStore {
        &*self.log
    }

    fn submit(&self, mut append: Append) -> Result<Ticket, AppendError> {
        if self.trusts_itself {
            append.parts.iter_mut().for_each(|part| part.expected = Expected::Any);
        }
        self.log.submit(append)
    }
}
