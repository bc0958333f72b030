//! The gate of a node before the network: shut after three failures in a row for two minutes, then passed by one.

use jiff::{SignedDuration, Timestamp};

const FAILURES: u32 = 3;
const PAUSE: SignedDuration = SignedDuration::from_secs(120);
/// Whoever tries, and says nothing for so long, loses that place.
const PATIENCE: SignedDuration = SignedDuration::from_secs(60);

#[derive(Default)]
pub struct Gate {
    failures: u32,
    resumes: Option<Timestamp>,
    /// Until when somebody tries.
    probe: Option<Timestamp>,
}

impl Gate {
    pub fn is_shut(&self) -> bool {
        self.resumes.is_some()
    }

    /// Whether a call may be made.
    pub fn enter(&mut self, now: Timestamp) -> bool {
        match self.resumes {
            None => true,
            Some(resumes) if now < resumes => false,
            Some(_) => {
                self.probe = Some(now + PATIENCE);
                true
            }
        }
    }

    /// Whether one who waits goes on.
    pub fn lets_on(&mut self, now: Timestamp) -> bool {
        let Some(resumes) = self.resumes else { return true };
        let is_taken = self.probe.is_some_and(|until| now < until);
        if now < resumes || is_taken {
            return false;
        }
        self.probe = Some(now + PATIENCE);
        true
    }

    pub fn tell(&mut self, is_failure: bool, now: Timestamp) {
        if !is_failure {
            *self = Self::default();
            return;
        }
        self.failures += 1;
        if self.is_shut() || self.failures >= FAILURES {
            (self.resumes, self.probe) = (Some(now + PAUSE), None);
        }
    }
}
