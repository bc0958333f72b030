//! The gateway outside: it does each key once, and does not always say so.

use super::{
    errand_definition::{Ask, Errand, Given, Move, Said, share},
    node::Turns,
    purse::{Moved, Purse, PurseCommand, PurseEvent},
    scene::Mutation,
    world::Setting,
};
use khata_application::{
    Clock, EventStore, Recorded, StreamName,
    codec::DecodeError,
    command::{CommandContext, CommandError},
    event_store::StreamRange,
    executor::{Participant, Unit},
    processes::{Asked, CallError, Concern, Concerned, Port, Surroundings},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    sync::{Arc, Mutex},
    task::{Context, Waker},
};

/// What it has done, in order: under which key, what.
#[derive(Default)]
pub struct Books {
    pub done: Vec<(String, Ask, Said)>,
    answers: BTreeMap<String, Said>,
    pub breaches: Vec<String>,
    calls: u64,
    /// Which nodes have called under each key.
    called: BTreeMap<String, BTreeSet<u64>>,
    /// The keys that were called for the first time.
    first: BTreeSet<String>,
}

pub struct Outside {
    pub books: Mutex<Books>,
    pub setting: Arc<Setting>,
}

impl Outside {
    /// Does what a key stands for, once.
    fn does(&self, key: &str, ask: &Ask) -> Said {
        let mut books = self.books.lock().unwrap();
        if let Some(said) = books.answers.get(key) {
            return *said;
        }
        let is_late = books.answers.contains_key(&format!("{key}/undo"));
        if is_late && self.setting.is_alone && self.setting.mutation == Mutation::None {
            books.breaches.push(format!("{key} was done behind what undoes it"));
        }
        let said = match ask {
            // Where two believe to lead, what undoes it may be quicker. It comes too late then.
            Ask::Pay { .. } if is_late => Said::Declined,
            Ask::Pay { .. } if key.as_bytes()[key.len() - 5].is_multiple_of(5) => Said::Declined,
            Ask::Pay { .. } => Said::Paid,
            Ask::Refund { .. } => Said::Refunded,
        };
        // What was never paid, or declined, is not refunded.
        let paid = key.strip_suffix("/undo").and_then(|paid| books.answers.get(paid)).copied();
        let counts = said != Said::Declined
            && (said != Said::Refunded || paid == Some(Said::Paid) || !key.ends_with("/undo"));
        if counts {
            books.done.push((key.to_owned(), ask.clone(), said));
        }
        books.answers.insert(key.to_owned(), said);
        said
    }

    /// Whether the log holds the intent of a key.
    async fn is_intended(&self, key: &str) -> bool {
        let (stream, _) = key.split_once('/').unwrap_or((key, ""));
        let Ok(stream) = StreamName::parse(stream) else { return false };
        let events = self.setting.log.read_stream(&stream, StreamRange::ALL).await.unwrap();
        let wanted = format!("\"key\":\"{key}\"");
        events.iter().any(|event| {
            &*event.event_type == "process_errand.step_requested" && event.data.contains(&wanted)
        })
    }

    /// Notes who calls. A call for the first time has never come before: not from this node, and from no other unless
    /// two believed to lead.
    fn note(&self, node: u64, asked: &Asked<'_>) {
        if !matches!(self.setting.mutation, Mutation::None | Mutation::IsAlwaysFirst) {
            return;
        }
        let mut books = self.books.lock().unwrap();
        let key = asked.key.to_owned();
        let callers = books.called.entry(key.clone()).or_default();
        let has_come = if self.setting.is_alone { !callers.is_empty() } else { callers.contains(&node) };
        callers.insert(node);
        if asked.is_first && (!books.first.insert(key.clone()) || has_come) {
            books.breaches.push(format!("{key} was called for the first time again"));
        }
    }

