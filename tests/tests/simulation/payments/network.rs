//! The network to other banks: it keeps a ledger of its own, fails in every way, and tells of itself what happens.

use super::{
    gate::Gate,
    ledger::{Ledger, Order},
    node::Turns,
    world::Setting,
};
use async_trait::async_trait;
use jiff::{SignedDuration, civil::Date};
use khata_application::{
    Clock,
    payments::{GatewayOrder, HandedOver, Inquired, PaymentGateway, StatementLine},
    processes::CallError,
};
use khata_domain::{Money, Text, ids::PaymentId, payments::Network};
use serde_json::json;
use std::sync::{Arc, Mutex};

pub struct PayNetwork {
    pub ledger: Mutex<Ledger>,
    pub setting: Arc<Setting>,
}

impl PayNetwork {
    pub fn new(setting: &Arc<Setting>) -> Arc<Self> {
        Arc::new(Self { ledger: Mutex::default(), setting: setting.clone() })
    }

    fn with<T>(&self, act: impl FnOnce(&mut Ledger) -> T) -> T {
        act(&mut self.ledger.lock().unwrap())
    }

    /// An order arrives.
    pub fn take(&self, payment_id: PaymentId, written: &str) {
        let (chance, now) = (self.setting.draw(10), self.setting.time.now());
        self.with(|ledger| ledger.take(payment_id, written, chance, now));
    }

    /// What was long on its way arrives. Once nothing fails any more, all of it.
    pub fn elapse(&self) {
        let (now, is_calm) = (self.setting.time.now(), self.setting.is_calm());
        let arrived: Vec<(PaymentId, String)> = self.with(|ledger| {
            let (due, still): (Vec<_>, Vec<_>) =
                ledger.travelling.drain(..).partition(|(at, ..)| is_calm || *at <= now);
            ledger.travelling = still;
            due.into_iter().map(|(_, payment_id, written)| (payment_id, written)).collect()
        });
        for (payment_id, written) in arrived {
            self.setting.story.tell(|| format!("{payment_id} arrives late at the network"));
            self.take(payment_id, &written);
        }
    }

    /// Brings to an end whatever it works on.
    pub fn finish(&self) {
        self.elapse();
        let (chance, now) = (self.setting.draw(2), self.setting.time.now());
        self.with(|ledger| ledger.finish(chance == 0, now));
    }
}

/// A node's way to the network.
pub struct Line {
    network: Arc<PayNetwork>,
    gate: Mutex<Gate>,
}

fn failed<T>(code: &'static str) -> Result<T, CallError> {
    Err(CallError { code, message: "so it goes".into() })
}

fn unanswered(why: &str) -> HandedOver {
    HandedOver::Unanswered { error: Text::fitted(why) }
}

impl Line {
    pub fn to(network: &Arc<PayNetwork>) -> Self {
        Self { network: network.clone(), gate: Mutex::default() }
    }

    fn setting(&self) -> &Setting {
        &self.network.setting
    }

    fn enters(&self) -> bool {
        self.gate.lock().unwrap().enter(self.setting().time.now())
    }

    fn tell(&self, is_failure: bool) {
        self.gate.lock().unwrap().tell(is_failure, self.setting().time.now());
    }

    /// What becomes of something that is asked, out of so many ways; the last one once nothing fails any more.
    async fn fate(&self, what: String, ways: u64) -> u64 {
        let setting = self.setting();
        let fate = if setting.is_calm() { ways - 1 } else { setting.draw(ways) };
        setting.story.tell(|| format!("network {what} fate {fate}"));
        Turns(1 + setting.draw(3) as u32).await;
        fate
    }

    /// Says nothing for some time.
    async fn hang(&self) {
        let setting = self.setting();
        let until = setting.time.now() + SignedDuration::from_secs(30);
        while setting.time.now() < until && !setting.is_calm() {
            Turns(2).await;
        }
    }

