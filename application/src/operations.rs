//! What operators do, once: under an idempotency key an operation is recorded with its answer, and a repeat is given that.

use crate::{
    Executor, IdSource, Render,
    clock::fresh,
    command::{CommandContext, CommandError},
    contexts::AggregateType,
    executor::{Turns, Unit},
};
use jiff::Timestamp;
use khata_domain::{
    ids::OperationId,
    operations::{Operation, OperationCommand, OperationDone},
};
use std::sync::Arc;

/// The aggregate of operations. It belongs to no bounded context: every process has it.
pub static AGGREGATE: AggregateType = AggregateType::of::<Operation>();

/// The operations of a namespace.
pub struct OperationsLog {
    executor: Arc<Executor>,
    ids: Arc<dyn IdSource>,
    /// Repeats that come while the first is still at it.
    under_way: Turns<(String, String)>,
}

/// What an operation came to, and whether it was done before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The operation with its answer.
    pub operation: OperationDone,
    /// It was not done now.
    pub replayed: bool,
}

/// An operation as it was recorded.
struct Recorded(Option<OperationDone>);

impl Render<Operation> for Recorded {
    fn render(_: OperationId, state: &Operation, _: u64, _: Timestamp) -> Self {
        Self(state.done().cloned())
    }
}

impl OperationsLog {
    /// Records through an executor.
    pub fn new(executor: Arc<Executor>, ids: Arc<dyn IdSource>) -> Self {
        Self { executor, ids, under_way: Turns::default() }
    }

    /// Does something, unless the request's key says that it was done before. What fails leaves the key free. Two processes that are
    /// asked under one key at the same moment may both do it; both then give the answer that was recorded first.
    ///
    /// # Errors
    /// What `perform` fails with; `KeyReused`; what the log fails with.
    pub async fn once<E: From<CommandError>>(
        &self,
        context: &CommandContext,
        perform: impl AsyncFnOnce() -> Result<OperationDone, E>,
    ) -> Result<Done, E> {
        let Some(key) = &context.idempotency_key else {
            return Ok(Done { operation: perform().await?, replayed: false });
        };
        let _turn = self.under_way.turn((context.actor.clone(), key.clone())).await;
        if let Some(first) = self.executor.answered_before::<Operation, Recorded>(context).await?
            && let Recorded(Some(operation)) = first.state
        {
            return Ok(Done { operation, replayed: true });
        }
        let operation = perform().await?;
        let id: OperationId = fresh(&*self.ids);
        let body = |unit: &mut Unit<'_>| unit.decide::<Operation>(id, OperationCommand::Record(operation.clone())).map(drop);
        let recorded = self.executor.create::<Operation, Recorded>(context, id, &[], body).await?;
        let replayed = recorded.replayed;
        Ok(Done { operation: recorded.state.0.unwrap_or(operation), replayed })
    }
}

impl std::fmt::Debug for OperationsLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OperationsLog")
    }
}
