//! Questions about authorisations: all of a card, and one, with what became of it.

use super::{
    CardRoutes,
    words::{AuthorizationStatus, DeclineReasonSchema, FraudVerdictSchema, PurchaseChannelSchema},
};
use crate::http::{
    list::Paged,
    parts::{self, InStatus},
    resource::get,
    schemas::MoneySchema,
};
use jiff::{Timestamp, civil::Date};
use khata_domain::{Money, ids::AuthorizationId};
use khata_projections::{
    Part,
    cards::{AuthorizationRow, CardRow},
};
use serde::Serialize;
use utoipa::ToSchema;

/// An authorisation asked for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Authorization)]
pub(super) struct AuthorizationBody {
    /// Its name.
    authorization_id: String,
    /// The place of its first event in the log.
    position: u64,
    /// Its status.
    #[schema(value_type = AuthorizationStatus)]
    status: String,
    /// How much was asked for.
    #[schema(value_type = MoneySchema)]
    amount: Money,
    /// How much was captured.
    #[schema(value_type = MoneySchema)]
    captured: Money,
    /// Who asked.
    merchant_id: String,
    /// What the merchant deals in.
    category: String,
    /// Where the card was used.
    #[schema(value_type = PurchaseChannelSchema)]
    channel: String,
    /// The verdict of the fraud check.
    #[schema(value_type = FraudVerdictSchema)]
    fraud_verdict: String,
    /// Why it was declined.
    #[schema(required, value_type = Option<DeclineReasonSchema>)]
    decline_reason: Option<String>,
    /// From this instant on it does not count; null if it was declined.
    #[schema(required)]
    #[serde(serialize_with = "khata_application::instants::write_optional")]
    expires_at: Option<Timestamp>,
    /// The day it was asked for.
    business_date: Date,
    /// The business time of that.
    #[serde(serialize_with = "khata_application::instants::write")]
    effective_at: Timestamp,
    /// When it was recorded.
    #[serde(serialize_with = "khata_application::instants::write")]
    recorded_at: Timestamp,
    /// The business time of its end.
    #[schema(required)]
    #[serde(serialize_with = "khata_application::instants::write_optional")]
    ended_at: Option<Timestamp>,
}

impl AuthorizationBody {
    fn of_row(row: AuthorizationRow, at: Timestamp) -> Self {
        Self {
            status: row.status_at(at).to_owned(),
            amount: row.money(row.amount_minor),
            captured: row.money(row.captured_minor),
            authorization_id: row.authorization_id,
            position: row.position,
            merchant_id: row.merchant_id,
            category: row.category,
            channel: row.channel.into_owned(),
            fraud_verdict: row.fraud_verdict.into_owned(),
            decline_reason: row.decline_reason.map(std::borrow::Cow::into_owned),
            expires_at: row.expires_at,
            business_date: row.business_date,
            effective_at: row.effective_at,
            recorded_at: row.recorded_at,
            ended_at: row.ended_at,
        }
    }
}

pub(super) fn routes(routes: CardRoutes) -> CardRoutes {
    routes
        .question(
            get("authorizations", "list_authorizations")
                .about("List what was asked of a card, approved or not, as it was recorded.")
                .answers_list::<AuthorizationBody>("A page of authorisations."),
            async |app, id, asked: Paged<InStatus<AuthorizationStatus>>, reader| {
                let (list, show) = (("authorizations", id), AuthorizationBody::of_row);
                parts::list::<CardRow, AuthorizationRow, _, _>(&app, list, asked, &reader, show).await
            },
        )
        .part_question(
            get("authorizations/{authorization_id}", "show_authorization")
                .about("Show an authorisation. Where a name was used again, the last of that name.")
                .answers::<AuthorizationBody>("As it is."),
            async |app, id, name: AuthorizationId, reader| {
                let (now, query) = (app.clock.now(), AuthorizationRow::named(&id.to_string(), name));
                parts::named(&app, query, name, &reader, |row| AuthorizationBody::of_row(row, now)).await
            },
        )
}
