//! One asker's account: a number.

use super::quotas::{Class, Quota};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// The instant, in nanoseconds, at which all that was asked is paid off.
#[derive(Debug, Default)]
pub(super) struct Bucket(AtomicU64);

/// What is left to an asker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Left {
    pub(super) requests: u32,
    /// After how long it is all of the quota again.
    pub(super) full_in: Duration,
}

/// What an answer tells of a quota.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct Standing {
    pub(super) class: Class,
    pub(super) quota: Quota,
    pub(super) left: Left,
}

impl Bucket {
    /// Takes one request out of a quota.
    ///
    /// # Errors
    /// There is none left; after how long there is.
    pub(super) fn take(&self, quota: Quota, now: Duration) -> Result<Left, Duration> {
        let mut paid_at = self.0.load(Ordering::Relaxed);
        loop {
            let next = paid_off_with_one_more(paid_at, quota, now)?;
            match self.0.compare_exchange_weak(paid_at, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return Ok(left(next, quota, now)),
                Err(other) => paid_at = other,
            }
        }
    }

    /// Whether one could be taken.
    ///
    /// # Errors
    /// There is none left; after how long there is.
    pub(super) fn look(&self, quota: Quota, now: Duration) -> Result<(), Duration> {
        paid_off_with_one_more(self.0.load(Ordering::Relaxed), quota, now).map(|_| ())
    }
}

fn paid_off_with_one_more(paid_at: u64, quota: Quota, now: Duration) -> Result<u64, Duration> {
    let now = nanos(now);
    let next = paid_at.max(now) + quota.nanos_each();
    let latest = now + nanos(quota.window);
    if next <= latest { Ok(next) } else { Err(Duration::from_nanos(next - latest)) }
}

fn left(paid_at: u64, quota: Quota, now: Duration) -> Left {
    let owed = paid_at.saturating_sub(nanos(now));
    let free = nanos(quota.window).saturating_sub(owed) / quota.nanos_each();
    Left { requests: u32::try_from(free).unwrap_or(u32::MAX), full_in: Duration::from_nanos(owed) }
}

fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX / 4).min(u64::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_is_there_at_once_and_comes_back_evenly() {
        let (bucket, quota) = (Bucket::default(), Quota { requests: 10, window: Duration::from_secs(60) });
        let at = |seconds: u64| Duration::from_secs(1_000 + seconds);
        for taken in 1..=10 {
            let left = bucket.take(quota, at(0)).unwrap();
            assert_eq!(
                left,
                Left { requests: 10 - taken, full_in: Duration::from_secs(u64::from(taken) * 6) }
            );
        }
        assert_eq!(bucket.take(quota, at(0)), Err(Duration::from_secs(6)));
        assert_eq!(bucket.take(quota, at(5)), Err(Duration::from_secs(1)), "asking in vain costs nothing");
        assert_eq!(bucket.look(quota, at(6)), Ok(()));
        assert_eq!(bucket.take(quota, at(6)).unwrap().requests, 0);
        assert_eq!(bucket.take(quota, at(6)), Err(Duration::from_secs(6)));
        assert_eq!(
            bucket.take(quota, at(600)).unwrap().requests,
            9,
            "and all of it, and no more, after a while"
        );
    }
}
