//! VelocityPay, a network that carries payments to other banks, over HTTP:
//!
//! | request | for | answer |
//! |---|---|---|
//! | `POST /payments`, the payment's id as `Idempotency-Key` | handing an order over | how the payment stands, or 422: refused |
//! | `GET /payments/{payment_id}` | what became of it | how the payment stands, or 404 `payment_unknown` |
//! | `GET /statements/{day}` | what was booked on a day | `{"day", "lines"}` |
//!
//! `docs/velocitypay.md` has every member and status. What is neither an answer of that kind nor surely a request that never
//! arrived leaves it open whether the payment was taken: nothing here guesses.
//!
//! Reading order: [`VelocityPay`], `protocol` (what is sent, and what answers mean), `line` (the requests, and whether one can
//! have arrived), `gate` (which calls are made at all). Notices that come from there are checked by [`crate::webhooks`].

mod gate;
mod line;
mod protocol;
mod url;

pub use gate::Breaker;
pub use url::{GatewayUrl, GatewayUrlError};

use async_trait::async_trait;
use gate::Gate;
use jiff::civil::Date;
use khata_application::{
    payments::{GatewayOrder, HandedOver, Inquired, PaymentGateway, StatementLine},
    processes::CallError,
};
use khata_domain::{Money, Text, ids::PaymentId, payments::Network};
use line::{Answer, Failure, Line};
use metrics::counter;
use std::{fmt, sync::Arc, time::Duration};

/// Beyond its own time a call may take so long to be made, and to be noted.
const BESIDE_THE_CALL: Duration = Duration::from_secs(5);

/// What each kind of call can come to, as the counter names it.
const RESULTS: [(&str, &[&str]); 3] = [
    ("hand_over", &["settled", "refused", "in_progress", "not_sent", "unanswered", "shut"]),
    ("inquiry", &["settled", "refused", "in_progress", "not_found", "failed", "shut"]),
    ("statement", &["answered", "failed", "shut"]),
];

/// The network at a URL.
#[derive(Clone)]
pub struct VelocityPay {
    line: Arc<Line>,
    gate: Arc<Gate>,
}

impl VelocityPay {
    /// The network at a URL, which knows Khata by a token if there is one. A call may take so long, its answer included.
    pub fn new(url: &GatewayUrl, token: Option<&str>, timeout: Duration, breaker: Breaker) -> Self {
        let network = Network::VelocityPay.name();
        for (call, results) in RESULTS {
            for result in results {
                counter!("khata_gateway_calls_total", "network" => network, "call" => call, "result" => *result)
                    .increment(0);
            }
        }
        let gate = Gate::new(network, breaker, timeout.saturating_add(BESIDE_THE_CALL));
        Self { line: Arc::new(Line::new(url, token, timeout)), gate: Arc::new(gate) }
    }

    /// Makes a call, unless the gate is shut, on a thread that may block. The gate is told what came of it, and it is counted,
    /// also if nobody waits for it any more.
    async fn through<T: Send + 'static>(
        &self,
        call: &'static str,
        ask: impl FnOnce(&Line) -> Result<Answer, Failure> + Send + 'static,
        read: impl FnOnce(Result<Answer, Failure>) -> (T, &'static str) + Send + 'static,
    ) -> Result<T, Failure> {
        let Some(pass) = self.gate.enter() else {
            count(call, "shut");
            return Err(Failure::shut());
        };
        let line = self.line.clone();
        let made = tokio::task::spawn_blocking(move || {
            let answered = ask(&line);
            pass.tell(line::is_outage(&answered));
            let (outcome, result) = read(answered);
            count(call, result);
            outcome
        });
        made.await.map_err(|_| Failure::cut_off())
    }
}

fn count(call: &'static str, result: &'static str) {
    let network = Network::VelocityPay.name();
    counter!("khata_gateway_calls_total", "network" => network, "call" => call, "result" => result)
        .increment(1);
}

impl fmt::Debug for VelocityPay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_shut = self.gate.is_shut();
        f.debug_struct("VelocityPay").field("line", &self.line).field("is_shut", &is_shut).finish()
    }
}

#[async_trait]
impl PaymentGateway for VelocityPay {
    fn network(&self) -> Network {
        Network::VelocityPay
    }

    fn written(&self, order: &GatewayOrder) -> String {
        protocol::written(order)
    }

    fn is_shut(&self) -> bool {
        self.gate.is_shut()
    }

    async fn reopened(&self) {
        self.gate.reopened().await;
    }

    async fn hand_over(&self, payment_id: PaymentId, written: String) -> HandedOver {
        let Some(amount) = protocol::amount_of(payment_id, &written) else {
            count("hand_over", "not_sent");
            let reason = Text::fitted("what was to be sent is no order of this payment");
            return HandedOver::NotSent { reason };
        };
        let called = self.through(
            "hand_over",
            move |line| line.order(payment_id, written),
            move |answered| {
                let outcome = protocol::handed_over(payment_id, amount, answered);
                let result = protocol::result_of_order(&outcome);
                (outcome, result)
            },
        );
        called.await.unwrap_or_else(|failure| protocol::without_answer(&failure))
    }

    async fn inquire(&self, payment_id: PaymentId, amount: Money) -> Result<Inquired, CallError> {
        let called = self.through(
            "inquiry",
            move |line| line.payment(payment_id),
            move |answered| {
                let outcome = protocol::inquired((payment_id, amount), answered);
                let result = outcome.as_ref().map_or("failed", protocol::result_of_inquiry);
                (outcome, result)
            },
        );
        called.await?
    }

    async fn statement(&self, day: Date) -> Result<Vec<StatementLine>, CallError> {
        let called = self.through(
            "statement",
            move |line| line.statement(day),
            move |answered| {
                let outcome = protocol::statement(day, answered);
                let result = outcome.as_ref().map_or("failed", |_| "answered");
                (outcome, result)
            },
        );
        called.await?
    }
}

#[cfg(test)]
mod tests;
