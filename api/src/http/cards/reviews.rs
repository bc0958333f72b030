//! What somebody decides who looks at authorisations that were declined for that.

use super::CardRoutes;
use crate::http::{request::fields::TextField, resource::post};
use khata_domain::ids::AuthorizationId;
use serde::Deserialize;
use utoipa::ToSchema;

/// What somebody says who has looked at an authorisation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AuthorizationJudgement, examples(json!({"reason": "the cardholder was called"})))]
pub(super) struct ReviewBody {
    /// Why. It is recorded with who decided.
    #[schema(value_type = String, max_length = 500)]
    reason: TextField<500>,
}

pub(super) fn routes(routes: CardRoutes) -> CardRoutes {
    routes
        .part_use_case(
            post("authorizations/{authorization_id}/clear", "clear_authorization")
                .about(
                    "Clear an authorisation that was declined as `manual_review`: if the same is asked for again under \
                     its name in time, by default within 24 hours, it is decided anew, once, without regard to fraud. \
                     Not by the cardholder, nor by whoever asked for it.",
                )
                .done("It may be asked for again."),
            async |app, context, id, authorization: AuthorizationId, body: ReviewBody| {
                app.cards.clear(&context, id, authorization, body.reason.0).await
            },
        )
        .part_use_case(
            post("authorizations/{authorization_id}/confirm-fraud", "confirm_authorization_fraud")
                .about("Confirm that an authorisation was rightly declined as `manual_review`: it stays declined.")
                .done("It stays declined."),
            async |app, context, id, authorization: AuthorizationId, body: ReviewBody| {
                app.cards.confirm_fraud(&context, id, authorization, body.reason.0).await
            },
        )
}
