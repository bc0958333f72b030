//! Fees: charged by the bank, monthly for the product, and for transactions beyond the free ones.
//!
//! A fee takes no more than what is available, needs no room in the daily limit and no verdict. A frozen account pays none.

use super::{Decision, Rules, covered, fits, not_closed, not_in_future, positive, takes_debits};
use crate::{
    Money,
    accounts::{
        BankAccount, FeeKind, Month,
        account::{AccountEvent, ChargeFee, ChargeMaintenanceFee, FeeCharged, Moment, Opening, Status, state::clamp},
    },
};
use jiff::civil::Date;

pub(super) fn charge(account: &BankAccount, command: ChargeFee, rules: Rules) -> Decision {
    let ChargeFee { amount, kind, reason, business_date, moment } = command;
    book(account, FeeCharged { amount, kind, reason, month: None, due: None, business_date }, moment, rules)
}

/// The product's fee for a month. A product without one, or a month that has been charged, gives no event.
pub(super) fn charge_maintenance(account: &BankAccount, command: &ChargeMaintenanceFee, rules: Rules) -> Decision {
    let ChargeMaintenanceFee { month, business_date, moment } = *command;
    let opening = not_closed(account)?;
    not_in_future(month.first_day(), moment)?;
    let charged = account.maintenance_charged.is_some_and(|charged| month <= charged);
    match opening.terms.maintenance_fee.filter(|fee| fee.is_positive() && !charged) {
        None => Ok(Vec::new()),
        Some(amount) => book(account, maintenance(amount, month, business_date), moment, rules),
    }
}

fn maintenance(amount: Money, month: Month, business_date: Date) -> FeeCharged {
    let reason = format!("Account maintenance {month}");
    FeeCharged { amount, kind: FeeKind::Maintenance, reason, month: Some(month), due: None, business_date }
}

fn book(account: &BankAccount, fee: FeeCharged, moment: Moment, rules: Rules) -> Decision {
    let opening = not_closed(account)?;
    positive(fee.amount, opening.currency)?;
    takes_debits(account, rules)?;
    not_in_future(fee.business_date, moment)?;
    if rules == Rules::All {
        covered(account, fee.amount, moment)?;
    }
    fits(account, fee.amount.minor().saturating_neg())?;
    Ok(vec![AccountEvent::FeeCharged(fee)])
}

/// The fee that a withdrawal brings with it: all of it, the withdrawal must leave room for it.
pub(super) fn of_debit(account: &BankAccount, business_date: Date) -> Option<AccountEvent> {
    let (opening, fee) = due(account, business_date)?;
    Some(transaction_fee(opening, fee, fee, business_date))
}

/// The fee that a credit, or the capture of a hold, brings with it. Neither is refused for its sake: it takes at most what is
/// available afterwards, `change_minor` more than now.
pub(super) fn of_credit(account: &BankAccount, change_minor: i64, business_date: Date, moment: Moment) -> Option<AccountEvent> {
    let (opening, fee) = due(account, business_date)?;
    let available = clamp(account.available_minor(moment.now) + i128::from(change_minor));
    let taken = fee.min(available);
    (taken > 0).then(|| transaction_fee(opening, taken, fee, business_date))
}

/// What a fee event takes, in minor units.
pub(super) fn minor(event: &AccountEvent) -> i64 {
    event.entry().map_or(0, |entry| entry.amount.minor())
}

fn due(account: &BankAccount, business_date: Date) -> Option<(&Opening, i64)> {
    let opening = account.opening()?;
    let quota = opening.terms.transaction_quota?;
    let used_up = account.ledger.transactions_in_month_of(business_date) >= quota.free_per_month;
    let pays = used_up && account.status == Status::Active && quota.fee.is_positive();
    pays.then_some((opening, quota.fee.minor()))
}

fn transaction_fee(opening: &Opening, taken: i64, due: i64, business_date: Date) -> AccountEvent {
    let money = |minor| Money::from_minor(minor, opening.currency);
    let free = opening.terms.transaction_quota.map_or(0, |quota| quota.free_per_month);
    AccountEvent::FeeCharged(FeeCharged {
        amount: money(taken),
        kind: FeeKind::Transaction,
        reason: format!("Transaction beyond the {free} free ones of {}", Month::of(business_date)),
        month: None,
        due: (taken < due).then(|| money(due)),
        business_date,
    })
}
