//! An account as its rules describe it, written apart from the aggregate so that it can judge it: reads
//! stored events one by one and says which of them was not allowed.

use crate::events::StoredEvent;
use khata_domain::Money;
use serde_json::Value;
use std::collections::BTreeMap;

/// One account, as far as money goes. Amounts are minor units.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    pub version: u64,
    /// Credits minus debits.
    pub balance: i64,
    /// How far below zero it may go.
    pub overdraft_limit: i64,
    /// What may be debited in a day.
    pub daily_limit: i64,
    pub minimum_balance: i64,
    /// Money set aside, by hold.
    pub holds: BTreeMap<String, Held>,
    /// What each day took of its limit.
    pub debited: BTreeMap<String, i64>,
    pub frozen: bool,
    pub closed: bool,
}

/// Money set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub amount: i64,
    /// The day whose limit it took its share of.
    pub day: String,
}

impl Ledger {
    /// What can be debited as far as funds go.
    pub fn available(&self) -> i64 {
        self.balance + self.overdraft_limit
            - self.minimum_balance
            - self.holds.values().map(|hold| hold.amount).sum::<i64>()
    }

    /// What a day has left of its limit.
    pub fn left_of_day(&self, day: &str) -> i64 {
        self.daily_limit - self.debited.get(day).copied().unwrap_or_default()
    }

    /// Takes the next event of the account.
    ///
    /// # Errors
    /// Why the event was not allowed where it stands.
    pub fn apply(&mut self, event: &StoredEvent) -> Result<(), String> {
        self.take(event).map_err(|reason| {
            format!("{} version {} ({}): {reason}", event.stream, event.version, event.name())
        })
    }

    fn take(&mut self, event: &StoredEvent) -> Result<(), String> {
        let data = &event.data;
        allowed(event.version == self.version + 1, || format!("follows version {}", self.version))?;
        allowed((self.version == 0) == (event.name() == "account_opened"), || {
            "an account begins with its opening".into()
        })?;
        allowed(!self.closed, || "the account is closed".into())?;
        self.version = event.version;
        match event.name() {
            "account_opened" => {
                self.daily_limit = minor(&data["terms"]["daily_limit"])?;
                self.overdraft_limit = minor(&data["terms"]["overdraft_limit"])?;
                self.minimum_balance = minor(&data["terms"]["minimum_balance"])?;
            }
            "money_deposited" => self.balance += positive(&data["amount"])?,
            "money_withdrawn" => {
                let amount = positive(&data["amount"])?;
                self.debit(amount, &text(data, "business_date")?)?;
                self.balance -= amount;
            }
            "fee_charged" => {
                let amount = positive(&data["amount"])?;
                allowed(amount <= self.available(), || format!("takes {amount} of {}", self.available()))?;
                self.balance -= amount;
            }
            "hold_placed" => {
                let (amount, day) = (positive(&data["amount"])?, text(data, "business_date")?);
                self.debit(amount, &day)?;
                let before = self.holds.insert(text(data, "hold_id")?, Held { amount, day });
                allowed(before.is_none(), || "the hold was there already".into())?;
            }
            "hold_captured" => self.capture(data)?,
            "hold_released" | "hold_expired" => {
                let hold = self.take_hold(data)?;
                *self.debited.entry(hold.day).or_default() -= hold.amount;
            }
            "account_frozen" => self.frozen = true,
            "account_unfrozen" => self.frozen = false,
            "account_closed" => {
                allowed(self.balance == 0 && self.holds.is_empty(), || {
                    format!("closed with {} and {} holds", self.balance, self.holds.len())
                })?;
                self.closed = true;
            }
            "daily_limit_changed" => self.daily_limit = minor(&data["limit"])?,
            "overdraft_limit_changed" => self.overdraft_limit = minor(&data["limit"])?,
            "large_withdrawal_initiated" | "signatory_added" | "signatory_removed" => {}
            other => return Err(format!("{other} was not expected here")),
        }
        allowed(self.balance >= -self.overdraft_limit, || {
            format!("the balance {} is beyond the limit", self.balance)
        })
    }

    fn capture(&mut self, data: &Value) -> Result<(), String> {
        let amount = positive(&data["amount"])?;
        let hold = self.take_hold(data)?;
        allowed(hold.amount == minor(&data["held"])?, || format!("{} was held", hold.amount))?;
        let unused = (hold.amount - amount).max(0);
        *self.debited.entry(hold.day).or_default() -= unused;
        // Within the hold the money was set aside already; what goes beyond it is a debit like any other.
        self.balance -= amount.min(hold.amount);
        let beyond = (amount - hold.amount).max(0);
        if beyond > 0 {
            self.debit(beyond, &text(data, "business_date")?)?;
            self.balance -= beyond;
        }
        Ok(())
    }

