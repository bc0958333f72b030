//! What the network has taken, paid, refused, given back and received, and what it has to tell of that.

use super::{
    manner::Deed,
    notices::{Kind, Notice},
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use khata_application::payments::{Booking, StatementLine};
use khata_domain::{
    Money, Text,
    ids::{AccountId, PaymentId},
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Why it refuses.
const REFUSAL: (&str, &str) = ("AC04", "the account is closed");

/// Money from somebody elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    pub account: AccountId,
    pub amount: Money,
    pub payer: String,
    pub reference: Option<String>,
}

/// What came of an order.
pub(super) enum Taken {
    /// It is there, and stands so.
    Stands(Value),
    /// Under its key came another.
    OtherBytes,
    Malformed,
    /// It was not taken.
    Not,
}

struct Order {
    body: Vec<u8>,
    amount: Money,
    standing: Standing,
}

#[derive(Clone, PartialEq, Eq)]
enum Standing {
    InProgress,
    Settled { gateway_reference: String },
    Refused,
}

/// The books.
pub(super) struct Books {
    /// Of the network that keeps them.
    name: String,
    orders: BTreeMap<PaymentId, Order>,
    pub(super) lines: Vec<StatementLine>,
    notices: Vec<Notice>,
    /// What was really paid: statements can be made to lie.
    paid: Vec<PaymentId>,
    references: u64,
}

impl Books {
    /// Empty ones of the network of that name.
    pub(super) fn new(name: String) -> Self {
        let (orders, references) = (BTreeMap::new(), 0);
        Self { name, orders, lines: Vec::new(), notices: Vec::new(), paid: Vec::new(), references }
    }

    /// Takes an order under its key, unless it is there already.
    pub(super) fn take(&mut self, key: &str, body: &[u8], deed: Deed, now: Timestamp) -> Taken {
        let Some((payment_id, amount)) = read(key, body) else { return Taken::Malformed };
        match self.orders.get(&payment_id) {
            Some(order) if order.body != body => return Taken::OtherBytes,
            Some(_) => {}
            None if deed == Deed::Nothing => return Taken::Not,
            None => {
                let standing = Standing::InProgress;
                self.orders.insert(payment_id, Order { body: body.to_vec(), amount, standing });
                drop(match deed {
                    Deed::Settles => self.settle(payment_id, now),
                    Deed::Refuses => self.refuse(payment_id, now),
                    Deed::Takes | Deed::Nothing => self.notice(Kind::InProgress, payment_id, now),
                });
            }
        }
        self.standing(key).map_or(Taken::Not, Taken::Stands)
    }

    /// How a payment stands, if it is there.
    pub(super) fn standing(&self, payment_id: &str) -> Option<Value> {
        let payment_id: PaymentId = payment_id.parse().ok()?;
        let order = self.orders.get(&payment_id)?;
        let mut members = json!({ "payment_id": payment_id, "amount": order.amount });
        let more = match &order.standing {
            Standing::InProgress => json!({ "status": "in_progress" }),
            Standing::Settled { gateway_reference } => {
                json!({ "status": "settled", "gateway_reference": gateway_reference })
            }
            Standing::Refused => json!({ "status": "refused", "code": REFUSAL.0, "reason": REFUSAL.1 }),
        };
        extend(&mut members, more);
        Some(members)
    }

    /// What was booked on a day of UTC.
    pub(super) fn statement(&self, day: &str) -> Option<Value> {
        let day: Date = day.parse().ok()?;
        let of_day = |line: &&StatementLine| line.booked_at.to_zoned(TimeZone::UTC).date() == day;
        let lines: Vec<&StatementLine> = self.lines.iter().filter(of_day).collect();
        Some(json!({ "day": day, "lines": lines }))
    }

    pub(super) fn notices(&self) -> &[Notice] {
        &self.notices
    }

    pub(super) fn times_paid(&self, payment_id: PaymentId) -> usize {
        self.paid.iter().filter(|paid| **paid == payment_id).count()
    }

    /// Pays what it works on.
    pub(super) fn settle(&mut self, payment_id: PaymentId, now: Timestamp) -> Option<Notice> {
        let gateway_reference = self.reference();
        let order = self.orders.get_mut(&payment_id)?;
        if order.standing != Standing::InProgress {
            return None;
        }
        order.standing = Standing::Settled { gateway_reference: gateway_reference.clone() };
        let amount = order.amount;
        self.paid.push(payment_id);
        self.book(Some(payment_id), &gateway_reference, Booking::Paid, amount, now);
        let data = json!({ "gateway_reference": gateway_reference, "amount": amount });
        Some(self.tell(Kind::Settled, Some(payment_id), data, now))
    }

    /// Refuses what it works on.
    pub(super) fn refuse(&mut self, payment_id: PaymentId, now: Timestamp) -> Option<Notice> {
        let gateway_reference = self.reference();
        let order = self.orders.get_mut(&payment_id)?;
        if order.standing != Standing::InProgress {
            return None;
        }
        order.standing = Standing::Refused;
        let data = json!({
            "gateway_reference": gateway_reference, "amount": order.amount, "code": REFUSAL.0, "reason": REFUSAL.1,
        });
        Some(self.tell(Kind::Refused, Some(payment_id), data, now))
    }

    /// Gives back what it has paid, or a part of it.
    pub(super) fn give_back(
        &mut self,
        payment_id: PaymentId,
        amount: Option<Money>,
        now: Timestamp,
    ) -> Option<Notice> {
        let order = self.orders.get(&payment_id)?;
        if !matches!(order.standing, Standing::Settled { .. }) {
            return None;
        }
        let amount = amount.unwrap_or(order.amount);
        let gateway_reference = self.reference();
        self.book(Some(payment_id), &gateway_reference, Booking::Returned, amount, now);
        let data = json!({
            "gateway_reference": gateway_reference, "amount": amount, "code": REFUSAL.0, "reason": REFUSAL.1,
        });
        Some(self.tell(Kind::Returned, Some(payment_id), data, now))
    }

    /// Brings money from elsewhere.
    pub(super) fn receive(&mut self, incoming: &Incoming, now: Timestamp) -> Notice {
        let gateway_reference = self.reference();
        self.book(None, &gateway_reference, Booking::Received, incoming.amount, now);
        let mut data = json!({
            "gateway_reference": gateway_reference,
            "amount": incoming.amount,
            "account": incoming.account,
            "payer": incoming.payer,
        });
        if let Some(reference) = &incoming.reference {
            extend(&mut data, json!({ "reference": reference }));
        }
        self.tell(Kind::Received, None, data, now)
    }

    /// The last notice of a kind about a payment that is there. If there is none, it is made up: nothing of the kind has
    /// happened.
    pub(super) fn notice(&mut self, kind: Kind, payment_id: PaymentId, now: Timestamp) -> Option<Notice> {
        let is_it = |notice: &&Notice| notice.kind == kind && notice.payment_id == Some(payment_id);
        if let Some(notice) = self.notices.iter().rev().find(is_it) {
            return Some(notice.clone());
        }
        let amount = self.orders.get(&payment_id)?.amount;
        let mut data = json!({ "gateway_reference": self.reference(), "amount": amount });
        if matches!(kind, Kind::Refused | Kind::Returned) {
            extend(&mut data, json!({ "code": REFUSAL.0, "reason": REFUSAL.1 }));
        }
        Some(self.tell(kind, Some(payment_id), data, now))
    }

    fn tell(&mut self, kind: Kind, payment_id: Option<PaymentId>, mut data: Value, at: Timestamp) -> Notice {
        let sequence = self.notices.len() as u64 + 1;
        extend(&mut data, json!({ "sequence": sequence }));
        if let Some(payment_id) = payment_id {
            extend(&mut data, json!({ "payment_id": payment_id }));
        }
        let notice = Notice { id: format!("msg_{}{sequence:06}", self.name), kind, payment_id, at, data };
        self.notices.push(notice.clone());
        notice
    }

    fn book(
        &mut self,
        payment_id: Option<PaymentId>,
        gateway_reference: &str,
        booking: Booking,
        amount: Money,
        booked_at: Timestamp,
    ) {
        let gateway_reference = Text::parse(gateway_reference).expect("a reference");
        self.lines.push(StatementLine { payment_id, gateway_reference, booking, amount, booked_at });
    }

    fn reference(&mut self) -> String {
        self.references += 1;
        format!("VP-{}-{}", self.name, self.references)
    }
}

/// The payment and the amount of an order whose key is the payment's id.
fn read(key: &str, body: &[u8]) -> Option<(PaymentId, Money)> {
    let order: Value = serde_json::from_slice(body).ok()?;
    let amount = serde_json::from_value(order["amount"].clone()).ok()?;
    (order["payment_id"] == key).then_some((key.parse().ok()?, amount))
}

fn extend(members: &mut Value, more: Value) {
    let more: Map<String, Value> = serde_json::from_value(more).expect("members");
    members.as_object_mut().expect("members").extend(more);
}
