//! Opening: the right product for the customer, on terms that fit each other.

use super::{Decision, fits, in_currency, not_closed, not_in_future, tax_reportable};
use crate::{
    DecisionContext, Money, Rules,
    accounts::{
        BankAccount, Channel, Direction, Terms,
        account::{
            AccountError, AccountEvent, AccountOpened, MoneyDeposited, Open, OpeningBalanceTakenOver,
            TakeOverOpeningBalance,
        },
    },
};

pub(super) fn open(account: &BankAccount, command: Open, at: DecisionContext<'_>, rules: Rules) -> Decision {
    if account.opening().is_some() {
        return Err(AccountError::AccountAlreadyOpen);
    }
    let Open { customer_id, customer_type, opener, account_type, currency, terms, initial_deposit } = command;
    let business_date = at.business_date;
    not_in_future(business_date, at)?;
    if rules.all() {
        currency.in_use_on(business_date)?;
    }
    if account_type.customer_type() != customer_type {
        return Err(AccountError::AccountTypeNotAllowed { account_type, customer_type });
    }
    for amount in amounts(&terms) {
        if in_currency(amount, currency)?.minor() < 0 {
            return Err(AccountError::LimitNegative { limit: amount });
        }
    }
    if terms.overdraft_limit.is_positive() && !account_type.allows_overdraft() {
        return Err(AccountError::OverdraftNotAllowed { account_type });
    }
    let deposit = initial_deposit
        .map(|amount| in_currency(amount, currency))
        .transpose()?
        .filter(|amount| !amount.is_zero());
    if let Some(amount) = deposit.filter(|amount| !amount.is_positive()) {
        return Err(AccountError::AmountNotPositive { amount });
    }
    let opened =
        AccountOpened { customer_id, customer_type, opener, account_type, currency, terms, business_date };
    let paid_in = deposit.map(|amount| {
        AccountEvent::from(MoneyDeposited {
            amount,
            business_date,
            channel: Channel::Internal,
            counterparty: None,
            reference: None,
            description: Some("Initial deposit".into()),
            tax_reportable: tax_reportable(amount),
            value_date: None,
            payment_id: None,
        })
    });
    Ok([opened.into()].into_iter().chain(paid_in).collect())
}

/// What the account held when its history begins: once, and before all entries.
pub(super) fn take_over_balance(
    account: &BankAccount,
    command: TakeOverOpeningBalance,
    at: DecisionContext<'_>,
    rules: Rules,
) -> Decision {
    let balance = command.balance;
    let business_date = at.business_date;
    if rules == Rules::All {
        return Err(AccountError::HistoryOnly);
    }
    let opening = not_closed(account)?;
    in_currency(balance, opening.currency)?;
    if balance.is_zero() {
        return Err(AccountError::AmountNotPositive { amount: balance });
    }
    not_in_future(business_date, at)?;
    if let Some(begins_on) = account.ledger.begins_on() {
        return Err(AccountError::OpeningBalanceExists { begins_on });
    }
    if let Some(earliest) = account.ledger.earliest().filter(|earliest| *earliest < business_date) {
        return Err(AccountError::EntriesBeforeOpeningBalance { date: business_date, earliest });
    }
    let minor = balance.minor().checked_abs().ok_or(AccountError::AmountOutOfRange)?;
    fits(account, business_date, balance.minor())?;
    let direction = if balance.is_positive() { Direction::Credit } else { Direction::Debit };
    let amount = Money::from_minor(minor, opening.currency);
    Ok(vec![OpeningBalanceTakenOver { direction, amount, business_date }.into()])
}

/// All amounts of the terms: limits and fees alike may not be negative.
fn amounts(terms: &Terms) -> impl Iterator<Item = Money> + '_ {
    let bounds = terms.interest.tiers().iter().filter_map(|tier| tier.up_to);
    let fees = terms.maintenance_fee.into_iter().chain(terms.transaction_quota.map(|quota| quota.fee));
    [terms.daily_limit, terms.minimum_balance, terms.overdraft_limit].into_iter().chain(bounds).chain(fees)
}
