//! The rules: who may do what to a bank account, decided on its state and the facts in the command.
//!
//! Each file beside this one decides on a family of commands; here are the list of them all and the guards
//! that they share.

mod controls;
mod entries;
mod fees;
mod holds;
mod interest;
mod opening;
mod reversals;

use super::{
    AccountError, AccountEvent, BankAccount, Hold, Opening, Status,
    command::*,
    event::{HoldExpired, LargeWithdrawalInitiated},
};
use crate::{
    Currency, DecisionContext, Money, Rules, WideMoney,
    accounts::{AmlVerdict, entry::EntryDetails},
    declared::commands,
};
use jiff::civil::Date;

type Decision = Result<Vec<AccountEvent>, AccountError>;

/// A debit above this, in major units, needs an approving verdict against money laundering.
const AML_THRESHOLD: i64 = 200_000;
/// A withdrawal above this, in major units, is announced by an event of its own.
const LARGE_WITHDRAWAL: i64 = 100_000;
/// A credit above this, in major units, is marked for the tax office.
const TAX_THRESHOLD: i64 = 1_000_000;

commands! {
    /// What a bank account can be asked to do.
    pub enum AccountCommand for BankAccount {
        Open in Box => opening::open,
        Deposit => entries::deposit,
        Withdraw => entries::withdraw,
        PlaceHold => holds::place,
        CaptureHold => holds::capture,
        ReleaseHold => holds::release,
        ExpireHold => holds::expire,
        Freeze => controls::freeze,
        Unfreeze => controls::unfreeze,
        SetDailyLimit => controls::set_daily_limit,
        SetOverdraftLimit => controls::set_overdraft_limit,
        AddSignatory => controls::add_signatory,
        RemoveSignatory => controls::remove_signatory,
        AccrueInterest => interest::accrue,
        PostInterest => interest::post,
        ChargeFee => fees::charge,
        ChargeMaintenanceFee => fees::charge_maintenance,
        NotePaymentAttempt => controls::note_payment_attempt,
        ReverseTransaction => reversals::reverse,
        Close => controls::close,
        TakeOverInterest => interest::take_over,
        TakeOverOpeningBalance => opening::take_over_balance,
    }
}

/// The holds that have run out.
pub(super) fn run_out(account: &BankAccount, at: DecisionContext<'_>) -> Vec<AccountEvent> {
    let run_out = account.holds.iter().filter(|hold| !hold.counts_at(at.now));
    let expired = |hold: &Hold| {
        Some(HoldExpired { hold_id: hold.hold_id, amount: hold.amount, expires_at: hold.expires_at? }.into())
    };
    run_out.filter_map(expired).collect()
}

/// The account is there.
fn opened(account: &BankAccount) -> Result<&Opening, AccountError> {
    account.opening().ok_or(AccountError::AccountNotOpen)
}

/// The account is there and not closed.
fn not_closed(account: &BankAccount) -> Result<&Opening, AccountError> {
    let opening = opened(account)?;
    if account.status == Status::Closed { Err(AccountError::AccountClosed) } else { Ok(opening) }
}

/// The account takes debits. History knows no freezing in this sense: what was booked was booked.
fn takes_debits(account: &BankAccount, rules: Rules) -> Result<&Opening, AccountError> {
    let opening = not_closed(account)?;
    match account.status {
        Status::Frozen if rules == Rules::All => {
            Err(AccountError::AccountNotActive { status: account.status })
        }
        Status::Active | Status::Frozen | Status::Closed => Ok(opening),
    }
}

fn in_currency(amount: Money, expected: Currency) -> Result<Money, AccountError> {
    if amount.currency() == expected {
        Ok(amount)
    } else {
        Err(AccountError::CurrencyMismatch { amount, expected })
    }
}

fn positive(amount: Money, currency: Currency) -> Result<Money, AccountError> {
    if amount.is_positive() {
        in_currency(amount, currency)
    } else {
        Err(AccountError::AmountNotPositive { amount })
    }
}

fn not_in_future(date: Date, at: DecisionContext<'_>) -> Result<(), AccountError> {
    if date > at.today { Err(AccountError::DateInFuture { date, today: at.today }) } else { Ok(()) }
}

/// An entry lies in the account's time: not ahead, and not before the opening. History may know entries from
/// before it.
fn dated(opening: &Opening, at: DecisionContext<'_>, rules: Rules) -> Result<(), AccountError> {
    let (date, opened_on) = (at.business_date, opening.opened_on);
    not_in_future(date, at)?;
    if before_opening(opening, date, rules) {
        Err(AccountError::DateBeforeOpening { date, opened_on })
    } else {
        Ok(())
    }
}

/// Whether a day lies before the account's time. History knows no such day.
fn before_opening(opening: &Opening, date: Date, rules: Rules) -> bool {
    rules.all() && date < opening.opened_on
}

/// No entry lies before an opening balance, which holds all that came before it.
fn behind_opening_balance(account: &BankAccount, date: Date) -> Result<(), AccountError> {
    match account.ledger.begins_on() {
        Some(begins_on) if date < begins_on => {
            Err(AccountError::DateBeforeOpeningBalance { date, begins_on })
        }
        _ => Ok(()),
    }
}

