//! What a world is about: a process with what stands around it, those who give it work, and what must hold in the end.

use super::world::{Client, Setting};
use jiff::SignedDuration;
use khata_application::{
    Recorded,
    processes::{EnginePorts, Process, Surroundings, Verb},
    settings::InForce,
};
use khata_domain::processes::ProcessStatus;
use std::sync::{Arc, Mutex};

/// A fault that the simulation must find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutation {
    None,
    SendsBeforeIntent,
    ForgetsKeys,
    UndoesForward,
    FiresTwice,
    TrustsStaleLease,
    IsAlwaysFirst,
    /// What may have left is sent again, and nobody is asked before.
    ResendsUnasked,
    /// What was set aside is taken, and taken again.
    CapturesTwice,
    /// What was paid is given back.
    ReleasesAfterSuccess,
    /// What another side has found is not noted.
    LosesDifferences,
}

/// What happened, line by line.
#[derive(Default)]
pub struct Story(Mutex<Vec<String>>);

impl Story {
    pub fn tell(&self, line: impl FnOnce() -> String) {
        self.0.lock().unwrap().push(line());
    }

    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

/// A process in its surroundings, and those who have to do with it.
pub trait Scene: Sized {
    type Process: Process;
    /// How far the clock goes on at a time, once nothing fails any more.
    const PAUSE: SignedDuration;

    /// As long as things may fail, so many seconds at most.
    const TICK: u64 = 900;

    fn new(setting: &Arc<Setting>) -> Self;

    /// The settings of all that is decided.
    fn settings() -> InForce {
        InForce::default()
    }

    /// Makes all ready: accounts with money on them, say.
    async fn begin(&mut self, client: &Client);

    /// Gives the process something to do, unless it has had enough.
    async fn order(&mut self, client: &Client);

    /// Something else happens that it may hear of.
    async fn disturb(&mut self, _client: &Client) {}

    /// What the process stands on, at a node.
    fn surroundings(&self, node: u64, ports: &EnginePorts) -> Arc<dyn Surroundings<Self::Process>>;

    /// Time goes by outside.
    fn elapse(&self) {}

    /// Once nothing fails any more: whoever still has something to say or to decide does so.
    async fn settle(&mut self, _client: &Client) {}

    /// What an operator decides about an instance that waits for one.
    async fn operator(&mut self, client: &Client, subject: &Subject<Self>, status: ProcessStatus) -> Verb;

    /// Whether an operator may want an instance undone now.
    async fn can_be_undone(&self, _client: &Client, _subject: &Subject<Self>) -> bool {
        false
    }

    /// Those who must have come to an end.
    fn subjects(&self) -> Vec<Subject<Self>>;

    /// What must hold in the end.
    async fn check(&self, client: &Client, events: &[Recorded]) -> Result<(), String>;
}

pub type Subject<S> = <<S as Scene>::Process as Process>::Subject;
