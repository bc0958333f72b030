//! What operators do, once: under an idempotency key an operation is recorded with its answer, and a repeat
//! is given that. What somebody does who had to say who they are is recorded without a key, too.

use crate::{
    Executor, IdSource,
    aggregate_type::AggregateType,
    clock::fresh,
    command::{Answer, CommandContext, CommandError},
    executor::{Turns, Unit},
};
use khata_domain::{
    ids::OperationId,
    operations::{AcceptLostTail, LostTailAccepted, Operation, OperationDone, Record},
};
use std::sync::Arc;

/// The aggregate of operations. It belongs to no bounded context: every process has it.
pub static AGGREGATE: AggregateType = AggregateType::of::<Operation>();

/// The operations of a namespace.
pub struct OperationsLog {
    executor: Arc<Executor>,
    ids: Arc<dyn IdSource>,
    /// Repeats that come while the first is still at it.
    under_way: Turns<(Arc<str>, String)>,
}

/// What an operation came to, and whether it was done before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The operation with its answer.
    pub operation: OperationDone,
    /// It was not done now.
    pub replayed: bool,
}

impl OperationsLog {
    /// Records through an executor.
    pub fn new(executor: Arc<Executor>, ids: Arc<dyn IdSource>) -> Self {
        Self { executor, ids, under_way: Turns::default() }
    }

    /// Does something, unless the request's key says that it was done before. What fails leaves the key free.
    ///
    /// It is done first and recorded then, so whoever is given an answer can rely on the record. A process
    /// that dies in between, or a log that cannot be written then, leaves the key free although it was done:
    /// a repeat does it again. The other order would leave a record of which nobody knows whether it was
    /// done. So what is done here must do no harm when it is done twice. Two processes that are asked under
    /// one key at the same moment may both do it; both then give the answer that was recorded first.
    ///
    /// # Errors
    /// What `perform` fails with; `KeyReused`; what the log fails with.
    pub async fn once<E: From<CommandError>>(
        &self,
        context: &CommandContext,
        perform: impl AsyncFnOnce() -> Result<OperationDone, E>,
    ) -> Result<Done, E> {
        let Some(key) = &context.idempotency_key else {
            let operation = perform().await?;
            if context.principal.is_proven() {
                self.record(context, &operation).await?;
            }
            return Ok(Done { operation, replayed: false });
        };
        let _turn = self.under_way.turn((context.principal.actor.clone(), key.clone())).await;
        if let Some(first) = self.executor.answered_before::<Operation>(context).await?
            && let Some(operation) = first.state.done().cloned()
        {
            return Ok(Done { operation, replayed: true });
        }
        let operation = perform().await?;
        let recorded = self.record(context, &operation).await?;
        let replayed = recorded.replayed;
        Ok(Done { operation: recorded.state.done().cloned().unwrap_or(operation), replayed })
    }

    /// Records that somebody begins what no key is given for, and what may last: a backup, an audit. Nothing is
    /// recorded of those who did not have to say who they are.
    ///
    /// # Errors
    /// What the log fails with: then it is not to be begun.
    pub async fn begin(
        &self,
        context: &CommandContext,
        act: &str,
        target: String,
    ) -> Result<(), CommandError> {
        if !context.principal.is_proven() {
            return Ok(());
        }
        let done = OperationDone { act: act.to_owned(), target, status: 200, answer: "{}".to_owned() };
        self.record(context, &done).await.map(drop)
    }

    async fn record(
        &self,
        context: &CommandContext,
        done: &OperationDone,
    ) -> Result<Answer<Operation>, CommandError> {
        let id: OperationId = fresh(&*self.ids);
        let body =
            |unit: &mut Unit<'_>| unit.decide::<Operation>(id, Record { done: done.clone() }).map(drop);
        self.executor.create::<Operation>(context, id, &[], body).await
    }

    /// Records that an operator goes on with a log whose end was lost.
    ///
    /// # Errors
    /// What the log fails with.
    pub async fn accept_lost_tail(
        &self,
        context: &CommandContext,
        accepted: LostTailAccepted,
    ) -> Result<(), CommandError> {
        let id: OperationId = fresh(&*self.ids);
        let body = |unit: &mut Unit<'_>| {
            unit.decide::<Operation>(id, AcceptLostTail { accepted: accepted.clone() }).map(drop)
        };
        self.executor.create::<Operation>(context, id, &[], body).await.map(drop)
    }
}

impl std::fmt::Debug for OperationsLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OperationsLog")
    }
}
