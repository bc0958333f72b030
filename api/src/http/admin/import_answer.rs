//! What an import came to, as the API answers it and the command line sums it up.

use khata_application::import::{GivenOrders, Ordered, Report, Sums};
use khata_domain::{Currency, payments::standing_order::StandingOrderKind};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an import came to. Facts count whether they were taken over now or had been there before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ImportAnswer {
    /// Facts taken in, all kinds together.
    pub(crate) facts: u64,
    /// Of these, facts that were there already.
    pub(crate) already_there: u64,
    /// Of these, facts whose source an earlier line of this import has named: booked once, and in no sum
    /// twice.
    pub(crate) repeated: u64,
    /// Their lines, the first hundred.
    pub(crate) repeated_lines: Vec<u64>,
    /// Events appended now.
    pub(crate) events_appended: u64,
    /// The last position written; 0 if nothing was.
    pub(crate) position: u64,
    /// Customers among the facts.
    pub(crate) customers: u64,
    /// Accounts among the facts.
    pub(crate) accounts: u64,
    /// Signatories among the facts.
    pub(crate) signatories: u64,
    /// Entries among the facts.
    pub(crate) transactions: u64,
    /// Opening balances among the facts.
    pub(crate) opening_balances: u64,
    /// Balances among the facts that the entries had to lead to, and did. They lead to no event, and are
    /// never `already_there`.
    pub(crate) balances_checked: u64,
    /// Loans among the facts.
    pub(crate) loans: u64,
    /// Payments for loans among the facts.
    pub(crate) loan_payments: u64,
    /// Cards among the facts.
    pub(crate) cards: u64,
    /// Standing orders among the facts.
    pub(crate) standing_orders: u64,
    /// Orders among the facts.
    pub(crate) orders: u64,
    /// The lines of these orders.
    pub(crate) order_lines: u64,
    /// Shipments among the facts.
    pub(crate) shipments: u64,
    /// What the entries add up to, by currency.
    pub(crate) sums: Vec<CurrencySums>,
    /// What the loans were together, by currency.
    pub(crate) lent: Vec<LoanSums>,
    /// What the orders come to, by currency.
    pub(crate) ordered: Vec<OrderSums>,
    /// What standing orders pay each time, by currency and by what they are for.
    pub(crate) given: Vec<StandingOrderSums>,
}

/// What the standing orders of one currency pay for one purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct StandingOrderSums {
    /// The currency.
    #[schema(example = "CZK")]
    pub(crate) currency: String,
    /// What they are for.
    #[schema(example = "household")]
    pub(crate) kind: String,
    /// How many there are.
    pub(crate) count: u64,
    /// What all of them pay each time, as a decimal string.
    #[schema(example = "13965417.00")]
    pub(crate) amount: String,
}

/// What the loans of one currency were together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct LoanSums {
    /// The currency.
    #[schema(example = "CZK")]
    pub(crate) currency: String,
    /// All principals, as a decimal string.
    #[schema(example = "103261740.00")]
    pub(crate) principal: String,
}

/// What the orders of one currency come to: decimal strings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct OrderSums {
    /// The currency.
    #[schema(example = "USD")]
    pub(crate) currency: String,
    /// All lines, after their discounts.
    #[schema(example = "1265793.01")]
    pub(crate) items: String,
    /// All shipping charges.
    #[schema(example = "64942.69")]
    pub(crate) shipping: String,
}

/// What the entries of one currency add up to: decimal strings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct CurrencySums {
    /// The currency.
    #[schema(example = "CZK")]
    pub(crate) currency: String,
    /// All credits.
    #[schema(example = "177366296.30")]
    pub(crate) credits: String,
    /// All debits.
    #[schema(example = "138120153.50")]
    pub(crate) debits: String,
    /// All opening balances.
    #[schema(example = "0.00")]
    pub(crate) opening: String,
    /// Opening balances and credits, less debits.
    #[schema(example = "39246142.80")]
    pub(crate) balance: String,
}

impl From<&Report> for ImportAnswer {
    fn from(report: &Report) -> Self {
        Self {
            facts: report.facts,
            already_there: report.already_there,
            repeated: report.repeated,
            repeated_lines: report.repeated_lines.clone(),
            events_appended: report.events_appended,
            position: report.position,
            customers: report.customers,
            accounts: report.accounts,
            signatories: report.signatories,
            transactions: report.transactions,
            opening_balances: report.opening_balances,
            balances_checked: report.balances_checked,
            loans: report.loans,
            loan_payments: report.loan_payments,
            cards: report.cards,
            standing_orders: report.standing_orders,
            orders: report.orders,
            order_lines: report.order_lines,
            shipments: report.shipments,
            sums: report.sums.iter().map(|(currency, sums)| CurrencySums::of(*currency, sums)).collect(),
            lent: report.lent.iter().map(|(currency, minor)| LoanSums::of(*currency, *minor)).collect(),
            ordered: report
                .ordered
                .iter()
                .map(|(currency, ordered)| OrderSums::of(*currency, ordered))
                .collect(),
            given: report
                .given
                .iter()
                .flat_map(|(currency, kinds)| {
                    kinds.iter().map(|(kind, given)| StandingOrderSums::of(*currency, *kind, given))
                })
                .collect(),
        }
    }
}

impl LoanSums {
    fn of(currency: Currency, minor: i128) -> Self {
        Self { currency: currency.to_string(), principal: decimal(minor, currency.digits()) }
    }
}

impl OrderSums {
    fn of(currency: Currency, ordered: &Ordered) -> Self {
        let text = |minor| decimal(minor, currency.digits());
        Self {
            currency: currency.to_string(),
            items: text(ordered.items_minor),
            shipping: text(ordered.shipping_minor),
        }
    }
}

impl StandingOrderSums {
    fn of(currency: Currency, kind: StandingOrderKind, given: &GivenOrders) -> Self {
        Self {
            currency: currency.to_string(),
            kind: kind.name().to_owned(),
            count: given.count,
            amount: decimal(given.amount_minor, currency.digits()),
        }
    }
}

impl CurrencySums {
    fn of(currency: Currency, sums: &Sums) -> Self {
        let text = |minor| decimal(minor, currency.digits());
        Self {
            currency: currency.to_string(),
            credits: text(sums.credits_minor),
            debits: text(sums.debits_minor),
            opening: text(sums.opening_minor),
            balance: text(sums.balance_minor()),
        }
    }
}

/// Sums may be larger than any one amount.
fn decimal(minor: i128, digits: u32) -> String {
    let (sign, units, scale) = (if minor < 0 { "-" } else { "" }, minor.unsigned_abs(), 10_u128.pow(digits));
    match digits as usize {
        0 => format!("{sign}{units}"),
        digits => format!("{sign}{}.{:0digits$}", units / scale, units % scale),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_written_with_their_currencys_digits() {
        let of = |code: &str, credits_minor, debits_minor| {
            CurrencySums::of(code.parse().unwrap(), &Sums { credits_minor, debits_minor, opening_minor: 0 })
        };
        let czk = of("CZK", 5, 150_000);
        assert_eq!(
            (czk.credits.as_str(), czk.debits.as_str(), czk.balance.as_str()),
            ("0.05", "1500.00", "-1499.95")
        );
        assert_eq!(of("JPY", i128::from(i64::MAX) * 10, 0).balance, "92233720368547758070");
        assert_eq!(of("KWD", 1_500, 0).credits, "1.500");
    }
}
