//! Batches on their way into the store: written again and again until they are in it, or until that makes no
//! sense any more.

use super::{
    context::Context,
    ended::{Ended, Failure},
};
use crate::view_store::{ViewStoreError, WriteBatch, WriteTicket};
use std::sync::Arc;

pub(super) struct Flight {
    pub(super) batch: Arc<WriteBatch>,
    ticket: WriteTicket,
}

impl Flight {
    pub(super) fn begin(context: &Context, batch: WriteBatch) -> Self {
        let batch = Arc::new(batch);
        Self { ticket: context.ports.store.submit(batch.clone()), batch }
    }

    /// Waits until the batch is in the store.
    pub(super) async fn land(self, context: &Context) -> Result<Arc<WriteBatch>, Ended> {
        let Self { batch, ticket } = self;
        let mut ticket = Some(ticket);
        context
            .retry(async || {
                let ticket = ticket.take().unwrap_or_else(|| context.ports.store.submit(batch.clone()));
                match ticket.outcome().await {
                    Ok(()) => Ok(()),
                    // A commit whose outcome got lost went through after all, and this was its repetition.
                    Err(error @ ViewStoreError::CheckpointMoved { .. })
                        if has_landed(context, &batch).await? =>
                    {
                        tracing::warn!(%error, "a batch had been written already");
                        Ok(())
                    }
                    Err(error) => Err(error.into()),
                }
            })
            .await?;
        Ok(batch)
    }
}

async fn has_landed(context: &Context, batch: &WriteBatch) -> Result<bool, Failure> {
    let generations = context.ports.store.generations().await?;
    let landed =
        |id, to| generations.iter().any(|generation| generation.id == id && generation.checkpoint == to);
    Ok(batch.parts.iter().all(|part| part.from != part.to && landed(part.generation, part.to)))
}
