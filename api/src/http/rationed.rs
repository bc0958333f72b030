//! Log lines that could come by the thousand, such as those of commands that find the disk full: a few of each while, and how many were
//! kept back.

use parking_lot::Mutex;
use std::time::{Duration, Instant};

/// A while.
const WHILE: Duration = Duration::from_secs(10);
/// So many lines in each.
const LINES: u64 = 5;

/// The lines of one kind.
#[derive(Debug, Default)]
pub(super) struct Rationed(Mutex<Lately>);

#[derive(Debug, Default)]
struct Lately {
    since: Option<Instant>,
    told: u64,
    kept_back: u64,
}

impl Rationed {
    /// Whether a line may be told now; and how many like it were kept back before.
    pub(super) fn may_tell(&self, now: Instant) -> Option<u64> {
        let mut lately = self.0.lock();
        if lately.since.is_none_or(|since| now.duration_since(since) >= WHILE) {
            (lately.since, lately.told) = (Some(now), 0);
        }
        if lately.told == LINES {
            lately.kept_back += 1;
            return None;
        }
        lately.told += 1;
        Some(std::mem::take(&mut lately.kept_back))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_lines_are_told_in_each_while_and_how_many_were_kept_back() {
        let (rationed, begun) = (Rationed::default(), Instant::now());
        let told: Vec<_> = (0..1_000).filter_map(|_| rationed.may_tell(begun)).collect();
        assert_eq!(told, [0; LINES as usize]);
        assert_eq!(rationed.may_tell(begun + WHILE), Some(1_000 - LINES));
        assert_eq!(rationed.may_tell(begun + WHILE), Some(0));
    }
}
