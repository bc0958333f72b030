//! How quick a rebuild is, for those who wait for it.

use crate::views::Progress;
use std::time::{Duration, Instant};

pub(super) struct Pace {
    since: Instant,
    from: u64,
    events_per_second: Option<f64>,
}

/// The rate is taken over stretches of this length.
const STRETCH: Duration = Duration::from_millis(500);

impl Pace {
    pub(super) fn new(position: u64) -> Self {
        Self { since: Instant::now(), from: position, events_per_second: None }
    }

    /// Notes how far it has come. Tells the progress once per stretch.
    pub(super) fn at(&mut self, position: u64, head: u64) -> Option<Progress> {
        let elapsed = self.since.elapsed();
        if elapsed < STRETCH && self.events_per_second.is_some() {
            return None;
        }
        let now = position.saturating_sub(self.from) as f64 / elapsed.as_secs_f64().max(0.001);
        // New stretches count for half, so that the time left does not jump about.
        let rate = self.events_per_second.map_or(now, |before| (before + now) / 2.0);
        self.events_per_second = Some(rate);
        (self.since, self.from) = (Instant::now(), position);
        let left = head.saturating_sub(position) as f64;
        let seconds_left = (rate >= 1.0).then(|| (left / rate).ceil() as u64);
        Some(Progress { position, head, events_per_second: rate as u64, seconds_left })
    }
}