/// The day of the decision, where a live debit is dated back behind it.
fn booked_on(at: DecisionContext<'_>, rules: Rules) -> Option<Date> {
    (rules.all() && at.business_date < at.today).then_some(at.today)
}

/// A number of major units in a currency.
fn major(units: i64, currency: Currency) -> Money {
    Money::from_minor(units.saturating_mul(10_i64.pow(currency.digits())), currency)
}

/// Whether an amount goes beyond a threshold in major units.
fn beyond(amount: Money, threshold: i64) -> bool {
    amount.minor() > major(threshold, amount.currency()).minor()
}

/// The balance can be written at the end of the entry's day and of every day since.
fn fits(account: &BankAccount, date: Date, signed_minor: i64) -> Result<(), AccountError> {
    let (reach, signed) = (account.ledger.reach_from(date), i128::from(signed_minor));
    // An entry that leads back from where history went too far is welcome.
    let utmost = if signed < 0 {
        reach.lowest + signed >= i64::MIN.into()
    } else {
        reach.highest + signed <= i64::MAX.into()
    };
    if utmost { Ok(()) } else { Err(AccountError::AmountOutOfRange) }
}

/// The day is known singly, so that a debit dated there can be judged.
fn not_too_far_back(account: &BankAccount, date: Date) -> Result<(), AccountError> {
    match account.ledger.known_from() {
        Some(earliest) if date < earliest => Err(AccountError::DateTooFarBack { date, earliest }),
        _ => Ok(()),
    }
}

/// The funds suffice: now, and at the end of every day from the debit's own on.
fn covered(
    account: &BankAccount,
    requested: Money,
    date: Date,
    at: DecisionContext<'_>,
) -> Result<(), AccountError> {
    not_too_far_back(account, date)?;
    enough(requested, account.least_available(date, at), at)
}

/// The funds of a day suffice.
fn enough(
    requested: Money,
    (date, available): (Date, i128),
    at: DecisionContext<'_>,
) -> Result<(), AccountError> {
    if i128::from(requested.minor()) <= available {
        return Ok(());
    }
    let available = WideMoney::from_minor(available, requested.currency());
    Err(AccountError::InsufficientFunds { requested, available, date: (date < at.today).then_some(date) })
}

/// The limit of the debit's day suffices; and today's, where it is dated back: dating back gives no limit
/// twice.
fn within_daily_limit(
    account: &BankAccount,
    amount: Money,
    at: DecisionContext<'_>,
) -> Result<(), AccountError> {
    let days = [at.business_date].into_iter().chain(booked_on(at, Rules::All));
    for day in days {
        let used = account.ledger.debited_on(day);
        let remaining = (i128::from(account.daily_limit) - used).max(0);
        if i128::from(amount.minor()) > remaining {
            let sum = |minor| WideMoney::from_minor(minor, amount.currency());
            let limit = Money::from_minor(account.daily_limit, amount.currency());
            return Err(AccountError::DailyLimitExceeded {
                requested: amount,
                limit,
                used: sum(used),
                remaining: sum(remaining),
                date: day,
            });
        }
    }
    Ok(())
}

/// The anti-money-laundering rules allow it: a large debit needs an approval, and a rejection also blocks a
/// small one.
fn compliant(amount: Money, verdict: Option<AmlVerdict>) -> Result<(), AccountError> {
    let refused = match verdict {
        Some(AmlVerdict::Approved) => false,
        Some(AmlVerdict::Rejected) => true,
        None => beyond(amount, AML_THRESHOLD),
    };
    if refused {
        Err(AccountError::ComplianceHold { amount, threshold: BankAccount::aml_threshold(amount.currency()) })
    } else {
        Ok(())
    }
}

impl BankAccount {
    /// A debit above this needs an approving verdict against money laundering.
    pub fn aml_threshold(currency: Currency) -> Money {
        major(AML_THRESHOLD, currency)
    }

    /// Whether a withdrawal of so much is announced: then its first event is `LargeWithdrawalInitiated`, its
    /// second the entry.
    pub fn announces_withdrawal(amount: Money) -> bool {
        large(amount).is_some()
    }
}

/// A withdrawal is large.
fn large(amount: Money) -> Option<Money> {
    beyond(amount, LARGE_WITHDRAWAL).then(|| major(LARGE_WITHDRAWAL, amount.currency()))
}

/// A credit must be told to the tax office.
fn tax_reportable(amount: Money) -> bool {
    beyond(amount, TAX_THRESHOLD)
}

/// The announcement of a large withdrawal.
fn announcement(
    amount: Money,
    details: &EntryDetails,
    business_date: Date,
) -> Option<LargeWithdrawalInitiated> {
    large(amount).map(|threshold| LargeWithdrawalInitiated {
        amount,
        threshold,
        business_date,
        channel: details.channel,
        counterparty: details.counterparty.clone(),
    })
}
