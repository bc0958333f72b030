//! Where fresh identifiers come from: the machine's random source, or a counter for tests that must repeat.

use khata_application::IdSource;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::{Builder, Uuid};

/// UUIDs of version 7: time first, then a counter, then random bits. Within this process each is larger than
/// the one before, also when the clock is set back.
#[derive(Debug, Clone, Copy, Default)]
pub struct V7Ids;

impl IdSource for V7Ids {
    #[expect(clippy::disallowed_methods, reason = "this adapter is the one place that draws identifiers")]
    fn uuid(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// Well-formed UUIDs of version 7 that count up from 1: the same in every run.
#[derive(Debug, Default)]
pub struct SequentialIds(AtomicU64);

impl IdSource for SequentialIds {
    fn uuid(&self) -> Uuid {
        let number = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        let mut tail = [0; 10];
        tail[2..].copy_from_slice(&number.to_be_bytes());
        Builder::from_unix_timestamp_millis(0, &tail).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_of_version_7_grow_and_never_repeat() {
        let drawn: Vec<Uuid> = (0..10_000).map(|_| V7Ids.uuid()).collect();
        assert!(drawn.is_sorted());
        assert_eq!(drawn.iter().collect::<BTreeSet<_>>().len(), drawn.len());
        assert_eq!(drawn[0].get_version_num(), 7);
    }

    #[test]
    fn sequential_ids_grow_and_repeat_in_every_run() {
        let (one, other) = (SequentialIds::default(), SequentialIds::default());
        let drawn: Vec<Uuid> = (0..1_000).map(|_| one.uuid()).collect();
        assert!(drawn.is_sorted_by(|a, b| a < b));
        assert!(drawn.iter().all(|id| *id == other.uuid()));
        assert_eq!(drawn[0].to_string(), "00000000-0000-7000-8000-000000000001");
    }
}
