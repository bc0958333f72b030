//! A day's business in small: which deed is next, and the requests that make it up, one after another.
//!
//! Of all commands 60 % are account entries, 20 % card authorisations and their captures, 15 % the steps of
//! orders from their creation to their shipment, 5 % loan payments. After each deed somebody looks at what it
//! was done to.

use super::{
    drive::{Draw, PATIENCE},
    plan::{Mix, Request},
    tally::Tally,
};
use crate::connection::Connection;
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use uuid::{Builder, Uuid};

/// A mix on its way to a server, for so long.
pub(super) struct MixPlan {
    pub(super) mix: Mix,
    pub(super) address: SocketAddr,
    pub(super) connections: usize,
    pub(super) seconds: Duration,
}

/// What the connections of a mix got back.
#[derive(Default)]
pub(super) struct MixTally {
    pub(super) commands: Tally,
    pub(super) reads: Tally,
}

impl MixTally {
    pub(super) fn add(&mut self, other: Self) {
        self.commands.add(other.commands);
        self.reads.add(other.reads);
    }
}

/// One thing that somebody does, with the commands that it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Deposit,
    Withdrawal,
    Purchase,
    Order,
    LoanPayment,
}

/// Commands of an order from its creation to its shipment.
const STEPS_OF_AN_ORDER: usize = 9;
/// How often each deed comes among so many draws: its share of all commands, divided by the commands that it
/// takes.
const WEIGHTS: [(Deed, usize); 5] = [
    (Deed::Deposit, 36 * 9),
    (Deed::Withdrawal, 24 * 9),
    (Deed::Purchase, 10 * 9),
    (Deed::Order, 15 * 9 / STEPS_OF_AN_ORDER),
    (Deed::LoanPayment, 5 * 9),
];

impl Deed {
    fn drawn(draw: &mut Draw) -> Self {
        let all = WEIGHTS.iter().map(|(_, weight)| weight).sum();
        let mut left = draw.below(all);
        for (deed, weight) in WEIGHTS {
            if left < weight {
                return deed;
            }
            left -= weight;
        }
        Self::Deposit
    }
}

/// Does one deed after another until the time is up or something breaks.
pub(super) async fn drive(
    mut connection: Connection,
    plan: Arc<MixPlan>,
    index: usize,
    started: Instant,
) -> MixTally {
    let mut done = MixTally::default();
    let mut draw = Draw::seeded(index);
    for turn in 0_u64.. {
        let number = turn * plan.connections as u64 + index as u64;
        let (commands, look) = plan.mix.requests(Deed::drawn(&mut draw), &mut draw, number);
        let commands = commands.into_iter().map(|request| (request, true));
        for (request, is_command) in commands.chain([(look, false)]) {
            if started.elapsed() >= plan.seconds {
                return done;
            }
            let tally = if is_command { &mut done.commands } else { &mut done.reads };
            if !ask(&mut connection, &request.bytes(plan.address), tally).await {
                return done;
            }
        }
    }
    done
}

/// Asks and counts; whether the connection is still good.
async fn ask(connection: &mut Connection, request: &[u8], tally: &mut Tally) -> bool {
    let sent = Instant::now();
    match tokio::time::timeout(PATIENCE, connection.ask(request)).await {
        Ok(Ok(reply)) => {
            tally.answered(&reply, sent.elapsed());
            true
        }
        Ok(Err(error)) => {
            tally.fail(error.to_string());
            false
        }
        Err(_) => {
            tally.fail(format!("no answer within {PATIENCE:?}"));
            false
        }
    }
}

