//! Errands between two purses.

use super::{
    errand_check as check,
    errand_definition::{Errand, FORWARD, SOUND, TWICE},
    errand_outside::{Books, Outside, Streets},
    purse::{Purse, PurseCommand, Sent},
    scene::{Mutation, Scene},
    world::{Client, Run, Setting, run},
};
use jiff::SignedDuration;
use khata_application::{
    Recorded,
    executor::{Participant, Unit},
    processes::{EnginePorts, Surroundings, Verb},
};
use khata_domain::{
    ids::{AccountId, OrderId, TypedId},
    processes::ProcessStatus,
};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use uuid::Uuid;

/// Runs a seed.
pub fn run_errands(seed: u64, mutation: Mutation) -> Run {
    match mutation {
        Mutation::UndoesForward => run::<Errands<FORWARD>>(seed, mutation),
        Mutation::FiresTwice => run::<Errands<TWICE>>(seed, mutation),
        _ => run::<Errands<SOUND>>(seed, mutation),
    }
}

/// How much is in each purse at the beginning.
const FILLED: i64 = 1_000;
/// So many errands are sent.
const ERRANDS: usize = 5;

fn purses() -> [AccountId; 2] {
    [1, 2].map(|number| AccountId::from_uuid(Uuid::from_u128(number)))
}

pub struct Errands<const FAULT: u8> {
    outside: Arc<Outside>,
    sent: Vec<OrderId>,
    /// How much was filled in.
    filled: i64,
}

impl<const FAULT: u8> Errands<FAULT> {
    async fn put(&self, client: &Client, purse: AccountId, command: PurseCommand) {
        let body = |unit: &mut Unit<'_>| unit.decide::<Purse>(purse, command.clone()).map(drop);
        let (context, participants) = (client.context(), [Participant::of::<Purse>(purse)]);
        let put = client.executor.transact_many(&context, &participants, Duration::from_secs(10), body);
        client.now(put).await.expect("a purse");
    }

    /// Puts money into the purses.
    async fn fill(&mut self, client: &Client) {
        for purse in purses() {
            self.put(client, purse, PurseCommand::Fill(FILLED)).await;
            self.filled += FILLED;
        }
    }
}

impl<const FAULT: u8> Scene for Errands<FAULT> {
    type Process = Errand<FAULT>;
    const PAUSE: SignedDuration = SignedDuration::from_secs(600);

    fn new(setting: &Arc<Setting>) -> Self {
        let books = Mutex::new(Books::default());
        Self { outside: Arc::new(Outside { books, setting: setting.clone() }), sent: vec![], filled: 0 }
    }

    async fn begin(&mut self, client: &Client) {
        self.fill(client).await;
    }

    async fn order(&mut self, client: &Client) {
        let setting = &client.setting;
        if self.sent.len() >= ERRANDS {
            return;
        }
        let number = 100 + self.sent.len() as u128 + (u128::from(setting.draw(1 << 16)) << 16);
        let errand = OrderId::from_uuid(Uuid::from_u128(number));
        let [one, other] = purses();
        let (from, to) = if setting.draw(2) == 0 { (one, other) } else { (other, one) };
        let amount = 30 + setting.draw(600) as i64;
        let sent = Sent { errand, to, amount, regretted: setting.draw(2) == 0 };
        setting.story.tell(|| format!("client sends {sent:?}"));
        self.sent.push(errand);
        self.put(client, from, PurseCommand::Send(sent)).await;
    }

    fn surroundings(&self, node: u64, _: &EnginePorts) -> Arc<dyn Surroundings<Errand<FAULT>>> {
        Arc::new(Streets { outside: self.outside.clone(), node })
    }

    /// What is parked is tried again, with money in the purses should what is to be undone have been spent.
    async fn operator(&mut self, client: &Client, _: &OrderId, status: ProcessStatus) -> Verb {
        if status == ProcessStatus::CompensationParked {
            self.fill(client).await;
        }
        Verb::Retry
    }

    async fn can_be_undone(&self, _: &Client, _: &OrderId) -> bool {
        true
    }

    fn subjects(&self) -> Vec<OrderId> {
        self.sent.clone()
    }

    async fn check(&self, _: &Client, events: &[Recorded]) -> Result<(), String> {
        check::check::<FAULT>(events, &self.outside, &self.sent, self.filled)
    }
}
