//! Deposits and withdrawals.

use super::{
    Decision, Rules, announcement, behind_opening_balance, booked_on, compliant, covered, dated, fees, fits,
    not_closed, positive, takes_debits, tax_reportable, within_daily_limit,
};
use crate::accounts::{
    BankAccount,
    account::{AccountError, AccountEvent, Deposit, MoneyDeposited, MoneyWithdrawn, Withdraw},
    entry::EntryDetails,
};

pub(super) fn deposit(account: &BankAccount, command: Deposit, rules: Rules) -> Decision {
    let Deposit { amount, details, moment } = command;
    let opening = not_closed(account)?;
    positive(amount, opening.currency)?;
    dated(opening, details.business_date, moment, rules)?;
    behind_opening_balance(account, details.business_date)?;
    fits(account, details.business_date, amount.minor())?;
    let fee = match rules {
        Rules::All => fees::of_deposit(account, amount, details.business_date, moment),
        Rules::Structural => None,
    };
    let EntryDetails { business_date, channel, counterparty, reference, description, value_date } = details;
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
    };
    let mut events = Vec::with_capacity(1 + usize::from(fee.is_some()));
    events.push(AccountEvent::MoneyDeposited(deposited));
    events.extend(fee);
    Ok(events)
}

pub(super) fn withdraw(account: &BankAccount, command: Withdraw, rules: Rules) -> Decision {
    let Withdraw { amount, details, aml_verdict, moment } = command;
    let opening = not_closed(account)?;
    positive(amount, opening.currency)?;
    takes_debits(account, rules)?;
    dated(opening, details.business_date, moment, rules)?;
    behind_opening_balance(account, details.business_date)?;
    let fee = match rules {
        Rules::All => fees::of_debit(account, details.business_date),
        Rules::Structural => None,
    };
    let fee_minor = fee.as_ref().map_or(0, fees::minor);
    let with_fee = amount.minor().checked_add(fee_minor).ok_or(AccountError::AmountOutOfRange)?;
    if rules == Rules::All {
        covered(
            account,
            crate::Money::from_minor(with_fee, opening.currency),
            details.business_date,
            moment,
        )?;
        within_daily_limit(account, amount, details.business_date, moment)?;
        compliant(amount, aml_verdict)?;
    }
    fits(account, details.business_date, with_fee.saturating_neg())?;
    let announced = announcement(amount, &details);
    let booked_on = booked_on(details.business_date, moment, rules);
    let EntryDetails { business_date, channel, counterparty, reference, description, value_date } = details;
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
    };
    Ok(announced.into_iter().chain([AccountEvent::MoneyWithdrawn(withdrawn)]).chain(fee).collect())
}
