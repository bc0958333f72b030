//! What one connection of the load does: the next request, its answer, the next.

use super::{
    Answers,
    plan::{Choice, Pace, Prepared},
    tally::Tally,
    watch::Answered,
};
use crate::connection::Connection;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// No answer takes longer; a server that hangs ends the run instead of prolonging it.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// Sends requests until the plan's count or time is up, or something breaks.
pub(super) async fn drive(
    mut connection: Connection,
    plan: Arc<Prepared>,
    index: usize,
    started: Instant,
    answers: Answers,
) -> Tally {
    let mut tally = Tally::default();
    let mut draw = Draw::seeded(index);
    for turn in 0.. {
        let nth = turn * plan.connections as u64 + index as u64;
        let due = plan.due(nth, started);
        if nth >= plan.most || due.unwrap_or_else(Instant::now).duration_since(started) >= plan.seconds {
            break;
        }
        if let Some(due) = due {
            tokio::time::sleep_until(due.into()).await;
        }
        let pick = match plan.choice {
            Choice::EachOnce => nth as usize,
            Choice::AtRandom => draw.below(plan.requests.len()),
        };
        let Some(request) = plan.requests.get(pick) else { break };
        let sent = due.unwrap_or_else(Instant::now);
        let reply = match tokio::time::timeout(PATIENCE, connection.ask(request)).await {
            Ok(Ok(reply)) => reply,
            Ok(Err(error)) => {
                tally.fail(error.to_string());
                break;
            }
            Err(_) => {
                tally.fail(format!("no answer within {PATIENCE:?}"));
                break;
            }
        };
        tally.answered(&reply, sent.elapsed());
        if nth.is_multiple_of(plan.watch_one_in)
            && let Some(answers) = &answers
            && let Some(answered) = Answered::of(reply.body)
            && answers.try_send(answered).is_err()
        {
            tally.fail("the watchers could not keep up".to_owned());
        }
    }
    tally
}

impl Prepared {
    /// When the n-th request is due; nothing where each follows the last answer.
    fn due(&self, nth: u64, started: Instant) -> Option<Instant> {
        match self.pace {
            Pace::OneAfterAnother => None,
            Pace::PerSecond(rate) => {
                Some(started + Duration::from_secs_f64(nth as f64 / f64::from(rate.max(1))))
            }
        }
    }
}

/// A cheap even draw (xorshift64*), the same in every run.
pub(super) struct Draw(u64);

impl Draw {
    /// The draw of a connection.
    pub(super) fn seeded(index: usize) -> Self {
        Self(0x9E37_79B9_7F4A_7C15 ^ (index as u64 + 1))
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let mixed = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32;
        ((mixed * bound as u64) >> 32) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_stay_below_their_bound_and_reach_all_of_it() {
        let mut draw = Draw(1);
        let mut seen = [0_u32; 10];
        for _ in 0..10_000 {
            seen[draw.below(10)] += 1;
        }
        assert!(seen.iter().all(|count| (800..1_200).contains(count)), "{seen:?}");
    }
}