    fn debit(&mut self, amount: i64, day: &str) -> Result<(), String> {
        allowed(!self.frozen, || "the account is frozen".into())?;
        allowed(amount <= self.available(), || format!("debits {amount} of {}", self.available()))?;
        allowed(amount <= self.left_of_day(day), || {
            format!("debits {amount} of the {} left of {day}", self.left_of_day(day))
        })?;
        *self.debited.entry(day.to_owned()).or_default() += amount;
        Ok(())
    }

    fn take_hold(&mut self, data: &Value) -> Result<Held, String> {
        let hold_id = text(data, "hold_id")?;
        self.holds.remove(&hold_id).ok_or_else(|| format!("there is no hold {hold_id}"))
    }
}

/// The minor units of an amount as JSON writes it.
///
/// # Errors
/// It is no amount.
pub fn minor(amount: &Value) -> Result<i64, String> {
    serde_json::from_value::<Money>(amount.clone())
        .map(Money::minor)
        .map_err(|error| format!("{amount}: {error}"))
}

fn positive(amount: &Value) -> Result<i64, String> {
    let minor = minor(amount)?;
    allowed(minor > 0, || format!("an amount of {minor}"))?;
    Ok(minor)
}

fn text(data: &Value, member: &str) -> Result<String, String> {
    data[member].as_str().map(str::to_owned).ok_or_else(|| format!("no {member} in {data}"))
}

fn allowed(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn judge(events: &[(&str, Value)]) -> Result<Ledger, String> {
        let zero = json!({"amount": "0.00", "currency": "INR"});
        let terms =
            json!({"daily_limit": rupees("100.00"), "overdraft_limit": zero, "minimum_balance": zero});
        let opened = ("account_opened", json!({"terms": terms}));
        let mut ledger = Ledger::default();
        for (index, (name, data)) in std::iter::once(&opened).chain(events).enumerate() {
            ledger.apply(&StoredEvent {
                event_id: String::new(),
                stream: "bank_account-acc_1".into(),
                version: index as u64 + 1,
                position: 0,
                event_type: format!("bank_account.{name}"),
                schema_version: 1,
                data: data.clone(),
                metadata: Value::Null,
                recorded_at: String::new(),
                hash: String::new(),
            })?;
        }
        Ok(ledger)
    }

    fn rupees(amount: &str) -> Value {
        json!({"amount": amount, "currency": "INR"})
    }

    fn moved(amount: &str) -> Value {
        json!({"amount": rupees(amount), "business_date": "2026-01-02", "hold_id": "hold_1"})
    }

    #[test]
    fn a_legal_history_adds_up() {
        let capture = json!({"amount": rupees("20.00"), "held": rupees("30.00"), "business_date": "2026-01-02", "hold_id": "hold_1"});
        let ledger = judge(&[
            ("money_deposited", moved("90.00")),
            ("money_withdrawn", moved("10.00")),
            ("hold_placed", moved("30.00")),
            ("hold_captured", capture),
        ]);
        let ledger = ledger.unwrap();
        assert_eq!(
            (ledger.balance, ledger.available(), ledger.left_of_day("2026-01-02")),
            (6_000, 6_000, 7_000)
        );
    }

    #[test]
    fn what_the_rules_forbid_is_told() {
        for (events, reason) in [
            (vec![("money_withdrawn", moved("0.01"))], "debits 1 of 0"),
            (
                vec![("money_deposited", moved("200.00")), ("money_withdrawn", moved("100.01"))],
                "left of 2026-01-02",
            ),
            (
                vec![
                    ("money_deposited", moved("50.00")),
                    ("hold_placed", moved("40.00")),
                    ("money_withdrawn", moved("20.00")),
                ],
                "debits 2000 of 1000",
            ),
            (vec![("money_deposited", moved("0.00"))], "an amount of 0"),
            (vec![("hold_released", moved("1.00"))], "there is no hold hold_1"),
            (
                vec![
                    ("account_frozen", json!({})),
                    ("money_deposited", moved("5.00")),
                    ("money_withdrawn", moved("5.00")),
                ],
                "frozen",
            ),
            (vec![("money_deposited", moved("5.00")), ("account_closed", json!({}))], "closed with 500"),
            (vec![("account_closed", json!({})), ("money_deposited", moved("5.00"))], "is closed"),
            (vec![("money_vanished", json!({}))], "not expected"),
        ] {
            let told = judge(&events).unwrap_err();
            assert!(told.contains(reason), "{told} does not say {reason}");
        }
    }
}
