//! Random stories of everything that views show: what the aggregates decide is what the log holds.

use crate::world::World;
use async_trait::async_trait;
use khata_domain::Rules;
use khata_tests::contract::{self, Contract, Step, Visitor, every_aggregate};
use proptest::{collection::SizeRange, strategy::Strategy};

/// So many steps of all subjects.
pub fn stories(steps: impl Into<SizeRange>) -> impl Strategy<Value = Vec<Step>> {
    contract::steps(count() as u128, steps)
}

/// How many subjects they tell of.
pub fn count() -> usize {
    subjects().len()
}

/// Puts all steps to their aggregates and appends what they decide. Gives the last position.
pub async fn play(world: &World, steps: &[Step]) -> u64 {
    let mut subjects = subjects();
    let mut last = 0;
    for step in steps {
        last = subjects[step.subject as usize].step(world, step).await.unwrap_or(last);
    }
    last
}

/// Whoever a story tells of.
#[async_trait]
trait Subject: Send {
    /// Decides on a step and appends what comes of it. Gives the position of its last event, if there is one.
    async fn step(&mut self, world: &World, step: &Step) -> Option<u64>;
}

fn subjects() -> Vec<Box<dyn Subject>> {
    let mut subjects = Subjects(Vec::new());
    every_aggregate(&mut subjects);
    subjects.0
}

struct Subjects(Vec<Box<dyn Subject>>);

impl Visitor for Subjects {
    fn visit<A: Contract>(&mut self) {
        self.0.extend((0..A::SUBJECTS).map(|number| {
            let subject: Box<dyn Subject> = Box::new(Told { number, state: A::default() });
            subject
        }));
    }
}

struct Told<A> {
    number: u128,
    state: A,
}

#[async_trait]
impl<A: Contract> Subject for Told<A> {
    async fn step(&mut self, world: &World, step: &Step) -> Option<u64> {
        let step = Step { subject: self.number, ..step.clone() };
        let (at, command) = self.state.asked(&step);
        let events = self.state.decide(command, at, Rules::All).ok().filter(|events| !events.is_empty())?;
        events.iter().for_each(|event| self.state.evolve(event));
        Some(world.append_owned::<A>(A::NTH(self.number), &events, self.state.owner()).await)
    }
}
