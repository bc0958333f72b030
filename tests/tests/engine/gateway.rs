//! What chores stand on: a board, and a gateway that behaves as it is told, step by step.

use crate::chore::{Board, BoardCommand, BoardEvent, Chore, Done, Lane, Manner};
use khata_application::{
    Recorded,
    codec::DecodeError,
    command::{CommandContext, CommandError},
    executor::{Participant, Unit},
    processes::{Asked, CallError, Concern, Concerned, Port, Surroundings},
};
use khata_domain::ids::{OrderId, TypedId};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};
use tokio::sync::Notify;
use uuid::Uuid;

/// How calls of a step come out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manners {
    Answers,
    Fails,
    /// Until it is told otherwise.
    Hangs,
    Panics,
}

/// The gateway.
#[derive(Default)]
pub struct Gateway {
    manners: Mutex<BTreeMap<String, Manners>>,
    changed: Notify,
    /// The calls that came, in order: their keys, and whether they were the first.
    calls: Mutex<Vec<(String, bool)>>,
    under_way: Mutex<Vec<String>>,
}

impl Gateway {
    /// From here on calls of a step come out so, whosever they are, those under way included.
    pub fn set(&self, step: &str, manners: Manners) {
        self.manners.lock().unwrap().insert(step.to_owned(), manners);
        self.changed.notify_waiters();
    }

    fn of(&self, key: &str) -> Manners {
        let step = key.split_once('/').expect("a key").1;
        self.manners.lock().unwrap().get(step).copied().unwrap_or(Manners::Answers)
    }

    /// The keys that were called, in order.
    pub fn keys(&self) -> Vec<String> {
        self.calls.lock().unwrap().iter().map(|(key, _)| key.clone()).collect()
    }

    /// Whether the calls of a step were said to be the first.
    pub fn firsts(&self, step: &str) -> Vec<bool> {
        let calls = self.calls.lock().unwrap();
        calls.iter().filter(|(key, _)| key.ends_with(&format!("/{step}"))).map(|(_, first)| *first).collect()
    }

    /// How many calls of a step came.
    pub fn count(&self, step: &str) -> usize {
        self.firsts(step).len()
    }

    /// How many calls of a step are under way.
    pub fn under_way(&self, step: &str) -> usize {
        let under_way = self.under_way.lock().unwrap();
        under_way.iter().filter(|key| key.ends_with(&format!("/{step}"))).count()
    }

    async fn call(&self, asked: &Asked<'_>) -> Result<Done, CallError> {
        self.calls.lock().unwrap().push((asked.key.to_owned(), asked.is_first));
        self.under_way.lock().unwrap().push(asked.key.to_owned());
        let _under_way = UnderWay(self, asked.key);
        loop {
            let changed = self.changed.notified();
            match self.of(asked.key) {
                Manners::Answers => return Ok(Done(asked.key.to_owned())),
                Manners::Fails => return Err(CallError { code: "away", message: "it is away".into() }),
                Manners::Panics => panic!("as it was told"),
                Manners::Hangs => changed.await,
            }
        }
    }
}

struct UnderWay<'g>(&'g Gateway, &'g str);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let mut under_way = self.0.under_way.lock().unwrap();
        let place = under_way.iter().position(|key| key == self.1).expect("a call");
        under_way.remove(place);
    }
}

/// The board of all chores.
pub fn board() -> OrderId {
    OrderId::from_uuid(Uuid::from_u128(1 << 100))
}

pub struct Ground(pub Arc<Gateway>);

#[async_trait::async_trait]
impl<const LATE: bool> Surroundings<Chore<LATE>> for Ground {
    fn hears(&self, event: &Recorded) -> Result<Option<Concerned<Chore<LATE>>>, DecodeError> {
        let Some(BoardEvent::Posted(posted)) = event.event::<Board>().transpose()? else { return Ok(None) };
        let concern = match posted.manner {
            Manner::Starts => Concern::Starts,
            Manner::Continues => Concern::Continues,
            Manner::Unreadable => {
                let event_type = event.event_type.to_string();
                return Err(DecodeError::NewerSchema { event_type, schema_version: 9 });
            }
            Manner::Panics => panic!("as it was told"),
        };
        Ok(Some(Concerned { subject: posted.chore, concern, fact: posted.script.clone() }))
    }

    fn participants(&self, _: &Done) -> Vec<Participant> {
        vec![Participant::of::<Board>(board())]
    }

    fn perform(&self, command: &Done, _: &CommandContext, unit: &mut Unit<'_>) -> Result<(), CommandError> {
        unit.decide::<Board>(board(), BoardCommand::Note(command.clone())).map(drop)
    }

    fn port(&self, call: &Lane) -> Port {
        match call {
            Lane::Narrow => Port { name: "narrow", at_once: 1 },
            Lane::Wide => Port { name: "wide", at_once: 4 },
        }
    }

    async fn call(&self, asked: &Asked<'_>, _: &Lane) -> Result<Done, CallError> {
        self.0.call(asked).await
    }
}
