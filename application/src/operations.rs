//! What operators do. That it is begun is recorded first, with who does it: a log that takes no record gets nothing
//! done. What it came to is recorded behind it; under an idempotency key a repeat is given that.

use crate::{
    Executor, IdSource,
    aggregate_type::AggregateType,
    clock::fresh,
    command::{Answer, CommandContext, CommandError},
    executor::{Turns, Unit},
};
use khata_domain::{
    ids::OperationId,
    operations::{
        AcceptLostTail, Begin, LostTailAccepted, Operation, OperationBegun, OperationCommand, OperationDone,
        OperationFailed, Record, RecordFailure,
    },
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

    /// Does something, unless the request's key says that it was done before. Without a key, what somebody does who
    /// did not have to say who they are is recorded nowhere.
    ///
    /// That it is begun is recorded before, and what it came to afterwards. Where that cannot be recorded any more, or
    /// the process dies in between, the record says that it was begun, and the key is free although it may have been
    /// done: a repeat does it again. So what is done here must do no harm when it is done twice. What fails leaves the
    /// key free, too. Two processes that are asked under one key at the same moment may both do it; both then give the
    /// answer that was recorded first.
    ///
    /// # Errors
    /// What `perform` fails with, which `told` says for the record; `KeyReused`; what the log fails with: if that comes
    /// before anything is done, nothing is.
    pub async fn once<E: From<CommandError>>(
        &self,
        context: &CommandContext,
        begun: OperationBegun,
        perform: impl AsyncFnOnce() -> Result<OperationDone, E>,
        told: impl Fn(&E) -> OperationFailed,
    ) -> Result<Done, E> {
        let Some(key) = &context.idempotency_key else {
            let operation = if context.principal.is_proven() {
                self.recorded(context, begun, perform, told).await?
            } else {
                Done { operation: perform().await?, replayed: false }
            };
            return Ok(operation);
        };
        let _turn = self.under_way.turn((context.principal.actor.clone(), key.clone())).await;
        if let Some(first) = self.executor.answered_before::<Operation>(context).await?
            && let Some(operation) = first.state.done().cloned()
        {
            return Ok(Done { operation, replayed: true });
        }
        self.recorded(context, begun, perform, told).await
    }

    async fn recorded<E: From<CommandError>>(
        &self,
        context: &CommandContext,
        begun: OperationBegun,
        perform: impl AsyncFnOnce() -> Result<OperationDone, E>,
        told: impl Fn(&E) -> OperationFailed,
    ) -> Result<Done, E> {
        let id: OperationId = fresh(&*self.ids);
        // The key is that of the outcome: what is only begun answers nobody.
        let keyless = CommandContext { idempotency_key: None, ..context.clone() };
        let begin =
            |unit: &mut Unit<'_>| unit.decide::<Operation>(id, Begin { begun: begun.clone() }).map(drop);
        self.executor.create::<Operation>(&keyless, id, &[], begin).await?;
        let outcome = CommandContext { if_match: None, ..context.clone() };
        let keyless = CommandContext { if_match: None, ..keyless };
        match perform().await {
            Ok(operation) => self.record_outcome(&outcome, &keyless, id, operation).await.map_err(E::from),
            Err(error) => {
                let failure = RecordFailure { failed: told(&error) };
                if let Err(unrecorded) = self.put(&keyless, id, failure).await {
                    tracing::error!(%id, %unrecorded, act = begun.act, "that an operation failed is not recorded");
                }
                Err(error)
            }
        }
    }

    async fn record_outcome(
        &self,
        context: &CommandContext,
        keyless: &CommandContext,
        id: OperationId,
        done: OperationDone,
    ) -> Result<Done, CommandError> {
        let recorded = self.put(context, id, Record { done: done.clone() }).await?;
        if recorded.replayed {
            // Another process has done it under the same key, and this one too.
            self.put(keyless, id, Record { done: done.clone() }).await?;
        }
        Ok(Done { operation: recorded.state.done().cloned().unwrap_or(done), replayed: recorded.replayed })
    }

    async fn put(
        &self,
        context: &CommandContext,
        id: OperationId,
        command: impl Into<OperationCommand>,
    ) -> Result<Answer<Operation>, CommandError> {
        let command = command.into();
        let body = |unit: &mut Unit<'_>| unit.decide::<Operation>(id, command.clone()).map(drop);
        self.executor.transact::<Operation>(context, id, &[], body).await
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
