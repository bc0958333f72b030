//! The surroundings of a process, with a fault or without: what a mutation does not change is that of the product.

use async_trait::async_trait;
use khata_application::{
    Recorded,
    codec::DecodeError,
    command::{CommandContext, CommandError},
    executor::{Participant, Unit},
    processes::{Asked, CallError, Concerned, Port, Process, Surroundings},
};

/// What a mutation may change.
#[async_trait]
pub trait Mutated<P: Process>: Send + Sync + 'static {
    /// The product's.
    fn sound(&self) -> &dyn Surroundings<P>;

    fn perform(
        &self,
        command: &P::Command,
        context: &CommandContext,
        unit: &mut Unit<'_>,
    ) -> Result<(), CommandError> {
        self.sound().perform(command, context, unit)
    }

    async fn call(&self, asked: &Asked<'_>, call: &P::Call) -> Result<P::Answer, CallError> {
        self.sound().call(asked, call).await
    }
}

/// The surroundings that the engine is given.
pub struct Wires<M>(pub M);

#[async_trait]
impl<P: Process, M: Mutated<P>> Surroundings<P> for Wires<M> {
    fn listens_to(&self) -> Option<&'static [&'static str]> {
        self.0.sound().listens_to()
    }

    fn hears(&self, event: &Recorded) -> Result<Option<Concerned<P>>, DecodeError> {
        self.0.sound().hears(event)
    }

    fn hears_the_past(&self) -> bool {
        self.0.sound().hears_the_past()
    }

    fn participants(&self, command: &P::Command) -> Vec<Participant> {
        self.0.sound().participants(command)
    }

    fn perform(
        &self,
        command: &P::Command,
        context: &CommandContext,
        unit: &mut Unit<'_>,
    ) -> Result<(), CommandError> {
        self.0.perform(command, context, unit)
    }

    fn port(&self, call: &P::Call) -> Port {
        self.0.sound().port(call)
    }

    async fn call(&self, asked: &Asked<'_>, call: &P::Call) -> Result<P::Answer, CallError> {
        self.0.call(asked, call).await
    }
}