    async fn asked(&self, node: u64, asked: &Asked<'_>, ask: &Ask) -> Result<Said, CallError> {
        let key = asked.key;
        self.note(node, asked);
        if !self.is_intended(key).await {
            let what = if self.setting.mutation == Mutation::ForgetsKeys {
                "under a key that was not stored"
            } else {
                "before its intent was stored"
            };
            self.books.lock().unwrap().breaches.push(format!("{key} was sent {what}"));
        }
        let failed = |code| Err(CallError { code, message: "so it goes".into() });
        let fate = if self.setting.is_calm() { 9 } else { self.setting.draw(10) };
        let first = if asked.is_first { "first " } else { "" };
        self.setting.story.tell(|| format!("outside {first}{key} {ask:?} fate {fate}"));
        Turns(1 + self.setting.draw(3) as u32).await;
        match fate {
            // Nothing reached it.
            0 => failed("unreachable"),
            // It was done, and nobody hears of it.
            1 => {
                self.does(key, ask);
                failed("timeout")
            }
            // It hangs, and is done or not.
            2 | 3 => {
                let until = self.setting.clock.now()
                    + jiff::SignedDuration::from_secs(30 + self.setting.draw(3_000) as i64);
                while self.setting.clock.now() < until && !self.setting.is_calm() {
                    Turns(2).await;
                }
                if fate == 2 {
                    self.does(key, ask);
                }
                failed("timeout")
            }
            // It answers rubbish.
            4 => failed("answer_unusable"),
            // It is done twice, and answers late.
            5 => {
                self.does(key, ask);
                Turns(10 + self.setting.draw(30) as u32).await;
                Ok(self.does(key, ask))
            }
            _ => Ok(self.does(key, ask)),
        }
    }
}

/// What errands stand on.
pub struct Streets {
    pub outside: Arc<Outside>,
    /// Whose they are.
    pub node: u64,
}

#[async_trait::async_trait]
impl<const FAULT: u8> Surroundings<Errand<FAULT>> for Streets {
    fn hears(&self, event: &Recorded) -> Result<Option<Concerned<Errand<FAULT>>>, DecodeError> {
        let Some(PurseEvent::Sent(sent)) = event.event::<Purse>().transpose()? else { return Ok(None) };
        let Some(from) = event.stream.id_of::<Purse>() else { return Ok(None) };
        let fact =
            Given { errand: sent.errand, from, to: sent.to, amount: sent.amount, regretted: sent.regretted };
        Ok(Some(Concerned { subject: sent.errand, concern: Concern::Starts, fact }))
    }

    fn participants(&self, command: &Move) -> Vec<Participant> {
        vec![Participant::of::<Purse>(command.purse)]
    }

    fn perform(&self, command: &Move, _: &CommandContext, unit: &mut Unit<'_>) -> Result<(), CommandError> {
        if self.outside.setting.mutation == Mutation::SendsBeforeIntent && command.step == "take" {
            let key = format!("process_errand-{}/pay", command.errand);
            let ask = Ask::Pay { amount: share(-command.amount) };
            // A port that is asked too early: it is polled until it would wait.
            let early = Asked { key: &key, is_first: false };
            let mut sending = Box::pin(self.outside.asked(self.node, &early, &ask));
            let _sent_or_not = sending.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        }
        let moved =
            Moved { errand: command.errand, step: command.step.clone(), amount: command.amount.abs() };
        let put = if command.amount < 0 { PurseCommand::Take(moved) } else { PurseCommand::Put(moved) };
        unit.decide::<Purse>(command.purse, put).map(drop)
    }

    fn port(&self, _: &Ask) -> Port {
        Port { name: "outside", at_once: 3 }
    }

    async fn call(&self, asked: &Asked<'_>, ask: &Ask) -> Result<Said, CallError> {
        if self.outside.setting.mutation == Mutation::ForgetsKeys {
            let calls = {
                let mut books = self.outside.books.lock().unwrap();
                books.calls += 1;
                books.calls
            };
            let forgotten = Asked { key: &format!("{}~{calls}", asked.key), ..*asked };
            return self.outside.asked(self.node, &forgotten, ask).await;
        }
        let is_first = asked.is_first || self.outside.setting.mutation == Mutation::IsAlwaysFirst;
        self.outside.asked(self.node, &Asked { is_first, ..*asked }, ask).await
    }
}
