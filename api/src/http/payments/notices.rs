//! What gateways tell of their own accord: signed notices by the Standard Webhooks, in place of a token.

use super::PaymentRoutes;
use crate::{
    app::App,
    http::{
        answer::json,
        problem::{Problem, codes},
        request::{
            CommandRequest, body,
            fields::{IdField, MoneyField, TextField},
            principal::Asker,
        },
        schemas::MoneySchema,
    },
};
use axum::{
    body::Body,
    extract::{FromRequest, Request, State},
    http::{HeaderMap, HeaderName},
    response::Response,
};
use khata_application::{
    access::{Principal, Reach},
    payments::{GatewayNotice, IncomingNotice},
};
use khata_domain::{
    ids::{AccountId, PaymentId},
    payments::Network,
};
use khata_infrastructure::webhooks::Signed;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::routes;

/// By whose name it is recorded what the gateway told.
const ACTOR: &str = "velocitypay";
const ID: HeaderName = HeaderName::from_static("webhook-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// A notice. Members that are not told of here may come, and are ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = GatewayNotice, examples(json!({
    "type": "payment.settled", "timestamp": "2026-05-04T10:00:00Z",
    "data": {
        "payment_id": "pay_01890a5d-ac96-774b-bcce-b302099a8057", "gateway_reference": "VP-4711",
        "amount": {"amount": "1500.00", "currency": "INR"}, "sequence": 17,
    },
})))]
struct NoticeBody {
    /// What happened.
    #[serde(rename = "type")]
    #[schema(inline)]
    kind: NoticeType,
    /// To which payment.
    #[schema(inline)]
    data: NoticeData,
}

/// What can have happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
enum NoticeType {
    /// The gateway works on it.
    #[serde(rename = "payment.in_progress")]
    InProgress,
    /// The money is paid: `gateway_reference`, `amount`.
    #[serde(rename = "payment.settled")]
    Settled,
    /// It will not be paid: `code`, `reason`.
    #[serde(rename = "payment.refused")]
    Refused,
    /// The money came back after it had arrived: `gateway_reference`, `amount`, `reason`.
    #[serde(rename = "payment.returned")]
    Returned,
    /// Money came from another bank: `gateway_reference`, `account`, `payer`, `amount`, `reference` if there is one.
    #[serde(rename = "payment.received")]
    Received,
}

/// The payment, and what is told of it.
#[derive(Debug, Deserialize, ToSchema)]
struct NoticeData {
    /// Khata's name of the payment, if it is one that Khata has sent.
    #[schema(value_type = Option<String>)]
    payment_id: Option<IdField<PaymentId>>,
    /// The gateway's name of the booking.
    #[schema(value_type = Option<String>, max_length = 128)]
    gateway_reference: Option<TextField<128>>,
    /// How much.
    #[schema(value_type = Option<MoneySchema>)]
    amount: Option<MoneyField>,
    /// Why it was refused.
    #[schema(value_type = Option<String>, max_length = 100)]
    code: Option<TextField<100>>,
    /// The same in words.
    #[schema(value_type = Option<String>, max_length = 500)]
    reason: Option<TextField<500>>,
    /// The account that money is for.
    #[schema(value_type = Option<String>)]
    account: Option<IdField<AccountId>>,
    /// Who has paid it.
    #[schema(value_type = Option<String>, max_length = 140)]
    payer: Option<TextField<140>>,
    /// What the payer wants to be read.
    #[schema(value_type = Option<String>, max_length = 140)]
    reference: Option<TextField<140>>,
}

/// What a notice tells.
enum Notice {
    Of(PaymentId, GatewayNotice),
    Incoming(IncomingNotice),
}

/// What a notice came to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GatewayNoticeTaken)]
struct TakenBody {
    /// How far the payment has come; `received` of money that came.
    status: &'static str,
}

pub(super) fn routes(routes: PaymentRoutes) -> PaymentRoutes {
    routes.route(routes!(receive))
}

/// Take a notice of the payment network, signed by the Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature`.
///
/// The signature stands in place of a token. A notice that is sent again under its id is answered as before; one that comes before what
/// must have come before it is refused, to be sent again.
#[utoipa::path(post, path = "/v1/webhooks/velocitypay", operation_id = "receive_velocitypay_notice", tag = "payments",
    request_body = NoticeBody, responses(
        (status = 200, description = "It is taken.", body = TakenBody),
        (status = 401, description = "It is not signed with the secret of this server, or not within five minutes."),
        (status = 404, description = "No such payment, or no gateway is configured."),
        (status = 422, description = "The payment does not take it, as it stands."),
    ))]
