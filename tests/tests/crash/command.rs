//! Commands as clients send them at random: valid ones, refused ones, and ones that are already so.

use crate::{bank::Bank, business};
use khata_tests::{Random, Request};
use serde_json::{Value, json};

/// A command, under a label that is its idempotency key and its correlation id.
#[derive(Debug, Clone)]
pub struct Command {
    /// What no other command is called.
    pub label: String,
    pub request: Request,
    /// What it asks for.
    pub kind: Kind,
    /// What it adds to the bank's money if it is done, in minor units.
    pub adds_minor: i64,
}

/// What a command asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A new customer.
    Onboard,
    /// A verdict on a customer.
    Verify { customer: String },
    /// A new account.
    Open,
    /// Money set aside on an account.
    PlaceHold { account: String, hold: String },
    /// The end of a hold.
    EndHold { account: String, hold: String },
    /// A new loan, card or order.
    Begin { collection: &'static str },
    /// Anything else on an account, a loan, a card or an order.
    Entry,
}

/// The most customers and accounts: few enough that clients meet on them.
const MOST_CUSTOMERS: usize = 24;
const MOST_ACCOUNTS: usize = 16;

impl Command {
    /// The next command of a client that knows so much of the bank.
    pub fn draw(bank: &Bank, random: &mut Random, label: String) -> Self {
        let unverified = bank.unverified(random);
        let verified = bank.verified(random);
        let account = bank.account(random);
        match (unverified, verified, account) {
            (None, None, _) => Self::onboard(bank, random, label),
            (_, Some(customer), None) => Self::open(&customer, random, label),
            (Some(customer), None, _) => Self::verify(&customer, random, label),
            (unverified, Some(customer), Some(account)) => match random.below(20) {
                0 if bank.customers() < MOST_CUSTOMERS => Self::onboard(bank, random, label),
                1 => Self::verify(&unverified.unwrap_or(customer), random, label),
                2 if bank.accounts() < MOST_ACCOUNTS => Self::open(&customer, random, label),
                3..=8 => business::draw(bank, &customer, random, label),
                _ => Self::on_account(bank, &account, random, label),
            },
        }
    }

    fn onboard(bank: &Bank, random: &mut Random, label: String) -> Self {
        // Now and then an address that somebody has already: that is refused, and must leave nothing behind.
        let taken = bank.email(random).filter(|_| random.once_in(4));
        let email = taken.unwrap_or_else(|| format!("{label}@example.com"));
        let documents =
            json!([{"type": "passport", "number": format!("P-{label}")}, {"type": "utility_bill"}]);
        let body = json!({"name": "Asha Rao", "email": email, "phone": "+919800000000", "type": "individual", "documents": documents});
        Self::new(label, "/v1/customers".into(), &body, Kind::Onboard, 0)
    }

    fn verify(customer: &str, random: &mut Random, label: String) -> Self {
        let body = if random.once_in(8) {
            json!({"verdict": "rejected", "reasons": ["blurred"]})
        } else {
            json!({"verdict": "verified"})
        };
        Self::new(
            label,
            format!("/v1/customers/{customer}/kyc"),
            &body,
            Kind::Verify { customer: customer.to_owned() },
            0,
        )
    }

    fn open(customer: &str, random: &mut Random, label: String) -> Self {
        let mut body = json!({"customer_id": customer, "account_type": "savings", "currency": "INR"});
        let first = if random.once_in(2) { amount(random) } else { 0 };
        if first > 0 {
            body["initial_deposit"] = money(first);
        }
        Self::new(label, "/v1/accounts".into(), &body, Kind::Open, first)
    }

    fn on_account(bank: &Bank, account: &str, random: &mut Random, label: String) -> Self {
        let minor = amount(random);
        let path = |rest: &str| format!("/v1/accounts/{account}/{rest}");
        let hold = bank.hold(account, random);
        match (random.below(16), hold) {
            (0..=5, _) => Self::new(
                label,
                path("deposits"),
                &json!({"amount": money(minor), "channel": "cash"}),
                Kind::Entry,
                minor,
            ),
            (6..=9, _) => {
                Self::new(label, path("withdrawals"), &json!({"amount": money(minor)}), Kind::Entry, -minor)
            }
            (10, _) => Self::new(label, path("freeze"), &json!({"reason": "a check"}), Kind::Entry, 0),
            (11, _) => Self::new(label, path("unfreeze"), &json!({}), Kind::Entry, 0),
            (12, Some((hold, _))) => {
                let kind = Kind::EndHold { account: account.to_owned(), hold: hold.clone() };
                Self::new(label, path(&format!("holds/{hold}/release")), &json!({}), kind, 0)
            }
            (13, Some((hold, held))) => {
                let part = 1 + random.below(held as u64) as i64;
                let kind = Kind::EndHold { account: account.to_owned(), hold: hold.clone() };
                Self::new(
                    label,
                    path(&format!("holds/{hold}/capture")),
                    &json!({"amount": money(part)}),
                    kind,
                    -part,
                )
            }
            _ => {
                let hold = random.id("hold");
                let kind = Kind::PlaceHold { account: account.to_owned(), hold: hold.clone() };
                Self::new(label, path("holds"), &json!({"hold_id": hold, "amount": money(minor)}), kind, 0)
            }
        }
    }

    pub fn new(label: String, path: String, body: &Value, kind: Kind, adds_minor: i64) -> Self {
        let request = Request::post(path, body).key(&label).header("Khata-Correlation-Id", &label);
        Self { label, request, kind, adds_minor }
    }
}

/// An amount of up to 500.00.
pub fn amount(random: &mut Random) -> i64 {
    1 + random.below(50_000) as i64
}

/// Minor units as the API writes them.
pub fn money(minor: i64) -> Value {
    json!({"amount": format!("{}.{:02}", minor / 100, minor % 100), "currency": "INR"})
}
