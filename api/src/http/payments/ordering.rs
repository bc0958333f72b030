//! Ordering payments, and what people decide about them.

use super::{
    PaymentRoutes,
    words::{AmlVerdictSchema, NetworkSchema},
};
use crate::http::{
    request::fields::{DateField, IdField, MoneyField, Object, TextField},
    resource::{creation, post},
    schemas::MoneySchema,
};
use khata_application::payments::{NewExternal, NewPayment};
use khata_domain::{
    accounts::AmlVerdict,
    ids::{AccountId, PaymentId},
    payments::{Network, payment::Reject},
};
use serde::Deserialize;
use utoipa::ToSchema;

/// A new payment: either `to_account` or `external` says where it goes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPayment, examples(json!({
    "from_account": "acc_01890a5d-ac96-774b-bcce-b302099a8057",
    "to_account": "acc_01890a5d-ac96-774b-bcce-b302099a8058",
    "amount": {"amount": "1500.00", "currency": "INR"}, "reference": "rent",
})))]
struct NewPaymentBody {
    /// An id of the client's own making, `pay_<uuid>`.
    #[schema(value_type = Option<String>)]
    id: Option<IdField<PaymentId>>,
    /// The account that pays.
    #[schema(value_type = String)]
    from_account: IdField<AccountId>,
    /// The account that is paid, if it is one of this bank.
    #[schema(value_type = Option<String>)]
    to_account: Option<IdField<AccountId>>,
    /// The payee, if it is paid at another bank.
    #[schema(value_type = Option<ExternalPayeeBody>)]
    external: Option<Object<ExternalPayeeBody>>,
    /// How much arrives, in the currency of the accounts.
    #[schema(value_type = MoneySchema)]
    amount: MoneyField,
    /// For payer and payee.
    #[schema(value_type = Option<String>, max_length = 140)]
    reference: Option<TextField<140>>,
    /// The day on which it shall be made; at once, if there is none or it is today.
    #[schema(value_type = Option<Date>)]
    scheduled_for: Option<DateField>,
    /// The verdict of the check against money laundering. Without one, somebody has to look at an amount over 200,000.
    #[schema(value_type = Option<AmlVerdictSchema>)]
    aml_verdict: Option<AmlVerdict>,
}

/// A payee at another bank: by its IBAN or by its account number.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewExternalPayee)]
pub(super) struct ExternalPayeeBody {
    /// The network that reaches it.
    #[schema(value_type = NetworkSchema)]
    network: Network,
    /// An IBAN; blanks and the case of letters make no difference.
    #[schema(value_type = Option<String>, max_length = 50, example = "DE89 3704 0044 0532 0130 00")]
    iban: Option<TextField<50>>,
    /// The number of an account that has no IBAN.
    #[schema(value_type = Option<String>, max_length = 34)]
    account_number: Option<TextField<34>>,
    /// Whose account it is.
    #[schema(value_type = String, max_length = 140)]
    name: TextField<140>,
    /// The bank's code.
    #[schema(value_type = Option<String>, max_length = 11, example = "COBADEFF")]
    bic: Option<TextField<11>>,
}

/// A reason that may be left out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PaymentNote, examples(json!({"reason": "the customer was called"})))]
struct NoteBody {
    /// Why.
    #[schema(value_type = Option<String>, max_length = 500)]
    reason: Option<TextField<500>>,
}

/// A rejection.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PaymentRejection, examples(json!({"reason": "the customer knows nothing of it"})))]
struct RejectBody {
    /// Why.
    #[schema(value_type = String, max_length = 500)]
    reason: TextField<500>,
}

impl From<ExternalPayeeBody> for NewExternal {
    fn from(body: ExternalPayeeBody) -> Self {
        Self {
            network: body.network,
            iban: body.iban.map(|TextField(iban)| iban),
            account_number: body.account_number.map(|TextField(number)| number),
            name: body.name.0,
            bic: body.bic.map(|TextField(bic)| bic),
        }
    }
}

impl From<NewPaymentBody> for NewPayment {
    fn from(body: NewPaymentBody) -> Self {
        Self {
            payment_id: body.id.map(|IdField(id)| id),
            from_account: body.from_account.0,
            to_account: body.to_account.map(|IdField(id)| id),
            external: body.external.map(|Object(external)| external.into()),
            amount: body.amount.0,
            reference: body.reference.map(|TextField(reference)| reference),
            scheduled_for: body.scheduled_for.map(|DateField(day)| day),
            aml_verdict: body.aml_verdict,
        }
    }
}

pub(super) fn routes(routes: PaymentRoutes) -> PaymentRoutes {
    routes
        .create(
            creation("create_payment")
                .about(
                    "Pay from one account to another: both are booked at once, or neither. What looks like fraud is \
                     answered as made, too: its status is `screening` until somebody has looked at it, or \
                     `rejected_fraud`, and no account is booked. Somebody has to look at an amount over \
                     200,000, too, unless a verdict on money laundering is stated.",
                )
                .done("The payment is ordered; its status says how far it has come."),
            async |app, context, body: NewPaymentBody| app.payments.request(&context, body.into()).await,
        )
        .use_case(
            post("cancel", "cancel_payment")
                .optional()
                .about("Cancel a payment that is not made or sent yet.")
                .done("It will not be made."),
            async |app, context, id, body: NoteBody| {
                app.payments.cancel(&context, id, body.reason.map(|TextField(reason)| reason)).await
            },
        )
        .use_case(
            post("approve", "approve_payment")
                .optional()
                .about("Let a payment go on that somebody has to look at: it is made at once.")
                .done("It is made."),
            async |app, context, id, body: NoteBody| {
                app.payments.approve(&context, id, body.reason.map(|TextField(reason)| reason)).await
            },
        )
        .command(
            post("reject", "reject_payment")
                .about("Reject a payment that somebody has to look at.")
                .done("It will not be made."),
            |body: RejectBody| Reject { reason: body.reason.0 },
        )
}
