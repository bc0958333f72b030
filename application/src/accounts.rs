//! What is done with bank accounts: each command gets its facts (business date, terms, the entry to undo),
//! and what spans the account and its customer is appended to both at once.

mod closing;
mod controls;
mod entries;
mod holds;
mod interest;
mod opening;
mod reversal;

pub use controls::NewLimits;
pub use entries::EntryNote;
pub use holds::NewHold;
pub use opening::NewAccount;

use crate::{
    EventStore, Executor, IdSource, Render,
    command::{Answer, CommandContext, CommandError},
    context::{AggregateType, Context, Port},
    customers,
};
use jiff::{Timestamp, civil::Date};
use khata_domain::{
    accounts::{AccountCommand, BankAccount, account::Moment},
    ids::AccountId,
};
use serde::Serialize;
use std::sync::Arc;

/// The account, for the commands of others: a loan is paid out to one.
pub const ACCOUNT: Port =
    Port { context: "accounts", name: "account", aggregate: AggregateType::of::<BankAccount>() };

/// The context of bank accounts: an account stands with its customer as a product.
pub const CONTEXT: Context = Context {
    name: "accounts",
    version: 1,
    imports: &[customers::CUSTOMER],
    exports: &[ACCOUNT],
    aggregates: &[AggregateType::of::<BankAccount>()],
    processes: &[],
};

/// The use cases of bank accounts.
#[derive(Clone)]
pub struct Accounts {
    executor: Arc<Executor>,
    store: Arc<dyn EventStore>,
    ids: Arc<dyn IdSource>,
}

/// What is refused before an account is asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
enum Unfit {
    #[error("the business time {effective_at} lies in the future")]
    EffectiveAtInFuture { effective_at: Timestamp, now: Timestamp },
}

impl Accounts {
    /// Works on a store through an executor of that store.
    pub fn new(executor: Arc<Executor>, store: Arc<dyn EventStore>, ids: Arc<dyn IdSource>) -> Self {
        Self { executor, store, ids }
    }

    async fn execute<R: Render<BankAccount>>(
        &self,
        context: &CommandContext,
        account_id: AccountId,
        command: AccountCommand,
    ) -> Result<Answer<R>, CommandError> {
        self.executor.execute::<BankAccount, R>(context, account_id, command).await
    }

    fn moment(&self, context: &CommandContext) -> Moment {
        Moment { now: context.now, today: context.settings.calendar().date(context.now) }
    }

    /// The day that a command counts for: that of its business time, or today.
    fn business_date(&self, context: &CommandContext) -> Result<Date, CommandError> {
        match context.effective_at {
            Some(effective_at) if effective_at > context.now => {
                Err(CommandError::refused(&Unfit::EffectiveAtInFuture { effective_at, now: context.now }))
            }
            effective_at => Ok(context.settings.calendar().date(effective_at.unwrap_or(context.now))),
        }
    }

    /// The same circumstances, with the end of a day as business time; now, if that day is not over.
    fn at_end_of(&self, date: Date, context: &CommandContext) -> CommandContext {
        CommandContext {
            effective_at: Some(context.settings.calendar().end_of(date).min(context.now)),
            ..context.clone()
        }
    }
}

impl std::fmt::Debug for Accounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Accounts").finish_non_exhaustive()
    }
}
