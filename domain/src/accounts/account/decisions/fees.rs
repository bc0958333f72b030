//! Fees: charged by the bank, monthly for the product, and for transactions beyond the free ones.
//!
//! A fee takes no more than what is available, needs no room in the daily limit and no verdict. A frozen
//! account pays none.

use super::{
    Decision, before_opening, behind_opening_balance, covered, dated, fits, not_closed, not_in_future,
    not_too_far_back, positive, takes_debits,
};
use crate::{
    DecisionContext, Money, Rules,
    accounts::{
        BankAccount, FeeKind, Month,
        account::{AccountEvent, ChargeFee, ChargeMaintenanceFee, FeeCharged, Hold, Opening, Status},
    },
};
use jiff::civil::Date;

pub(super) fn charge(
    account: &BankAccount,
    command: ChargeFee,
    at: DecisionContext<'_>,
    rules: Rules,
) -> Decision {
    let ChargeFee { amount, kind, reason, value_date, payment_id } = command;
    let business_date = at.business_date;
    behind_opening_balance(account, business_date)?;
    let fee =
        FeeCharged { amount, kind, reason, month: None, due: None, business_date, value_date, payment_id };
    book(account, fee, at, rules)
}

/// The product's fee for a month. A product without one, or a month that has been charged or that ended
/// before the opening, gives no event.
pub(super) fn charge_maintenance(
    account: &BankAccount,
    command: ChargeMaintenanceFee,
    at: DecisionContext<'_>,
    rules: Rules,
) -> Decision {
    let month = command.month;
    let opening = not_closed(account)?;
    not_in_future(month.first_day(), at)?;
    let charged = account.maintenance_charged.is_some_and(|charged| month <= charged);
    let over = charged || before_opening(opening, month.last_day(), rules);
    match opening.terms.maintenance_fee.filter(|fee| fee.is_positive() && !over) {
        None => Ok(Vec::new()),
        Some(amount) => book(account, maintenance(amount, month, at.business_date), at, rules),
    }
}

fn maintenance(amount: Money, month: Month, business_date: Date) -> FeeCharged {
    let reason = format!("Account maintenance {month}");
    FeeCharged {
        amount,
        kind: FeeKind::Maintenance,
        reason,
        month: Some(month),
        due: None,
        business_date,
        value_date: None,
        payment_id: None,
    }
}

fn book(account: &BankAccount, fee: FeeCharged, at: DecisionContext<'_>, rules: Rules) -> Decision {
    let opening = not_closed(account)?;
    positive(fee.amount, opening.currency)?;
    takes_debits(account, rules)?;
    dated(opening, at, rules)?;
    if rules == Rules::All {
        covered(account, fee.amount, at.business_date, at)?;
    }
    fits(account, at.business_date, fee.amount.minor().saturating_neg())?;
    Ok(vec![fee.into()])
}

/// The fee that a withdrawal brings with it: all of it, the withdrawal must leave room for it.
pub(super) fn of_debit(account: &BankAccount, business_date: Date) -> Option<AccountEvent> {
    let (opening, fee) = due(account, business_date)?;
    Some(transaction_fee(opening, fee, fee, business_date))
}

/// The fee that a deposit brings with it. No deposit is refused for its sake: it takes at most what is
/// available afterwards.
pub(super) fn of_deposit(
    account: &BankAccount,
    amount: Money,
    at: DecisionContext<'_>,
) -> Option<AccountEvent> {
    let due = due(account, at.business_date)?;
    let (_, available) = account.least_available(at.business_date, at);
    at_most(due, available + i128::from(amount.minor()), at.business_date)
}

/// What a payment costs for which money was set aside: that was granted with it.
pub(super) fn of_hold(hold: &Hold, business_date: Date) -> Option<AccountEvent> {
    let (payment_id, fee) = hold.payment_id.zip(hold.fee.filter(|fee| fee.is_positive()))?;
    let ChargeFee { amount, kind, reason, value_date, payment_id } = ChargeFee::of_payment(payment_id, fee);
    let fee =
        FeeCharged { amount, kind, reason, month: None, due: None, business_date, value_date, payment_id };
    Some(fee.into())
}

/// The fee that the capture of a hold brings with it, as that of a deposit. `amount` is all that is taken.
pub(super) fn of_capture(
    account: &BankAccount,
    hold: &Hold,
    amount: Money,
    at: DecisionContext<'_>,
) -> Option<AccountEvent> {
    let business_date = at.business_date;
    let due = due(account, business_date)?;
    let amount = i128::from(amount.minor());
    let (_, since) = account.least_available(business_date.max(hold.business_date), at);
    let since = since - (amount - i128::from(hold.amount.minor()));
    let before = account.least_available_between(business_date, hold.business_date, at.now);
    at_most(due, before.map_or(since, |(_, before)| since.min(before - amount)), business_date)
}

fn at_most((opening, fee): (&Opening, i64), available: i128, business_date: Date) -> Option<AccountEvent> {
    let taken = i64::try_from(available.min(fee.into())).unwrap_or(0);
    (taken > 0).then(|| transaction_fee(opening, taken, fee, business_date))
}

/// What a fee event takes, in minor units.
pub(super) fn minor(event: &AccountEvent) -> i64 {
    event.entry().map_or(0, |entry| entry.amount.minor())
}

/// Where nobody knows any more what was available, nothing is due.
fn due(account: &BankAccount, business_date: Date) -> Option<(&Opening, i64)> {
    not_too_far_back(account, business_date).ok()?;
    let opening = account.opening()?;
    let quota = opening.terms.transaction_quota?;
    let used_up = account.ledger.transactions_in_month_of(business_date) >= quota.free_per_month;
    let pays = used_up && account.status == Status::Active && quota.fee.is_positive();
    pays.then_some((opening, quota.fee.minor()))
}

fn transaction_fee(opening: &Opening, taken: i64, due: i64, business_date: Date) -> AccountEvent {
    let money = |minor| Money::from_minor(minor, opening.currency);
    let free = opening.terms.transaction_quota.map_or(0, |quota| quota.free_per_month);
    let fee = FeeCharged {
        amount: money(taken),
        kind: FeeKind::Transaction,
        reason: format!("Transaction beyond the {free} free ones of {}", Month::of(business_date)),
        month: None,
        due: (taken < due).then(|| money(due)),
        business_date,
        value_date: None,
        payment_id: None,
    };
    fee.into()
}
