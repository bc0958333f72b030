//! What is sent, and what answers mean. An answer that is not wholly as it must be is none; nothing of it is repeated in words
//! for operators, since it may hold what nobody should read in a log.

use super::line::{Answer, Failure};
use jiff::civil::Date;
use khata_application::{
    payments::{GatewayOrder, HandedOver, Inquired, StatementLine},
    processes::CallError,
};
use khata_domain::{
    Money, Text,
    ids::{AccountId, PaymentId},
};
use serde::{Deserialize, Serialize};

/// With these the other side says that it did not take an order.
const NOT_TAKEN: [u16; 8] = [400, 401, 403, 404, 405, 413, 415, 429];

/// An order. Its members stand in this order for ever: it is sent again to the byte.
#[derive(Serialize)]
struct Order<'o> {
    payment_id: PaymentId,
    debtor_account: AccountId,
    creditor: Creditor<'o>,
    amount: Money,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'o Text<140>>,
}

#[derive(Serialize)]
struct Creditor<'o> {
    #[serde(skip_serializing_if = "Option::is_none")]
    iban: Option<&'o str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_number: Option<&'o Text<34>>,
    name: &'o Text<140>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bic: Option<&'o str>,
}

/// What an order says of itself.
#[derive(Deserialize)]
struct Ordered {
    payment_id: PaymentId,
    amount: Money,
}

/// How a payment stands.
#[derive(Deserialize)]
struct Standing {
    payment_id: PaymentId,
    amount: Money,
    status: Status,
    gateway_reference: Option<String>,
    code: Option<String>,
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Settled,
    Refused,
    InProgress,
}

#[derive(Deserialize)]
struct Refusal {
    code: String,
    reason: String,
}

#[derive(Deserialize)]
struct Problem {
    code: String,
}

#[derive(Deserialize)]
struct Statement {
    day: Date,
    lines: Vec<StatementLine>,
}

/// An order as it is sent.
pub(super) fn written(order: &GatewayOrder) -> String {
    let payee = &order.payee;
    let order = Order {
        payment_id: order.payment_id,
        debtor_account: order.from_account,
        creditor: Creditor {
            iban: payee.iban.as_deref(),
            account_number: payee.account_number.as_ref(),
            name: &payee.name,
            bic: payee.bic.as_deref(),
        },
        amount: order.amount,
        reference: order.reference.as_ref(),
    };
    // Texts and names of members alone: these can always be written.
    serde_json::to_string(&order).unwrap_or_default()
}

/// How much an order that was written is about, if it is one of this payment.
pub(super) fn amount_of(payment_id: PaymentId, written: &str) -> Option<Money> {
    let ordered: Ordered = serde_json::from_str(written).ok()?;
    (ordered.payment_id == payment_id).then_some(ordered.amount)
}

/// What came of handing over a payment of an amount.
pub(super) fn handed_over(
    payment_id: PaymentId,
    amount: Money,
    answered: Result<Answer, Failure>,
) -> HandedOver {
    let answer = match answered {
        Ok(answer) => answer,
        Err(failure) => return without_answer(&failure),
    };
    let stands = match answer.status {
        200..=202 => standing(&answer.text, payment_id, amount),
        422 => refusal(&answer.text),
        status if NOT_TAKEN.contains(&status) => {
            let reason = Text::fitted(&format!("the network did not take it: status {status}"));
            return HandedOver::NotSent { reason };
        }
        status => Err(failed(status)),
    };
    match stands {
        Ok(Inquired::Settled { gateway_reference }) => HandedOver::Settled { gateway_reference },
        Ok(Inquired::Refused { code, reason }) => HandedOver::Refused { code, reason },
        Ok(Inquired::InProgress {}) => HandedOver::InProgress {},
        Ok(Inquired::NotFound {}) => HandedOver::Unanswered { error: Text::fitted("it is not known there") },
        Err(error) => HandedOver::Unanswered { error: Text::fitted(&error.message) },
    }
}

