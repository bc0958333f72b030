//! How many live feeds are open. Each keeps its connection for as long as its client likes, so nobody may open as many as there are
//! connections, and all together leave some for those who only ask.

use crate::http::problem::{Problem, codes};
use khata_application::access::Principal;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// So many one principal may have open.
const OF_ONE: usize = 16;
/// What of all connections may be live feeds: one in so many.
const SHARE: usize = 2;
/// Nobody knows when one ends: so many seconds later it makes sense to ask again.
const ASK_AGAIN_S: u32 = 10;

/// The live feeds that are open.
#[derive(Debug, Clone, Default)]
pub struct OpenStreams(Arc<Mutex<Open>>);

#[derive(Debug, Default)]
struct Open {
    all: usize,
    by_actor: FxHashMap<Arc<str>, usize>,
}

/// The place of one live feed. Dropped, it is free.
#[derive(Debug)]
pub(super) struct Place {
    streams: OpenStreams,
    actor: Arc<str>,
}

impl OpenStreams {
    /// A place, if there is one. Where nobody has to say who they are, all are one, and only all together are counted.
    pub(super) fn enter(&self, principal: &Principal, max_connections: usize) -> Result<Place, Problem> {
        let actor = Arc::clone(&principal.actor);
        let mut open = self.0.lock();
        let of_actor = open.by_actor.get(&actor).copied().unwrap_or_default();
        if principal.is_proven() && of_actor >= OF_ONE {
            return Err(refused(format!("{OF_ONE} live feeds are open already by whoever asks.")));
        }
        let most = (max_connections / SHARE).max(1);
        if open.all >= most {
            return Err(refused(format!("{most} live feeds are open already, as many as there may be.")));
        }
        open.all += 1;
        open.by_actor.insert(Arc::clone(&actor), of_actor + 1);
        Ok(Place { streams: self.clone(), actor })
    }
}

fn refused(detail: String) -> Problem {
    metrics::counter!("khata_rate_limited_total", "limit" => "streams").increment(1);
    Problem::new(&codes::RATE_LIMITED, detail).with("limit", "streams").retry_after(ASK_AGAIN_S)
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.streams.0.lock();
        open.all = open.all.saturating_sub(1);
        match open.by_actor.get_mut(&self.actor) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(open.by_actor.remove(&self.actor)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use khata_application::access::{Role, Roles};

    fn customer(name: &str) -> Principal {
        Principal { roles: Roles::of(&[Role::Customer]), ..Principal::trusted(name) }
    }

    #[test]
    fn nobody_has_more_than_sixteen_and_what_ends_makes_room() {
        let streams = OpenStreams::default();
        let mut open: Vec<Place> =
            (0..OF_ONE).map(|_| streams.enter(&customer("maria"), 4_096).unwrap()).collect();
        assert_eq!(streams.enter(&customer("maria"), 4_096).unwrap_err().code(), "rate_limited");
        let other = streams.enter(&customer("boris"), 4_096).unwrap();
        open.pop();
        open.push(streams.enter(&customer("maria"), 4_096).unwrap());
        assert!(streams.enter(&customer("maria"), 4_096).is_err());
        drop((open, other));
        assert!(streams.0.lock().by_actor.is_empty() && streams.0.lock().all == 0);
    }

    #[test]
    fn all_together_leave_half_of_the_connections() {
        let streams = OpenStreams::default();
        let names = ["a", "b", "c"].map(customer);
        let open = [&names[0], &names[1]].map(|name| streams.enter(name, 4).unwrap());
        assert!(streams.enter(&names[2], 4).is_err());
        drop(open);
        // Where nobody is asked all have one name.
        let local = Principal::trusted(Principal::LOCAL);
        let open: Vec<Place> = (0..20).map(|_| streams.enter(&local, 40).unwrap()).collect();
        assert!(streams.enter(&local, 40).is_err());
        drop(open);
    }
}
