//! What the network knows by itself: which orders it has, what it paid, and what it has to tell of that.

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use khata_application::payments::{Booking, GatewayNotice, Inquired, StatementLine};
use khata_domain::{Money, Text, ids::PaymentId};
use serde_json::Value;
use std::collections::BTreeMap;

/// So long it knows an order again by its key.
const WINDOW: SignedDuration = SignedDuration::from_hours(24);
/// So long it may not know yet what has come.
const NOT_YET: SignedDuration = SignedDuration::from_mins(15);
/// So often it must have denied to know an order before that is sent again.
const DENIALS: u32 = 3;

pub struct Order {
    written: String,
    pub amount: Money,
    taken_at: Timestamp,
    stands: Stands,
}

#[derive(Clone)]
enum Stands {
    InProgress,
    Settled(Text<128>),
    Refused,
}

impl Order {
    /// What it says of it.
    pub fn stands(&self) -> Inquired {
        match &self.stands {
            Stands::InProgress => Inquired::InProgress {},
            Stands::Settled(gateway_reference) => {
                Inquired::Settled { gateway_reference: gateway_reference.clone() }
            }
            Stands::Refused => {
                Inquired::Refused { code: Text::fitted("AC04"), reason: Text::fitted("closed") }
            }
        }
    }
}

/// A notice, and whether it was taken.
pub struct Notice {
    pub payment_id: PaymentId,
    pub notice: GatewayNotice,
    pub is_taken: bool,
}

#[derive(Default)]
pub struct Ledger {
    pub orders: BTreeMap<PaymentId, Order>,
    /// What is on its way, and when it arrives.
    pub travelling: Vec<(Timestamp, PaymentId, String)>,
    pub lines: Vec<StatementLine>,
    pub notices: Vec<Notice>,
    pub breaches: Vec<String>,
    /// How often it denied to know an order since that left for it.
    denials: BTreeMap<PaymentId, u32>,
    references: u64,
}

impl Ledger {
    /// An order leaves for it, or may have.
    pub fn leave(&mut self, payment_id: PaymentId) {
        if self.denials.insert(payment_id, 0).is_some_and(|denials| denials < DENIALS) {
            self.breaches.push(format!("{payment_id} was sent again, and nobody had asked before"));
        }
    }

    /// An order is there.
    pub fn take(&mut self, payment_id: PaymentId, written: &str, chance: u64, now: Timestamp) {
        if let Some(order) = self.orders.get(&payment_id) {
            if order.written != written {
                self.breaches.push(format!("{payment_id} came again with other bytes"));
            }
            if now.duration_since(order.taken_at) <= WINDOW {
                return;
            }
        }
        let ordered: Value = serde_json::from_str(written).unwrap();
        let amount = serde_json::from_value(ordered["amount"].clone()).unwrap();
        let (written, stands) = (written.to_owned(), Stands::InProgress);
        self.orders.insert(payment_id, Order { written, amount, taken_at: now, stands });
        match chance {
            0..=5 => self.settle(payment_id, now),
            6..=7 => self.refuse(payment_id),
            _ => self.tell(payment_id, GatewayNotice::InProgress),
        }
    }

    /// What it answers when asked. It may not know yet what came just now, where the instant is told.
    pub fn inquired(&mut self, payment_id: PaymentId, amount: Money, now: Option<Timestamp>) -> Inquired {
        let is_new = |order: &&Order| now.is_some_and(|now| now.duration_since(order.taken_at) < NOT_YET);
        match self.orders.get(&payment_id).filter(|order| !is_new(order)) {
            Some(order) => {
                assert_eq!(order.amount, amount, "{payment_id} was asked for by another amount");
                order.stands()
            }
            None => {
                self.denials.entry(payment_id).and_modify(|denials| *denials += 1);
                Inquired::NotFound {}
            }
        }
    }

    pub fn statement(&self, day: Date) -> Vec<StatementLine> {
        let of_day = |line: &&StatementLine| line.booked_at.to_zoned(TimeZone::UTC).date() == day;
        self.lines.iter().filter(of_day).cloned().collect()
    }

    /// How much it has paid for a payment, each time.
    pub fn paid(&self, payment_id: PaymentId) -> Vec<Money> {
        let of_it =
            |line: &&StatementLine| line.payment_id == Some(payment_id) && line.booking == Booking::Paid;
        self.lines.iter().filter(of_it).map(|line| line.amount).collect()
    }

    pub fn finish(&mut self, pays: bool, now: Timestamp) {
        let open = self.orders.iter().filter(|(_, order)| matches!(order.stands, Stands::InProgress));
        for payment_id in open.map(|(payment_id, _)| *payment_id).collect::<Vec<_>>() {
            if pays { self.settle(payment_id, now) } else { self.refuse(payment_id) }
        }
    }

    /// Gives back a part of what it has paid.
    pub fn give_back(&mut self, payment_id: PaymentId, now: Timestamp) {
        let is_back = self
            .lines
            .iter()
            .any(|line| line.payment_id == Some(payment_id) && line.booking == Booking::Returned);
        let Some(amount) = self.paid(payment_id).first().copied().filter(|_| !is_back) else { return };
        let amount = Money::from_minor(amount.minor() / 2, amount.currency());
        let gateway_reference = self.book(Some(payment_id), Booking::Returned, amount, now);
        let reason = Text::fitted("the account is closed");
        self.tell(payment_id, GatewayNotice::Returned { gateway_reference, amount, reason });
    }

    fn settle(&mut self, payment_id: PaymentId, now: Timestamp) {
        let amount = self.orders[&payment_id].amount;
        let gateway_reference = self.book(Some(payment_id), Booking::Paid, amount, now);
        self.stand(payment_id, Stands::Settled(gateway_reference.clone()));
        self.tell(payment_id, GatewayNotice::Settled { gateway_reference, amount });
    }

    fn refuse(&mut self, payment_id: PaymentId) {
        self.stand(payment_id, Stands::Refused);
        let (code, reason) = (Text::fitted("AC04"), Text::fitted("closed"));
        self.tell(payment_id, GatewayNotice::Refused { code, reason });
    }

    fn stand(&mut self, payment_id: PaymentId, stands: Stands) {
        self.orders.get_mut(&payment_id).expect("an order").stands = stands;
    }

    fn tell(&mut self, payment_id: PaymentId, notice: GatewayNotice) {
        self.notices.push(Notice { payment_id, notice, is_taken: false });
    }

    /// Books something, and gives its name.
    pub fn book(
        &mut self,
        payment_id: Option<PaymentId>,
        booking: Booking,
        amount: Money,
        booked_at: Timestamp,
    ) -> Text<128> {
        self.references += 1;
        let gateway_reference: Text<128> = Text::fitted(&format!("VP-{}", self.references));
        let line = StatementLine {
            payment_id,
            gateway_reference: gateway_reference.clone(),
            booking,
            amount,
            booked_at,
        };
        self.lines.push(line);
        gateway_reference
    }
}
