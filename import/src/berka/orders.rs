//! Standing orders: what the rows of order.asc mean to Khata. The file tells no dates; the transactions that paid for an
//! order do, and those always came on one day of the month.

use super::{
    tables::{Operation, Order, OrderSymbol, Transaction},
    words::{source, told},
};
use jiff::{Span, civil::Date};
use khata_application::import::{BusinessTime, Fact, PayeeAbroad, StandingOrderGiven};
use khata_domain::{
    Text,
    payments::{
        HolidayRule, Network,
        standing_order::{DayOfMonth, Rhythm, StandingOrderKind, Until},
    },
};
use rustc_hash::FxHashMap;

/// On this day orders are due that nothing was paid for yet: it is made up, and marked so.
const UNKNOWN_DAY: i8 = 5;

/// The orders, each with its account's owner and what is known of its payments.
#[derive(Debug, Default)]
pub(super) struct OrderBook {
    orders: Vec<Standing>,
    /// By account and payee, of which each order has another pair.
    places: FxHashMap<(u32, String), usize>,
}

#[derive(Debug)]
struct Standing {
    order: Order,
    owner: u32,
    /// When its account was opened.
    opened: Date,
    /// The first and the last day on which it was paid.
    paid: Option<(Date, Date)>,
}

impl OrderBook {
    /// Takes an order in.
    pub(super) fn add(&mut self, order: Order, owner: u32, opened: Date) -> Result<(), String> {
        let pair = (order.account, order.other_account.clone());
        if self.places.insert(pair, self.orders.len()).is_some() {
            return Err(format!("account {} has an order to {} already", order.account, order.other_account));
        }
        self.orders.push(Standing { order, owner, opened, paid: None });
        Ok(())
    }

    /// Notes what a transaction paid for.
    pub(super) fn note(&mut self, row: &Transaction) {
        if row.operation != Operation::TransferOut {
            return;
        }
        let place = self.places.get(&(row.account, row.other_account.clone()));
        if let Some(standing) = place.and_then(|place| self.orders.get_mut(*place)) {
            let first = standing.paid.map_or(row.date, |(first, _)| first);
            standing.paid = Some((first, row.date));
        }
    }

    pub(super) fn len(&self) -> usize {
        self.orders.len()
    }

    /// All of them, as they stand behind the last day that the transactions tell of.
    pub(super) fn given(&self, last_day: Option<Date>) -> Result<Vec<Fact>, String> {
        self.orders.iter().map(|standing| given(standing, last_day)).collect()
    }
}

fn given(standing: &Standing, last_day: Option<Date>) -> Result<Fact, String> {
    let Standing { order, owner, opened, paid } = standing;
    let behind = last_day.map_or(*opened, |day| day.saturating_add(Span::new().days(1))).max(*opened);
    let (day, first_date) = paid.map_or((UNKNOWN_DAY, behind), |(first, _)| (first.day(), first));
    let number = format!("{}/{}", order.other_account, order.bank);
    Ok(Fact::StandingOrderGiven(Box::new(StandingOrderGiven {
        source: source("order", order.id)?,
        effective_at: BusinessTime::Day(paid.map_or(*opened, |(first, _)| first)),
        account: source("account", order.account)?,
        customer: source("client", *owner)?,
        to_account: None,
        external: Some(PayeeAbroad {
            network: Network::VelocityPay,
            iban: None,
            account_number: Some(Text::parse(&number).map_err(told)?),
            name: Text::parse(&format!("Account {number}")).map_err(told)?,
            bic: None,
        }),
        kind: kind(order.symbol),
        amount: order.amount,
        reference: reference(order.symbol).map(Text::parse).transpose().map_err(told)?,
        rhythm: Rhythm::DayOfMonth(DayOfMonth::try_from(day).map_err(told)?),
        first_date,
        until: Until::Ended,
        on_holiday: HolidayRule::SameDay,
        paid_through: paid.map(|(_, last)| last),
        schedule_is_synthetic: paid.is_none(),
    })))
}

fn kind(symbol: OrderSymbol) -> StandingOrderKind {
    match symbol {
        OrderSymbol::None => StandingOrderKind::Other,
        OrderSymbol::Household => StandingOrderKind::Household,
        OrderSymbol::Loan => StandingOrderKind::LoanPayment,
        OrderSymbol::Insurance => StandingOrderKind::Insurance,
        OrderSymbol::Leasing => StandingOrderKind::Leasing,
    }
}

/// The bank's own symbol.
fn reference(symbol: OrderSymbol) -> Option<&'static str> {
    match symbol {
        OrderSymbol::None => None,
        OrderSymbol::Household => Some("SIPO"),
        OrderSymbol::Loan => Some("UVER"),
        OrderSymbol::Insurance => Some("POJISTNE"),
        OrderSymbol::Leasing => Some("LEASING"),
    }
}