    /// It takes long to arrive: most often minutes.
    fn send_slowly(&self, payment_id: PaymentId, written: String) {
        let setting = self.setting();
        let minutes = if setting.draw(8) == 0 { setting.draw(20 * 60) } else { setting.draw(14) };
        let due = setting.time.now() + SignedDuration::from_mins(minutes as i64);
        self.network.with(|ledger| ledger.travelling.push((due, payment_id, written)));
    }

    fn answer(&self, payment_id: PaymentId) -> HandedOver {
        match self.network.with(|ledger| ledger.orders.get(&payment_id).map(Order::stands)) {
            None | Some(Inquired::NotFound {}) => unanswered("it is not known there"),
            Some(Inquired::Settled { gateway_reference }) => HandedOver::Settled { gateway_reference },
            Some(Inquired::Refused { code, reason }) => HandedOver::Refused { code, reason },
            Some(Inquired::InProgress {}) => HandedOver::InProgress {},
        }
    }
}

#[async_trait]
impl PaymentGateway for Line {
    fn network(&self) -> Network {
        Network::VelocityPay
    }

    fn written(&self, order: &GatewayOrder) -> String {
        json!({ "payment_id": order.payment_id, "amount": order.amount, "to": order.payee.account() })
            .to_string()
    }

    fn is_shut(&self) -> bool {
        self.gate.lock().unwrap().is_shut()
    }

    async fn reopened(&self) {
        while !self.gate.lock().unwrap().lets_on(self.setting().time.now()) {
            Turns(2).await;
        }
    }

    async fn hand_over(&self, payment_id: PaymentId, written: String) -> HandedOver {
        if !self.enters() {
            return HandedOver::NotSent { reason: Text::fitted("it is shut") };
        }
        let fate = self.fate(format!("is handed {payment_id}"), 14).await;
        if fate > 1 {
            self.network.with(|ledger| ledger.leave(payment_id));
        }
        let (outcome, is_failure) = match fate {
            0 | 1 => (HandedOver::NotSent { reason: Text::fitted("unreachable") }, true),
            2 => {
                self.network.take(payment_id, &written);
                (unanswered("the connection closed"), true)
            }
            3 => {
                self.hang().await;
                (unanswered("timeout"), true)
            }
            4 => {
                self.send_slowly(payment_id, written);
                self.hang().await;
                (unanswered("timeout"), true)
            }
            5 => {
                self.network.take(payment_id, &written);
                (unanswered("it makes no sense"), false)
            }
            6 => (unanswered("it makes no sense"), false),
            7 => {
                self.network.take(payment_id, &written);
                Turns(10 + self.setting().draw(30) as u32).await;
                self.network.take(payment_id, &written);
                (self.answer(payment_id), false)
            }
            _ => {
                self.network.take(payment_id, &written);
                (self.answer(payment_id), false)
            }
        };
        self.tell(is_failure);
        outcome
    }

    async fn inquire(&self, payment_id: PaymentId, amount: Money) -> Result<Inquired, CallError> {
        if !self.enters() {
            return failed("gateway_shut");
        }
        let fate = self.fate(format!("is asked for {payment_id}"), 10).await;
        let now = self.setting().time.now();
        let answer = match fate {
            0 => {
                self.hang().await;
                failed("timeout")
            }
            1 => failed("gateway_unreachable"),
            2 => failed("answer_unusable"),
            // It knows of what came just now, or not yet.
            3 => Ok(self.network.with(|ledger| ledger.inquired(payment_id, amount, Some(now)))),
            _ => Ok(self.network.with(|ledger| ledger.inquired(payment_id, amount, None))),
        };
        self.tell(fate < 2);
        answer
    }

    async fn statement(&self, day: Date) -> Result<Vec<StatementLine>, CallError> {
        if !self.enters() {
            return failed("gateway_shut");
        }
        let fate = self.fate(format!("is asked for the books of {day}"), 6).await;
        let answer = match fate {
            0 => {
                self.hang().await;
                failed("timeout")
            }
            1 => failed("answer_unusable"),
            _ => Ok(self.network.with(|ledger| ledger.statement(day))),
        };
        self.tell(fate == 0);
        answer
    }
}
