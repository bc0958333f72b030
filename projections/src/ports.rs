//! What the read side stands on.

use crate::view_store::ViewStore;
use khata_application::{Clock, EventStore};
use std::sync::Arc;

/// What the read side stands on.
#[derive(Clone)]
pub struct ReadPorts {
    pub store: Arc<dyn ViewStore>,
    /// Where events come from.
    pub events: Arc<dyn EventStore>,
    pub clock: Arc<dyn Clock>,
}
