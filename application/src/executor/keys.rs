//! Idempotency keys before and after a decision: what a key was used for, and which answer it belongs to.

use super::{Executor, Undone};
use crate::{
    StreamName,
    command::{Answer, CommandContext, CommandError},
    event_store::{Append, AppendError, EarlierAnswer, KeyClaim, KeyRecord},
};
use khata_domain::Aggregate;

impl Executor {
    /// What the request's idempotency key, if it has one, led to before.
    ///
    /// # Errors
    /// `KeyReused` if that was another request's; `Overloaded`, `Unavailable`.
    pub async fn answered_before<A: Aggregate>(
        &self,
        context: &CommandContext,
    ) -> Result<Option<Answer<A>>, CommandError> {
        let Some(key) = &context.idempotency_key else { return Ok(None) };
        match self.used(context, key).await? {
            None => Ok(None),
            Some(record) if !context.fingerprint.matches(&record.claim.fingerprint) => {
                Err(CommandError::KeyReused)
            }
            Some(record) => self.replays.recorded_answer::<A>(&*self.store, &record).await.map(Some),
        }
    }

    /// What a key was used for, as far as that is known before anything is decided. `None` is no proof: the
    /// writer has the last word.
    pub(super) async fn used(
        &self,
        context: &CommandContext,
        key: &str,
    ) -> Result<Option<Box<KeyRecord>>, CommandError> {
        if let Some(record) = self.replays.record(context.actor(), key) {
            return Ok(Some(Box::new(record)));
        }
        if !self.store.may_hold_key(context.actor(), key) {
            return Ok(None);
        }
        let _permit = self.permit()?;
        let question = Append { key: key_claim(context), check_only: true, ..Append::default() };
        match self.store.append(question).await {
            Ok(_) => Ok(None),
            Err(AppendError::KeyUsed(record)) => Ok(Some(record)),
            Err(other) => Err(other.into()),
        }
    }

    /// Binds the request's key, if it has one, to the answer that the same request was given under another
    /// key or none.
    pub(super) async fn bind_key<A: Aggregate>(
        &self,
        context: &CommandContext,
        primary: A::Id,
        answer: Answer<A>,
    ) -> Result<Answer<A>, CommandError> {
        let Some(claim) = key_claim(context) else { return Ok(answer) };
        let (stream, events) = (StreamName::of::<A>(primary), answer.events.len() as u64);
        let earlier = EarlierAnswer { stream, version: answer.version, events, position: answer.position };
        let bind = Append {
            key: Some(KeyClaim { decided_at: answer.at, ..claim }),
            earlier: Some(earlier),
            ..Append::default()
        };
        match self.store.append(bind).await {
            Ok(_) => Ok(answer),
            Err(AppendError::KeyUsed(record)) => {
                self.answer::<A>(context, primary, Err(Undone::KeyUsed(record))).await
            }
            Err(other) => Err(other.into()),
        }
    }
}

pub(super) fn key_claim(context: &CommandContext) -> Option<KeyClaim> {
    context.idempotency_key.as_ref().map(|key| KeyClaim {
        scope: context.actor().to_owned(),
        key: key.clone(),
        fingerprint: context.fingerprint.to_stored().unwrap_or_default().to_owned(),
        decided_at: context.now,
    })
}
