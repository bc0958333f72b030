//! Notes what was refused, within bounds: so many of one actor a minute as events of their own, the others of that
//! minute counted in one event for each operation and reason. Nobody fills the log by being refused.

use crate::{
    Clock, Executor, IdSource, Origin, SettingsBook,
    access::{Principal, Reach},
    clock::fresh,
    command::CommandContext,
    context::{AggregateType, Context},
    executor::Unit,
};
use jiff::{SignedDuration, Timestamp};
use khata_domain::{
    access_audit::{AccessRefusal, AccessRefused, Note, RefusalReason},
    ids::RefusalId,
};
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use std::{collections::BTreeMap, pin::Pin, sync::Arc, time::Duration};

/// The context of what is seen of access. It stands alone: whoever is refused belongs to none.
pub const CONTEXT: Context = Context {
    name: "access_audit",
    version: 1,
    imports: &[],
    exports: &[],
    aggregates: &[AggregateType::of::<AccessRefusal>()],
    processes: &[],
};

/// So many refusals of an actor are noted one by one in a minute.
pub const ONE_BY_ONE: u32 = 10;
/// In which the others are counted.
const MINUTE: SignedDuration = SignedDuration::from_secs(60);
/// So many actors are counted at once; those whose minute is over go first.
const ACTORS: usize = 10_000;
/// So long is waited for the log: a refusal is a refusal whether or not it is noted.
const PATIENCE: Duration = Duration::from_secs(2);

/// What somebody was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub operation: &'static str,
    /// On what, if that was one thing.
    pub resource: Option<String>,
    pub reason: RefusalReason,
}

