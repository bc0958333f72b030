//! What is done with credit cards: each command gets its facts (business date, terms, the transaction in
//! dispute), and what spans the card and its customer is appended to both at once.

mod closing;
mod disputes;
mod issuing;
mod usage;

pub use issuing::NewCard;

use crate::{
    EventStore, Executor, IdSource, Render,
    command::{Answer, CommandContext, CommandError},
    context::{AggregateType, Context},
    customers,
};
use jiff::{Timestamp, civil::Date};
use khata_domain::{
    cards::{
        CardCommand, CreditCard,
        card::{CardRequest, Moment},
    },
    ids::CardId,
};
use serde::Serialize;
use std::sync::Arc;

/// The context of credit cards: a card stands with its customer as a product.
pub const CONTEXT: Context = Context {
    name: "cards",
    version: 1,
    imports: &[customers::CUSTOMER],
    exports: &[],
    aggregates: &[AggregateType::of::<CreditCard>()],
    processes: &[],
};

/// The use cases of credit cards.
#[derive(Clone)]
pub struct Cards {
    executor: Arc<Executor>,
    store: Arc<dyn EventStore>,
    ids: Arc<dyn IdSource>,
}

/// What is refused before a card is asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
enum Unfit {
    #[error("the business time {effective_at} lies in the future")]
    EffectiveAtInFuture { effective_at: Timestamp, now: Timestamp },
}

impl Cards {
    /// Works on a store through an executor of that store.
    pub fn new(executor: Arc<Executor>, store: Arc<dyn EventStore>, ids: Arc<dyn IdSource>) -> Self {
        Self { executor, store, ids }
    }

    async fn execute<R: Render<CreditCard>>(
        &self,
        context: &CommandContext,
        card_id: CardId,
        request: CardRequest,
    ) -> Result<Answer<R>, CommandError> {
        let command = self.command(context, request)?;
        self.executor.execute::<CreditCard, R>(context, card_id, command).await
    }

    /// A request with its circumstances. It counts for the day of its business time, or for today.
    fn command(&self, context: &CommandContext, request: CardRequest) -> Result<CardCommand, CommandError> {
        let business_date = match context.effective_at {
            Some(effective_at) if effective_at > context.now => {
                return Err(CommandError::refused(&Unfit::EffectiveAtInFuture {
                    effective_at,
                    now: context.now,
                }));
            }
            effective_at => context.settings.calendar().date(effective_at.unwrap_or(context.now)),
        };
        let moment = Moment { now: context.now, today: context.settings.calendar().date(context.now) };
        Ok(CardCommand { business_date, moment, request })
    }

    /// The same circumstances, with the end of a day as business time; now, if that day is not over.
    fn at_end_of(&self, date: Date, context: &CommandContext) -> CommandContext {
        CommandContext {
            effective_at: Some(context.settings.calendar().end_of(date).min(context.now)),
            ..context.clone()
        }
    }
}

impl std::fmt::Debug for Cards {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cards").finish_non_exhaustive()
    }
}