async fn receive(State(app): State<Arc<App>>, request: Request) -> Result<Response, Problem> {
    let request = signed(&app, request).await?;
    let CommandRequest { context, body } = CommandRequest::<NoticeBody>::from_request(request, &app).await?;
    let network = Network::VelocityPay;
    let status = match body.read()? {
        Notice::Of(payment_id, notice) => {
            app.payments.notice(&context, network, payment_id, notice).await?.state.status().name()
        }
        Notice::Incoming(incoming) => {
            app.payments.receive(&context, network, incoming).await?;
            "received"
        }
    };
    json(&TakenBody { status })
}

/// A request that is signed, as one of the gateway: under the name of its id it is answered once.
async fn signed(app: &App, request: Request) -> Result<Request, Problem> {
    let Some(secrets) = &app.settings.velocitypay_secrets else {
        return Err(Problem::new(&codes::NOT_FOUND, "No gateway to this network is configured here."));
    };
    let (mut parts, unread) = request.into_parts();
    let (limit, patience) = (app.settings.max_body_bytes, app.settings.body_timeout);
    let bytes = body::read(&parts.headers, unread, limit, patience).await?;
    let [id, timestamp, signatures] = [ID, TIMESTAMP, SIGNATURE].map(|name| only(&parts.headers, &name));
    let notice = Signed { id, timestamp, signatures, body: &bytes };
    if let Err(reason) = secrets.verify(&notice, app.clock.now()) {
        metrics::counter!("khata_webhooks_refused_total", "network" => ACTOR).increment(1);
        let detail = format!("The notice is not taken for the gateway's: {reason}.");
        return Err(Problem::new(&codes::SIGNATURE_INVALID, detail));
    }
    let key = parts.headers[ID].clone();
    parts.headers.insert(IDEMPOTENCY_KEY, key);
    let rule = Asker::of(&parts.extensions)?.rule;
    let principal = Arc::new(Principal::trusted(ACTOR));
    parts.extensions.insert(Asker { principal, rule, reach: Reach::All, within: None });
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

/// A header that is there once.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

impl NoticeBody {
    fn read(self) -> Result<Notice, Problem> {
        let NoticeData { payment_id, gateway_reference, amount, code, reason, account, payer, reference } =
            self.data;
        let payment_id = payment_id.map(|IdField(id)| id);
        let gateway_reference = gateway_reference.map(|TextField(text)| text);
        let (amount, reason) = (amount.map(|MoneyField(amount)| amount), reason.map(|TextField(text)| text));
        let notice = match self.kind {
            NoticeType::InProgress => GatewayNotice::InProgress,
            NoticeType::Settled => GatewayNotice::Settled {
                gateway_reference: told("gateway_reference", gateway_reference)?,
                amount: told("amount", amount)?,
            },
            NoticeType::Refused => GatewayNotice::Refused {
                code: told("code", code.map(|TextField(code)| code))?,
                reason: told("reason", reason)?,
            },
            NoticeType::Returned => GatewayNotice::Returned {
                gateway_reference: told("gateway_reference", gateway_reference)?,
                amount: told("amount", amount)?,
                reason: told("reason", reason)?,
            },
            NoticeType::Received => {
                return Ok(Notice::Incoming(IncomingNotice {
                    gateway_reference: told("gateway_reference", gateway_reference)?,
                    to_account: told("account", account.map(|IdField(id)| id))?,
                    amount: told("amount", amount)?,
                    payer: told("payer", payer.map(|TextField(payer)| payer))?,
                    reference: reference.map(|TextField(reference)| reference),
                }));
            }
        };
        Ok(Notice::Of(told("payment_id", payment_id)?, notice))
    }
}

/// A member that a notice of its type must have.
fn told<T>(member: &str, value: Option<T>) -> Result<T, Problem> {
    value.ok_or_else(|| {
        let field = format!("data.{member}");
        Problem::new(&codes::MISSING_FIELD, format!("`{field}` is missing.")).with("field", field)
    })
}
