//! Deposits and withdrawals.

use super::{
    Decision, announcement, behind_opening_balance, booked_on, compliant, covered, dated, fees, fits,
    not_closed, positive, takes_debits, tax_reportable, within_daily_limit,
};
use crate::{
    DecisionContext, Money, Rules,
    accounts::{
        BankAccount,
        account::{AccountError, AccountEvent, Deposit, MoneyDeposited, MoneyWithdrawn, Withdraw},
        entry::EntryDetails,
    },
};

pub(super) fn deposit(
    account: &BankAccount,
    command: Deposit,
    at: DecisionContext<'_>,
    rules: Rules,
) -> Decision {
    let Deposit { amount, details } = command;
    let business_date = at.business_date;
    let opening = not_closed(account)?;
    positive(amount, opening.currency)?;
    dated(opening, at, rules)?;
    behind_opening_balance(account, business_date)?;
    fits(account, business_date, amount.minor())?;
    let fee = match rules {
        Rules::All => fees::of_deposit(account, amount, at),
        Rules::Structural => None,
    };
    let EntryDetails { channel, counterparty, reference, description, value_date, payment_id } = details;
    let tax_reportable = tax_reportable(amount);
    let deposited = MoneyDeposited {
        amount,
        business_date,
        channel,
        counterparty,
        reference,
        description,
        tax_reportable,
        value_date,
        payment_id,
    };
    let mut events = Vec::with_capacity(1 + usize::from(fee.is_some()));
    events.push(deposited.into());
    events.extend(fee);
    Ok(events)
}

pub(super) fn withdraw(
    account: &BankAccount,
    command: Withdraw,
    at: DecisionContext<'_>,
    rules: Rules,
) -> Decision {
    let Withdraw { amount, details, aml_verdict } = command;
    let business_date = at.business_date;
    let opening = not_closed(account)?;
    positive(amount, opening.currency)?;
    takes_debits(account, rules)?;
    dated(opening, at, rules)?;
    behind_opening_balance(account, business_date)?;
    let fee = match rules {
        Rules::All => fees::of_debit(account, business_date),
        Rules::Structural => None,
    };
    let fee_minor = fee.as_ref().map_or(0, fees::minor);
    let with_fee = amount.minor().checked_add(fee_minor).ok_or(AccountError::AmountOutOfRange)?;
    if rules == Rules::All {
        covered(account, Money::from_minor(with_fee, opening.currency), business_date, at)?;
        within_daily_limit(account, amount, at)?;
        compliant(amount, aml_verdict)?;
    }
    fits(account, business_date, with_fee.saturating_neg())?;
    let announced = announcement(amount, &details, business_date);
    let booked_on = booked_on(at, rules);
    let EntryDetails { channel, counterparty, reference, description, value_date, payment_id } = details;
    let withdrawn = MoneyWithdrawn {
        amount,
        business_date,
        channel,
        counterparty,
        reference,
        description,
        aml_verdict,
        booked_on,
        value_date,
        payment_id,
    };
    let announced = announced.map(AccountEvent::from);
    Ok(announced.into_iter().chain([withdrawn.into()]).chain(fee).collect())
}
