//! The end of a call that is under way.

use super::Engine;
use crate::processes::process::Process;
use std::sync::Arc;

/// Notes that a call is not under way any more, however it ended.
pub(super) struct Landing<P: Process> {
    engine: Arc<Engine<P>>,
    key: String,
    /// Under the same key another may have begun meanwhile.
    number: u64,
    is_over: bool,
}

impl<P: Process> Landing<P> {
    /// That of a call, by its key and the number of its launch.
    pub(super) fn of(engine: &Arc<Engine<P>>, (key, number): (String, u64)) -> Self {
        Self { engine: engine.clone(), key, number, is_over: false }
    }

    /// It counts as under way until what it came to is told.
    pub(super) fn hand_over(mut self) -> (String, u64) {
        self.is_over = true;
        (std::mem::take(&mut self.key), self.number)
    }
}

impl<P: Process> Drop for Landing<P> {
    fn drop(&mut self) {
        if !self.is_over {
            self.engine.desk.lock().lanes.land(&self.key, self.number);
        }
    }
}