/// Resolves after a while.
pub type Pause = Arc<dyn Fn(Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// Notes refusals in the log.
pub struct RefusalLog {
    executor: Arc<Executor>,
    ids: Arc<dyn IdSource>,
    clock: Arc<dyn Clock>,
    settings: Arc<SettingsBook>,
    pause: Pause,
    counted: Mutex<Counted>,
}

/// The minutes of all actors.
#[derive(Debug, Default)]
struct Counted {
    by_actor: FxHashMap<Arc<str>, Minute>,
    /// How many minutes have begun.
    begun: u64,
}

/// What one actor was refused in a minute.
#[derive(Debug)]
struct Minute {
    /// No other minute has it.
    number: u64,
    principal: Arc<Principal>,
    began: Timestamp,
    /// How many were noted one by one.
    noted: u32,
    /// The others: how many of each kind, and when first.
    counted: BTreeMap<(&'static str, &'static str), (RefusalReason, u32, Timestamp)>,
}

/// What comes of taking a refusal in.
#[derive(Debug, Default)]
struct Taken {
    /// What is to be noted now.
    told: Vec<AccessRefused>,
    /// The minute in which it is the first that is counted: what is counted in it is to be noted when it is over.
    counts_in: Option<u64>,
}

impl Minute {
    fn of(number: u64, principal: &Arc<Principal>, now: Timestamp) -> Self {
        Self { number, principal: Arc::clone(principal), began: now, noted: 0, counted: BTreeMap::new() }
    }

    fn is_over(&self, now: Timestamp) -> bool {
        now.duration_since(self.began) >= MINUTE || now < self.began
    }

    /// Takes a refusal in. What is to be noted of it, if anything is.
    fn take(&mut self, refused: Refused, now: Timestamp) -> Option<AccessRefused> {
        let Refused { operation, resource, reason } = refused;
        if self.noted < ONE_BY_ONE {
            self.noted += 1;
            let (actor, operation) = (self.principal.actor.to_string(), operation.to_owned());
            return Some(AccessRefused { actor, operation, resource, reason, count: 1, refused_at: now });
        }
        let counted = self.counted.entry((operation, reason.name())).or_insert((reason, 0, now));
        counted.1 = counted.1.saturating_add(1);
        None
    }

    /// What was counted.
    fn told(self) -> impl Iterator<Item = AccessRefused> {
        let actor = self.principal.actor.to_string();
        self.counted.into_iter().map(move |((operation, _), (reason, count, refused_at))| AccessRefused {
            actor: actor.clone(),
            operation: operation.to_owned(),
            resource: None,
            reason,
            count,
            refused_at,
        })
    }
}

impl RefusalLog {
    /// Notes through an executor.
    pub fn new(
        executor: Arc<Executor>,
        ids: Arc<dyn IdSource>,
        clock: Arc<dyn Clock>,
        settings: Arc<SettingsBook>,
    ) -> Self {
        let pause: Pause = Arc::new(|span| Box::pin(tokio::time::sleep(span)));
        Self { executor, ids, clock, settings, pause, counted: Mutex::default() }
    }

    /// The same, waiting in another way for a minute to be over.
    #[must_use]
    pub fn pausing(self, pause: Pause) -> Self {
        Self { pause, ..self }
    }

    /// Notes what somebody was refused, and what was counted in a minute that is over. What cannot be noted is
    /// told to the log of this process.
    pub async fn note(self: &Arc<Self>, principal: &Arc<Principal>, correlation_id: &str, refused: Refused) {
        let Taken { told, counts_in } = self.taken(principal, refused, self.clock.now());
        if let Some(number) = counts_in {
            let (log, principal) = (Arc::clone(self), Arc::clone(principal));
            tokio::spawn(async move {
                (log.pause)(MINUTE.unsigned_abs()).await;
                log.note_counted_in(number, &principal.actor).await;
            });
        }
        for refused in told {
            self.write(principal, correlation_id, refused).await;
        }
    }

    /// Notes what is counted and not noted yet, of all actors: before the process ends.
    pub async fn drain(&self) {
        let minutes = std::mem::take(&mut self.counted.lock().by_actor);
        let noted = async {
            for minute in minutes.into_values() {
                self.note_counted(minute).await;
            }
        };
        if tokio::time::timeout(PATIENCE, noted).await.is_err() {
            tracing::error!("refusals that were counted are not noted: the log did not take them in time");
        }
    }

    /// Notes what was counted of an actor in a minute, unless that is done.
    async fn note_counted_in(&self, number: u64, actor: &Arc<str>) {
        let minute = {
            let by_actor = &mut self.counted.lock().by_actor;
            // A minute that came after it has a task of its own.
            let is_meant = by_actor.get(actor).is_some_and(|minute| minute.number == number);
            if is_meant { by_actor.remove(actor) } else { None }
        };
        if let Some(minute) = minute {
            self.note_counted(minute).await;
        }
    }

    async fn note_counted(&self, minute: Minute) {
        let principal = Arc::clone(&minute.principal);
        for refused in minute.told() {
            let correlation_id = self.ids.uuid().to_string();
            self.write(&principal, &correlation_id, refused).await;
        }
    }

    /// Takes a refusal in.
    fn taken(&self, principal: &Arc<Principal>, refused: Refused, now: Timestamp) -> Taken {
        let Counted { by_actor, begun } = &mut *self.counted.lock();
        let (actor, mut taken) = (&principal.actor, Taken::default());
        if by_actor.get(actor).is_some_and(|minute| minute.is_over(now)) {
            taken.told.extend(by_actor.remove(actor).into_iter().flat_map(Minute::told));
        }
        if by_actor.len() >= ACTORS {
            by_actor.retain(|_, minute| !minute.is_over(now) || !minute.counted.is_empty());
        }
        let minute = by_actor.entry(Arc::clone(actor)).or_insert_with(|| {
            *begun += 1;
            Minute::of(*begun, principal, now)
        });
        let had_counted = !minute.counted.is_empty();
        taken.told.extend(minute.take(refused, now));
        taken.counts_in = (!had_counted && !minute.counted.is_empty()).then_some(minute.number);
        taken
    }

    async fn write(&self, principal: &Arc<Principal>, correlation_id: &str, refused: AccessRefused) {
        let context = CommandContext {
            principal: Arc::clone(principal),
            reach: Reach::All,
            command_id: self.ids.uuid(),
            correlation_id: correlation_id.to_owned(),
            causation_id: None,
            traceparent: None,
            idempotency_key: None,
            fingerprint: Default::default(),
            if_match: None,
            now: self.clock.now(),
            effective_at: None,
            origin: Origin::Live,
            settings: self.settings.in_force(),
        };
        let id: RefusalId = fresh(&*self.ids);
        let body = |unit: &mut Unit<'_>| {
            unit.decide::<AccessRefusal>(id, Note { refused: refused.clone() }).map(drop)
        };
        let noted =
            tokio::time::timeout(PATIENCE, self.executor.create::<AccessRefusal>(&context, id, &[], body));
        let reason = match noted.await {
            Ok(Ok(_)) => return,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the log did not take it in time".to_owned(),
        };
        tracing::error!(correlation_id, actor = %refused.actor, operation = %refused.operation, reason, "a refusal is not noted");
    }
}

impl std::fmt::Debug for RefusalLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RefusalLog")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn minute_of_anna(second: i64) -> Minute {
        Minute::of(1, &Arc::new(Principal::trusted("anna")), at(second))
    }

    fn refused(operation: &'static str) -> Refused {
        Refused { operation, resource: Some("acc_1".into()), reason: RefusalReason::Role }
    }

    #[test]
    fn the_first_of_a_minute_are_noted_and_the_others_counted() {
        let mut minute = minute_of_anna(0);
        let noted: Vec<_> =
            (0..1_000).filter_map(|second| minute.take(refused("x"), at(second % 60))).collect();
        assert_eq!(noted.len(), ONE_BY_ONE as usize);
        assert!(noted.iter().all(|noted| noted.count == 1 && noted.resource.is_some()));
        minute.take(refused("y"), at(59));
        let told: Vec<_> = minute.told().map(|told| (told.operation, told.resource, told.count)).collect();
        assert_eq!(told, [("x".to_owned(), None, 990), ("y".to_owned(), None, 1)]);
    }

    #[test]
    fn a_minute_is_over_after_a_minute_and_when_the_clock_goes_back() {
        let minute = minute_of_anna(100);
        assert!(!minute.is_over(at(159)) && minute.is_over(at(160)) && minute.is_over(at(99)));
    }
}
