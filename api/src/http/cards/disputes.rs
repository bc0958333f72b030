//! Disputes: a cardholder objects to a transaction; what comes of it.

use super::{Answered, state::CardBody, words::DisputeOutcomeSchema};
use crate::{
    app::App,
    http::{
        answer::CommandAnswer,
        request::{
            CommandRequest, PathId, PathIds,
            fields::{IdField, TextField},
        },
        schemas::{DisputeAnswerSchema, PossibleEntryAnswerSchema},
    },
};
use axum::extract::State;
use khata_domain::{
    Made,
    cards::card::DisputeOutcome,
    ids::{CardId, DisputeId, TransactionId},
};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// An objection.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewDispute)]
pub(super) struct DisputeBody {
    /// A captured transaction of the card, `txn_…`
    #[schema(value_type = String)]
    transaction_id: IdField<TransactionId>,
    /// Why.
    #[schema(value_type = String, max_length = 500)]
    reason: TextField<500>,
}

/// The end of a dispute.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DisputeResolution)]
pub(super) struct ResolutionBody {
    /// In whose favour.
    #[schema(value_type = DisputeOutcomeSchema)]
    outcome: DisputeOutcome,
}

/// Object to a captured transaction. The dispute is named on top of the answer.
#[utoipa::path(post, path = "/v1/cards/{id}/disputes", operation_id = "open_dispute", tag = "cards", params(("id" = String, Path, description = "`card_…`")),
    request_body = DisputeBody, responses((status = 200, description = "The transaction is in dispute.", body = DisputeAnswerSchema<CardBody>)))]
pub(super) async fn open(
    State(app): State<Arc<App>>,
    PathId(id): PathId<CardId>,
    CommandRequest { context, body }: CommandRequest<DisputeBody>,
) -> Answered {
    let transaction_id = body.transaction_id.0;
    let answer = app.cards.open_dispute::<CardBody>(&context, id, transaction_id, body.reason.0).await?;
    // Where it was in dispute before, nothing happens; the dispute is told all the same.
    match answer.state.dispute_about(transaction_id) {
        Some(dispute_id) => Ok(CommandAnswer::about(answer, Made::Dispute(dispute_id))),
        None => Ok(CommandAnswer::done(answer)),
    }
}

/// End a dispute. Where the cardholder wins, the amount is credited.
#[utoipa::path(post, path = "/v1/cards/{id}/disputes/{dispute_id}/resolve", operation_id = "resolve_dispute", tag = "cards",
    params(("id" = String, Path, description = "`card_…`"), ("dispute_id" = String, Path, description = "`dsp_…`")),
    request_body = ResolutionBody, responses((status = 200, description = "The dispute has ended.", body = PossibleEntryAnswerSchema<CardBody>)))]
pub(super) async fn resolve(
    State(app): State<Arc<App>>,
    PathIds(id, dispute_id): PathIds<CardId, DisputeId>,
    CommandRequest { context, body }: CommandRequest<ResolutionBody>,
) -> Answered {
    Ok(CommandAnswer::done(app.cards.resolve_dispute(&context, id, dispute_id, body.outcome).await?))
}