/// What is known of an order that nothing came back for.
pub(super) fn without_answer(failure: &Failure) -> HandedOver {
    let words = Text::fitted(&failure.message);
    if failure.may_have_arrived {
        HandedOver::Unanswered { error: words }
    } else {
        HandedOver::NotSent { reason: words }
    }
}

/// What became of a payment.
pub(super) fn inquired(
    (payment_id, amount): (PaymentId, Money),
    answered: Result<Answer, Failure>,
) -> Result<Inquired, CallError> {
    let answer = answered?;
    match answer.status {
        200 => standing(&answer.text, payment_id, amount),
        // Whatever stands between here and there may answer 404 as well, and knows nothing of payments.
        404 => match serde_json::from_slice::<Problem>(&answer.text) {
            Ok(problem) if problem.code == "payment_unknown" => Ok(Inquired::NotFound {}),
            Ok(_) | Err(_) => Err(failed(404)),
        },
        status => Err(failed(status)),
    }
}

/// What was booked on a day.
pub(super) fn statement(
    day: Date,
    answered: Result<Answer, Failure>,
) -> Result<Vec<StatementLine>, CallError> {
    let answer = answered?;
    if answer.status != 200 {
        return Err(failed(answer.status));
    }
    let statement: Statement = parsed(&answer.text)?;
    if statement.day != day {
        return Err(unusable("it is of another day"));
    }
    Ok(statement.lines)
}

fn standing(text: &[u8], payment_id: PaymentId, amount: Money) -> Result<Inquired, CallError> {
    let standing: Standing = parsed(text)?;
    if standing.payment_id != payment_id {
        return Err(unusable("it is about another payment"));
    }
    if amount != standing.amount {
        return Err(unusable("it is about another amount"));
    }
    match standing.status {
        Status::Settled => {
            let reference = standing.gateway_reference.as_deref().map(Text::parse);
            let Some(Ok(gateway_reference)) = reference else {
                return Err(unusable("it has no reference of the booking"));
            };
            Ok(Inquired::Settled { gateway_reference })
        }
        Status::Refused => {
            refused(standing.code.as_deref().unwrap_or(""), standing.reason.as_deref().unwrap_or(""))
        }
        Status::InProgress => Ok(Inquired::InProgress {}),
    }
}

fn refusal(text: &[u8]) -> Result<Inquired, CallError> {
    let refusal: Refusal = parsed(text)?;
    refused(&refusal.code, &refusal.reason)
}

/// A refusal says by which rule, and why. Of a long reason as much is kept as there is room for.
fn refused(code: &str, reason: &str) -> Result<Inquired, CallError> {
    match Text::parse(code) {
        Ok(code) if !reason.trim().is_empty() => Ok(Inquired::Refused { code, reason: Text::fitted(reason) }),
        Ok(_) | Err(_) => Err(unusable("it is a refusal without a code or a reason")),
    }
}

fn parsed<'t, T: Deserialize<'t>>(text: &'t [u8]) -> Result<T, CallError> {
    serde_json::from_slice(text).map_err(|error| {
        unusable(&format!("it is not as it must be (line {}, column {})", error.line(), error.column()))
    })
}

fn unusable(why: &str) -> CallError {
    CallError { code: "answer_unusable", message: format!("the network's answer cannot be used: {why}") }
}

fn failed(status: u16) -> CallError {
    CallError { code: "gateway_failed", message: format!("the network answered with status {status}") }
}

/// How the counter names what came of handing over.
pub(super) fn result_of_order(outcome: &HandedOver) -> &'static str {
    match outcome {
        HandedOver::Settled { .. } => "settled",
        HandedOver::Refused { .. } => "refused",
        HandedOver::InProgress {} => "in_progress",
        HandedOver::NotSent { .. } => "not_sent",
        HandedOver::Unanswered { .. } => "unanswered",
    }
}

/// How the counter names what became of a payment.
pub(super) fn result_of_inquiry(outcome: &Inquired) -> &'static str {
    match outcome {
        Inquired::Settled { .. } => "settled",
        Inquired::Refused { .. } => "refused",
        Inquired::InProgress {} => "in_progress",
        Inquired::NotFound {} => "not_found",
    }
}

#[cfg(test)]
mod tests;
