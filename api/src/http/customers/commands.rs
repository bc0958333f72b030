//! Commands to a customer who exists.

use super::{CustomerRoutes, onboarding::AddressBody};
use crate::http::{
    answer::CommandAnswer,
    problem::{Problem, codes},
    request::{
        body::Nothing,
        fields::{List, Object, TextField},
    },
    resource::post,
};
use khata_domain::customers::{
    Email, Phone,
    customer::{
        AssignManager, KycJudge, KycVerdict, Reactivate, Suspend, UnassignManager, UpdateContact, VerifyKyc,
    },
};
use serde::Deserialize;
use utoipa::ToSchema;

/// The most reasons of a verdict.
const MAX_REASONS: usize = 20;

/// A verdict on an identity, by hand.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = KycVerdict, examples(json!({"verdict": "verified"})))]
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
#[schema(as = NewContact, examples(json!({"phone": "+91 98000 00001"})))]
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
#[schema(as = Suspension, examples(json!({"reason": "court order"})))]
pub(super) struct SuspendBody {
    /// Why.
    #[schema(value_type = String, max_length = 500)]
    reason: TextField<500>,
}

/// Into whose hands the customer is put.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ManagerAssignment, examples(json!({"manager": "r.iyer"})))]
pub(super) struct AssignBody {
    /// The relationship manager, by the subject of their tokens.
    #[schema(value_type = String, max_length = 200)]
    manager: TextField<200>,
}

impl From<KycBody> for VerifyKyc {
    fn from(body: KycBody) -> Self {
        let verdict = match body.verdict {
            VerdictField::Verified => KycVerdict::Verified,
            VerdictField::Rejected => KycVerdict::Rejected,
        };
        Self {
            verdict,
            judge: KycJudge::Person,
            reasons: body.reasons.0.into_iter().map(|TextField(reason)| reason).collect(),
        }
    }
}

impl TryFrom<ContactBody> for UpdateContact {
    type Error = Problem;
    fn try_from(ContactBody { name, email, phone, address }: ContactBody) -> Result<Self, Problem> {
        if name.is_none() && email.is_none() && phone.is_none() && address.is_none() {
            let detail = "One of `name`, `email`, `phone` and `address` is needed.";
            return Err(Problem::new(&codes::MISSING_FIELD, detail).with("field", "email"));
        }
        let name = name.map(|TextField(name)| name);
        Ok(Self { name, email, phone, address: address.map(|Object(address)| address.into()) })
    }
}

pub(super) fn routes(routes: CustomerRoutes) -> CustomerRoutes {
    routes
        .command(
            post("kyc", "record_kyc_verdict")
                .about("Record a verdict on the identity by hand. It stands: a provider's that comes later changes nothing.")
                .done("The verdict is recorded."),
            |verdict: KycBody| VerifyKyc::from(verdict),
        )
        .telling(
            post("contact", "change_customer_contact")
                .about(
                    "Change name, e-mail, phone or address. A verified customer stays verified: \
                     request a new verification where the law requires one.",
                )
                .done("The contact data is changed."),
            async |app, context, id, update: ContactBody| {
                let update = update.try_into()?;
                Ok(CommandAnswer::done(app.customers.update_contact(&context, id, update).await?))
            },
        )
        .command(
            post("suspend", "suspend_customer")
                .about("Suspend a customer: no new products and no changes until reactivated.")
                .done("The customer is suspended."),
            |body: SuspendBody| Suspend { reason: body.reason.0 },
        )
        .command(
            post("reactivate", "reactivate_customer")
                .about("End a suspension; the previous status is restored.")
                .done("The customer is no longer suspended."),
            |Nothing {}| Reactivate,
        )
        .command(
            post("assign-manager", "assign_customer_manager")
                .about("Assign a customer to a relationship manager, who may see and serve the customer from then on. Whoever was assigned before no longer may.")
                .done("The customer is assigned."),
            |body: AssignBody| AssignManager { manager: body.manager.0 },
        )
        .command(
            post("unassign-manager", "unassign_customer_manager")
                .about("End the assignment of a customer to a relationship manager.")
                .done("The customer is assigned to nobody."),
            |Nothing {}| UnassignManager,
        )
        .use_case(
            post("close", "close_customer")
                .about("Close a customer without open products. The e-mail address is free afterwards.")
                .done("The customer is closed."),
            async |app, context, id, Nothing {}| app.customers.close(&context, id).await,
        )
}
