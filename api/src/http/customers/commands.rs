//! Commands to a customer who exists.

use super::{onboarding::AddressBody, state::CustomerBody};
use crate::{
    app::App,
    http::{
        answer::CommandAnswer,
        problem::{Problem, codes},
        request::{
            CommandRequest, PathId,
            body::Nothing,
            fields::{List, Object, TextField},
        },
        schemas::CommandAnswerSchema,
    },
};
use axum::extract::State;
use khata_domain::{
    customers::{
        Email, Phone,
        customer::{KycVerdict, UpdateContact, VerifyKyc},
    },
    ids::CustomerId,
};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The most reasons of a verdict.
const MAX_REASONS: usize = 20;

/// What a command to a customer is answered with.
type Answered = Result<CommandAnswer<CustomerBody>, Problem>;

/// The identity provider's verdict.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = KycVerdict)]
pub(super) struct KycBody {
    /// What it came to.
    verdict: VerdictField,
    /// Why; a rejection has at least one reason.
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 20)]
    reasons: List<TextField<500>, MAX_REASONS>,
}

/// What a verification came to.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = KycOutcome)]
enum VerdictField {
    /// The customer is who they say.
    Verified,
    /// That could not be shown.
    Rejected,
}

/// New contact data; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewContact)]
pub(super) struct ContactBody {
    /// New name of the person or firm.
    #[schema(value_type = Option<String>, max_length = 200)]
    name: Option<TextField<200>>,
    /// New e-mail address.
    #[schema(value_type = Option<String>, max_length = 254)]
    email: Option<Email>,
    /// New phone number.
    #[schema(value_type = Option<String>, max_length = 40)]
    phone: Option<Phone>,
    /// New postal address, as a whole.
    #[schema(value_type = Option<AddressBody>)]
    address: Option<Object<AddressBody>>,
}

/// A suspension.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Suspension)]
pub(super) struct SuspendBody {
    /// Why.
    #[schema(value_type = String, max_length = 500)]
    reason: TextField<500>,
}

/// Take the identity provider's verdict.
#[utoipa::path(post, path = "/v1/customers/{id}/kyc", operation_id = "record_kyc_verdict", tag = "customers", params(("id" = String, Path, description = "`cus_…`")),
    request_body = KycBody, responses((status = 200, description = "The verdict is taken.", body = CommandAnswerSchema<CustomerBody>)))]
pub(super) async fn verify_kyc(
    State(app): State<Arc<App>>,
    PathId(id): PathId<CustomerId>,
    CommandRequest { context, body }: CommandRequest<KycBody>,
) -> Answered {
    let verdict = match body.verdict {
        VerdictField::Verified => KycVerdict::Verified,
        VerdictField::Rejected => KycVerdict::Rejected,
    };
    let reasons = body.reasons.0.into_iter().map(|TextField(reason)| reason).collect();
    Ok(CommandAnswer::done(app.customers.verify_kyc(&context, id, VerifyKyc { verdict, reasons }).await?))
}

/// Change name, e-mail, phone or address. A verified customer stays verified: ask for a new verification where the law wants one.
#[utoipa::path(post, path = "/v1/customers/{id}/contact", operation_id = "change_customer_contact", tag = "customers", params(("id" = String, Path, description = "`cus_…`")),
    request_body = ContactBody, responses((status = 200, description = "The contact data is changed.", body = CommandAnswerSchema<CustomerBody>)))]
pub(super) async fn update_contact(
    State(app): State<Arc<App>>,
    PathId(id): PathId<CustomerId>,
    CommandRequest { context, body }: CommandRequest<ContactBody>,
) -> Answered {
    let ContactBody { name, email, phone, address } = body;
    if name.is_none() && email.is_none() && phone.is_none() && address.is_none() {
        return Err(Problem::new(
            &codes::MISSING_FIELD,
            "One of `name`, `email`, `phone` and `address` is needed.",
        )
        .with("field", "email"));
    }
    let name = name.map(|TextField(name)| name);
    let update = UpdateContact { name, email, phone, address: address.map(|Object(address)| address.into()) };
    Ok(CommandAnswer::done(app.customers.update_contact(&context, id, update).await?))
}

/// Suspend a customer: no new products and no changes until reactivated.
#[utoipa::path(post, path = "/v1/customers/{id}/suspend", operation_id = "suspend_customer", tag = "customers", params(("id" = String, Path, description = "`cus_…`")),
    request_body = SuspendBody, responses((status = 200, description = "The customer is suspended.", body = CommandAnswerSchema<CustomerBody>)))]
pub(super) async fn suspend(
    State(app): State<Arc<App>>,
    PathId(id): PathId<CustomerId>,
    CommandRequest { context, body }: CommandRequest<SuspendBody>,
) -> Answered {
    Ok(CommandAnswer::done(app.customers.suspend(&context, id, body.reason.0).await?))
}

/// End a suspension; the status before it is back.
#[utoipa::path(post, path = "/v1/customers/{id}/reactivate", operation_id = "reactivate_customer", tag = "customers", params(("id" = String, Path, description = "`cus_…`")),
    responses((status = 200, description = "The customer is suspended no more.", body = CommandAnswerSchema<CustomerBody>)))]
pub(super) async fn reactivate(
    State(app): State<Arc<App>>,
    PathId(id): PathId<CustomerId>,
    CommandRequest { context, body: Nothing {} }: CommandRequest<Nothing>,
) -> Answered {
    Ok(CommandAnswer::done(app.customers.reactivate(&context, id).await?))
}

/// Close a customer without open products. The e-mail address is free afterwards.
#[utoipa::path(post, path = "/v1/customers/{id}/close", operation_id = "close_customer", tag = "customers", params(("id" = String, Path, description = "`cus_…`")),
    responses((status = 200, description = "The customer is closed.", body = CommandAnswerSchema<CustomerBody>)))]
pub(super) async fn close(
    State(app): State<Arc<App>>,
    PathId(id): PathId<CustomerId>,
    CommandRequest { context, body: Nothing {} }: CommandRequest<Nothing>,
) -> Answered {
    Ok(CommandAnswer::done(app.customers.close(&context, id).await?))
}