impl Mix {
    /// The commands of a deed, and the look at what it was done to. Ids that the client chooses are made of
    /// the number.
    fn requests(&self, deed: Deed, draw: &mut Draw, number: u64) -> (Vec<Request>, Request) {
        match deed {
            Deed::Deposit => {
                let account = one_of(&self.accounts, draw);
                (
                    vec![Request::post(
                        format!("/v1/accounts/{account}/deposits"),
                        amount("12.50", "transfer"),
                    )],
                    look("accounts", account),
                )
            }
            Deed::Withdrawal => {
                let account = one_of(&self.accounts, draw);
                (
                    vec![Request::post(
                        format!("/v1/accounts/{account}/withdrawals"),
                        amount("2.50", "card"),
                    )],
                    look("accounts", account),
                )
            }
            Deed::Purchase => {
                let card = one_of(&self.cards, draw);
                let path = format!("/v1/cards/{card}/authorizations");
                let name = format!("bench-{}-{number}", self.series);
                let asked = format!(
                    r#"{{"authorization_id":"{name}","amount":{PRICE},"merchant_id":"m-{}","category":"grocery","channel":"pos"}}"#,
                    number % 500
                );
                let capture = Request::post(format!("{path}/{name}/capture"), "{}");
                (vec![Request::post(path, asked), capture], look("cards", card))
            }
            Deed::Order => {
                let order = order_id(self.series, number);
                let customer = one_of(&self.customers, draw);
                // The view may not have this order yet: the customer's orders are looked at, whichever it
                // has.
                (
                    steps_of_an_order(&order, customer),
                    Request::get(format!("/v1/orders?customer_id={customer}&limit=5")),
                )
            }
            Deed::LoanPayment => {
                let loan = one_of(&self.loans, draw);
                (
                    vec![Request::post(
                        format!("/v1/loans/{loan}/payments"),
                        format!(r#"{{"amount":{PRICE}}}"#),
                    )],
                    look("loans", loan),
                )
            }
        }
    }
}

const PRICE: &str = r#"{"amount":"12.50","currency":"CZK"}"#;

fn one_of<'m>(of: &'m [String], draw: &mut Draw) -> &'m str {
    of.get(draw.below(of.len().max(1))).map_or("", String::as_str)
}

fn amount(amount: &str, channel: &str) -> String {
    format!(
        r#"{{"amount":{{"amount":"{amount}","currency":"CZK"}},"channel":"{channel}","reference":"bench"}}"#
    )
}

fn look(collection: &str, id: &str) -> Request {
    Request::get(format!("/v1/{collection}/{id}"))
}

fn order_id(series: u8, number: u64) -> String {
    let [_, _, a, b, c, d, e, f] = number.to_be_bytes();
    let uuid: Uuid =
        Builder::from_unix_timestamp_millis(FIRST_ORDER_MS + number, &[9, series, 0, 0, a, b, c, d, e, f])
            .into_uuid();
    format!("ord_{uuid}")
}

/// 2026-01-01T00:00:00Z in milliseconds: ids are made up as if drawn from then on, one each millisecond.
const FIRST_ORDER_MS: u64 = 1_767_225_600_000;

fn steps_of_an_order(order: &str, customer: &str) -> Vec<Request> {
    let step = |name: &str, body: &str| Request::post(format!("/v1/orders/{order}/{name}"), body);
    vec![
        Request::post(
            "/v1/orders",
            format!(
                r#"{{"id":"{order}","customer_id":"{customer}","currency":"CZK","customer_tier":"regular"}}"#
            ),
        ),
        step(
            "items",
            &format!(
                r#"{{"product_id":"p-1","seller_id":"s-1","name":"Chai","quantity":3,"unit_price":{PRICE},"discount_rate":"5"}}"#
            ),
        ),
        step(
            "shipping-address",
            r#"{"recipient":"Bench","line1":"1 Long Lane","city":"Praha","country":"CZ"}"#,
        ),
        step("place", r#"{"payment_method":"card"}"#),
        step("payment/initiate", "{}"),
        step("payment/confirm", "{}"),
        step("confirm", "{}"),
        step("process", "{}"),
        step("ship", r#"{"carrier":"Bench Freight","tracking":"T1"}"#),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mix() -> Mix {
        let ids = |kind: &str| (0..3).map(|number| format!("{kind}_{number}")).collect();
        Mix { customers: ids("cus"), accounts: ids("acc"), cards: ids("card"), loans: ids("loan"), series: 0 }
    }

    #[test]
    fn commands_come_in_the_shares_of_a_days_business() {
        let (mut draw, mut counts) = (Draw::seeded(1), [0_usize; 4]);
        for number in 0..100_000 {
            let (commands, _) = mix().requests(Deed::drawn(&mut draw), &mut draw, number);
            for command in commands {
                let kind = ["/v1/accounts", "/v1/cards", "/v1/orders", "/v1/loans"]
                    .iter()
                    .position(|path| command.path.starts_with(path));
                counts[kind.unwrap()] += 1;
            }
        }
        let all: usize = counts.iter().sum();
        let shares = counts.map(|count| (count as f64 * 100.0 / all as f64).round());
        assert_eq!(shares, [60.0, 20.0, 15.0, 5.0]);
    }

    #[test]
    fn prepared_bodies_are_json_and_orders_never_share_an_id() {
        let mut draw = Draw::seeded(1);
        for deed in WEIGHTS.map(|(deed, _)| deed) {
            let (commands, look) = mix().requests(deed, &mut draw, 7);
            assert_eq!(look.method, "GET");
            for command in commands {
                serde_json::from_str::<serde_json::Value>(&command.body).unwrap();
            }
        }
        assert_ne!(order_id(0, 1), order_id(0, 2));
    }
}
