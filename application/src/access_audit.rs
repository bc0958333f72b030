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
use std::{collections::BTreeMap, sync::Arc, time::Duration};

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

/// Notes refusals in the log.
pub struct RefusalLog {
    executor: Arc<Executor>,
    ids: Arc<dyn IdSource>,
    clock: Arc<dyn Clock>,
    settings: Arc<SettingsBook>,
    counted: Mutex<FxHashMap<Arc<str>, Minute>>,
}

/// What one actor was refused in a minute.
#[derive(Debug)]
struct Minute {
    began: Timestamp,
    /// How many were noted one by one.
    noted: u32,
    /// The others: how many of each kind, and when first.
    counted: BTreeMap<(&'static str, &'static str), (RefusalReason, u32, Timestamp)>,
}

impl Minute {
    fn of(now: Timestamp) -> Self {
        Self { began: now, noted: 0, counted: BTreeMap::new() }
    }

    fn is_over(&self, now: Timestamp) -> bool {
        now.duration_since(self.began) >= MINUTE || now < self.began
    }

    /// Takes a refusal in. What is to be noted of it, if anything is.
    fn take(&mut self, actor: &str, refused: Refused, now: Timestamp) -> Option<AccessRefused> {
        let Refused { operation, resource, reason } = refused;
        if self.noted < ONE_BY_ONE {
            self.noted += 1;
            let (actor, operation) = (actor.to_owned(), operation.to_owned());
            return Some(AccessRefused { actor, operation, resource, reason, count: 1, refused_at: now });
        }
        let counted = self.counted.entry((operation, reason.name())).or_insert((reason, 0, now));
        counted.1 = counted.1.saturating_add(1);
        None
    }

    /// What was counted.
    fn told(self, actor: &str) -> impl Iterator<Item = AccessRefused> {
        let actor = actor.to_owned();
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
        Self { executor, ids, clock, settings, counted: Mutex::default() }
    }

    /// Notes what somebody was refused, and what was counted in a minute that is over. What cannot be noted is
    /// told to the log of this process.
    pub async fn note(self: &Arc<Self>, principal: &Arc<Principal>, correlation_id: &str, refused: Refused) {
        let now = self.clock.now();
        let (told, begins_to_count) = self.taken(&principal.actor, refused, now);
        if begins_to_count {
            let (log, principal) = (Arc::clone(self), Arc::clone(principal));
            tokio::spawn(async move {
                tokio::time::sleep(MINUTE.unsigned_abs()).await;
                log.note_counted(&principal).await;
            });
        }
        for refused in told {
            self.write(principal, correlation_id, refused).await;
        }
    }

    /// Notes what was counted of an actor.
    async fn note_counted(&self, principal: &Arc<Principal>) {
        let minute = self.counted.lock().remove(&principal.actor);
        for refused in minute.into_iter().flat_map(|minute| minute.told(&principal.actor)) {
            let correlation_id = self.ids.uuid().to_string();
            self.write(principal, &correlation_id, refused).await;
        }
    }

    /// Takes a refusal in. What is to be noted now, and whether it is the first of its minute that is counted.
    fn taken(&self, actor: &Arc<str>, refused: Refused, now: Timestamp) -> (Vec<AccessRefused>, bool) {
        let mut counted = self.counted.lock();
        let mut told = Vec::new();
        if counted.get(actor).is_some_and(|minute| minute.is_over(now)) {
            told.extend(counted.remove(actor).into_iter().flat_map(|minute| minute.told(actor)));
        }
        if counted.len() >= ACTORS {
            counted.retain(|_, minute| !minute.is_over(now) || !minute.counted.is_empty());
        }
        let minute = counted.entry(Arc::clone(actor)).or_insert_with(|| Minute::of(now));
        let had_counted = !minute.counted.is_empty();
        told.extend(minute.take(actor, refused, now));
        (told, !had_counted && !minute.counted.is_empty())
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

    fn refused(operation: &'static str) -> Refused {
        Refused { operation, resource: Some("acc_1".into()), reason: RefusalReason::Role }
    }

    #[test]
    fn the_first_of_a_minute_are_noted_and_the_others_counted() {
        let mut minute = Minute::of(at(0));
        let noted: Vec<_> =
            (0..1_000).filter_map(|second| minute.take("anna", refused("x"), at(second % 60))).collect();
        assert_eq!(noted.len(), ONE_BY_ONE as usize);
        assert!(noted.iter().all(|noted| noted.count == 1 && noted.resource.is_some()));
        minute.take("anna", refused("y"), at(59));
        let told: Vec<_> =
            minute.told("anna").map(|told| (told.operation, told.resource, told.count)).collect();
        assert_eq!(told, [("x".to_owned(), None, 990), ("y".to_owned(), None, 1)]);
    }

    #[test]
    fn a_minute_is_over_after_a_minute_and_when_the_clock_goes_back() {
        let minute = Minute::of(at(100));
        assert!(!minute.is_over(at(159)) && minute.is_over(at(160)) && minute.is_over(at(99)));
    }
}
