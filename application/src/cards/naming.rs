//! Names for authorisations whose clients have chosen none.

use super::Cards;
use crate::command::CommandContext;
use khata_domain::ids::{AuthorizationId, CardId};

impl Cards {
    /// A name for an authorisation whose client has chosen none. Under an idempotency key it is always the
    /// same one, so that a repeat speaks of the first request's authorisation.
    pub fn authorization_id(&self, context: &CommandContext, card_id: CardId) -> AuthorizationId {
        let Some(key) = &context.idempotency_key else { return AuthorizationId::from_uuid(self.ids.uuid()) };
        let mut hasher = blake3::Hasher::new_derive_key("khata authorisation id of an idempotency key");
        for part in [context.actor(), key, &card_id.to_string()] {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
        }
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        AuthorizationId::from_uuid(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }
}
