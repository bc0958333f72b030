//! The gateway outside: it does each key once, and does not always say so.

use super::{
    errand::{Ask, Errand, Given, Move, Said, share},
    purse::{Moved, Purse, PurseCommand, PurseEvent},
    world::{Mutation, Story},
};
use khata_application::{
    Clock, EventStore, Recorded, StreamName,
    command::{CommandContext, CommandError},
    event_store::StreamRange,
    executor::{Participant, Unit},
    processes::{CallError, Concern, Concerned, Port, Surroundings},
};
use khata_infrastructure::{ManualClock, SeededRandom};
use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
};

/// What it has done, in order: under which key, what.
#[derive(Default)]
pub struct Books {
    pub done: Vec<(String, Ask, Said)>,
    answers: BTreeMap<String, Said>,
    pub breaches: Vec<String>,
    calls: u64,
}

pub struct Outside {
    pub books: Mutex<Books>,
    pub random: SeededRandom,
    pub clock: Arc<ManualClock>,
    pub events: Arc<dyn EventStore>,
    pub story: Arc<Story>,
    pub mutation: Mutation,
    /// It fails no more.
    pub is_calm: std::sync::atomic::AtomicBool,
}

/// Waits for so many polls.
pub struct Turns(pub u32);

impl Future for Turns {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        context.waker().wake_by_ref();
        self.0 = self.0.saturating_sub(1);
        if self.0 == 0 { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Outside {
    fn calm(&self) -> bool {
        self.is_calm.load(std::sync::atomic::Ordering::Relaxed)
    }

    fn draw(&self, end: u64) -> u64 {
        self.random.next() % end
    }

    /// Does what a key stands for, once.
    fn does(&self, key: &str, ask: &Ask) -> Said {
        let mut books = self.books.lock().unwrap();
        if let Some(said) = books.answers.get(key) {
            return *said;
        }
        let said = match ask {
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
        if said == Said::Refunded && paid.is_none() && key.ends_with("/undo") {
            // It comes too late then.
            let pay = key.trim_end_matches("/undo").to_owned();
            books.answers.insert(pay, Said::Declined);
        }
        books.answers.insert(key.to_owned(), said);
        said
    }

    /// Whether the log holds the intent of a key.
    async fn is_intended(&self, key: &str) -> bool {
        let (stream, _) = key.split_once('/').unwrap_or((key, ""));
        let Ok(stream) = StreamName::parse(stream) else { return false };
        let events = self.events.read_stream(&stream, StreamRange::ALL).await.unwrap();
        let wanted = format!("\"key\":\"{key}\"");
        events.iter().any(|event| {
            &*event.event_type == "process_errand.step_requested" && event.data.contains(&wanted)
        })
    }

    async fn asked(&self, key: &str, ask: &Ask) -> Result<Said, CallError> {
        if !self.is_intended(key).await {
            let what = if self.mutation == Mutation::ForgetsKeys {
                "under a key that was not stored"
            } else {
                "before its intent was stored"
            };
            self.books.lock().unwrap().breaches.push(format!("{key} was sent {what}"));
        }
        let failed = |code| Err(CallError { code, message: "so it goes".into() });
        let fate = if self.calm() { 9 } else { self.draw(10) };
        self.story.tell(|| format!("outside {key} {ask:?} fate {fate}"));
        Turns(1 + self.draw(3) as u32).await;
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
                let until = self.clock.now() + jiff::SignedDuration::from_secs(30 + self.draw(3_000) as i64);
                while self.clock.now() < until && !self.calm() {
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
                Turns(10 + self.draw(30) as u32).await;
                Ok(self.does(key, ask))
            }
            _ => Ok(self.does(key, ask)),
        }
    }
}

/// What errands stand on.
pub struct Streets(pub Arc<Outside>);

#[async_trait::async_trait]
impl<const FAULT: u8> Surroundings<Errand<FAULT>> for Streets {
    fn hears(&self, event: &Recorded) -> Option<Concerned<Errand<FAULT>>> {
        let PurseEvent::Sent(sent) = event.event::<Purse>()?.ok()? else { return None };
        let from = event.stream.id().parse().ok()?;
        let fact =
            Given { errand: sent.errand, from, to: sent.to, amount: sent.amount, regretted: sent.regretted };
        Some(Concerned { subject: sent.errand, concern: Concern::Starts, fact })
    }

    fn participants(&self, command: &Move) -> Vec<Participant> {
        vec![Participant::of::<Purse>(command.purse)]
    }

    fn perform(&self, command: &Move, _: &CommandContext, unit: &mut Unit<'_>) -> Result<(), CommandError> {
        if self.0.mutation == Mutation::SendsBeforeIntent && command.step == "take" {
            let key = format!("process_errand-{}/pay", command.errand);
            let ask = Ask::Pay { amount: share(-command.amount) };
            // A port that is asked too early: it is polled until it would wait.
            let mut sending = Box::pin(self.0.asked(&key, &ask));
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

    async fn call(&self, key: &str, ask: &Ask) -> Result<Said, CallError> {
        if self.0.mutation == Mutation::ForgetsKeys {
            let calls = {
                let mut books = self.0.books.lock().unwrap();
                books.calls += 1;
                books.calls
            };
            return self.0.asked(&format!("{key}~{calls}"), ask).await;
        }
        self.0.asked(key, ask).await
    }
}
