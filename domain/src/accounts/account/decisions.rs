//! The rules: who may do what to a bank account, decided on its state and the facts in the command.
//!
//! Each file beside this one decides on a family of commands; here are the order of things and the guards they share.

mod controls;
mod entries;
mod fees;
mod holds;
mod interest;
mod opening;
mod reversals;

use super::{
    AccountCommand, AccountError, AccountEvent, BankAccount, Moment, Opening, Status,
    event::{HoldExpired, LargeWithdrawalInitiated},
    state::clamp,
};
use crate::{Currency, Money, accounts::AmlVerdict, deciding::Rules};
use jiff::civil::Date;

type Decision = Result<Vec<AccountEvent>, AccountError>;

/// A debit above this, in major units, needs an approving verdict against money laundering.
const AML_THRESHOLD: i64 = 200_000;
/// A withdrawal above this, in major units, is announced by an event of its own.
const LARGE_WITHDRAWAL: i64 = 100_000;
/// A credit above this, in major units, is marked for the tax office.
const TAX_THRESHOLD: i64 = 1_000_000;

/// Decides on a command. Holds that have run out are recorded first.
pub(super) fn live(account: &BankAccount, command: AccountCommand) -> Decision {
    let mut events = run_out_holds(account, command.moment());
    if events.is_empty() {
        return decide(account, command, Rules::All);
    }
    let mut without = account.clone();
    events.iter().for_each(|event| without.apply(event));
    events.extend(decide(&without, command, Rules::All)?);
    Ok(events)
}

/// Decides on a historical fact.
pub(super) fn history(account: &BankAccount, command: AccountCommand) -> Decision {
    decide(account, command, Rules::Structural)
}

fn decide(account: &BankAccount, command: AccountCommand, rules: Rules) -> Decision {
    match command {
        AccountCommand::Open(command) => opening::open(account, *command),
        AccountCommand::Deposit(command) => entries::deposit(account, command, rules),
        AccountCommand::Withdraw(command) => entries::withdraw(account, command, rules),
        AccountCommand::PlaceHold(command) => holds::place(account, &command, rules),
        AccountCommand::CaptureHold(command) => holds::capture(account, command, rules),
        AccountCommand::ReleaseHold(command) => holds::release(account, &command),
        AccountCommand::ExpireHold(command) => holds::expire(account, &command),
        AccountCommand::Freeze(command) => controls::freeze(account, command),
        AccountCommand::Unfreeze(_) => controls::unfreeze(account),
        AccountCommand::SetDailyLimit(command) => controls::set_daily_limit(account, &command),
        AccountCommand::SetOverdraftLimit(command) => controls::set_overdraft_limit(account, &command, rules),
        AccountCommand::AddSignatory(command) => controls::add_signatory(account, &command),
        AccountCommand::RemoveSignatory(command) => controls::remove_signatory(account, &command),
        AccountCommand::AccrueInterest(command) => interest::accrue(account, &command),
        AccountCommand::PostInterest(command) => interest::post(account, &command),
        AccountCommand::ChargeFee(command) => fees::charge(account, command, rules),
        AccountCommand::ChargeMaintenanceFee(command) => fees::charge_maintenance(account, &command, rules),
        AccountCommand::ReverseTransaction(command) => reversals::reverse(account, command, rules),
        AccountCommand::Close(command) => controls::close(account, command, rules),
        AccountCommand::TakeOverInterest(command) => interest::take_over(account, &command, rules),
    }
}

fn run_out_holds(account: &BankAccount, moment: Moment) -> Vec<AccountEvent> {
    let run_out = account.holds.iter().filter(|hold| !hold.counts_at(moment.now));
    run_out
        .filter_map(|hold| Some(AccountEvent::HoldExpired(HoldExpired { hold_id: hold.hold_id, amount: hold.amount, expires_at: hold.expires_at? })))
        .collect()
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
        Status::Frozen if rules == Rules::All => Err(AccountError::AccountNotActive { status: account.status }),
        Status::Active | Status::Frozen | Status::Closed => Ok(opening),
    }
}

fn in_currency(amount: Money, expected: Currency) -> Result<Money, AccountError> {
    if amount.currency() == expected { Ok(amount) } else { Err(AccountError::CurrencyMismatch { amount, expected }) }
}

fn positive(amount: Money, currency: Currency) -> Result<Money, AccountError> {
    if amount.is_positive() { in_currency(amount, currency) } else { Err(AccountError::AmountNotPositive { amount }) }
}

fn not_in_future(date: Date, moment: Moment) -> Result<(), AccountError> {
    if date > moment.today { Err(AccountError::DateInFuture { date, today: moment.today }) } else { Ok(()) }
}

/// A number of major units in a currency.
fn major(units: i64, currency: Currency) -> Money {
    Money::from_minor(units.saturating_mul(10_i64.pow(currency.digits())), currency)
}

/// Whether an amount goes beyond a threshold in major units.
fn beyond(amount: Money, threshold: i64) -> bool {
    amount.minor() > major(threshold, amount.currency()).minor()
}

/// The balance after an entry can be written.
fn fits(account: &BankAccount, signed_minor: i64) -> Result<i64, AccountError> {
    account.ledger.balance().checked_add(signed_minor).ok_or(AccountError::AmountOutOfRange)
}

/// The funds suffice.
fn covered(account: &BankAccount, requested: Money, moment: Moment) -> Result<(), AccountError> {
    let available = account.available_minor(moment.now);
    if i128::from(requested.minor()) <= available {
        return Ok(());
    }
    Err(AccountError::InsufficientFunds { requested, available: Money::from_minor(clamp(available), requested.currency()) })
}

/// The day's limit suffices.
fn within_daily_limit(account: &BankAccount, amount: Money, date: Date) -> Result<(), AccountError> {
    if let Some(earliest) = account.ledger.debits_known_from().filter(|earliest| date < *earliest) {
        return Err(AccountError::DateTooFarBack { date, earliest });
    }
    let used = account.ledger.debited_on(date);
    let remaining = (i128::from(account.daily_limit) - used).max(0);
    if i128::from(amount.minor()) <= remaining {
        return Ok(());
    }
    let money = |minor| Money::from_minor(minor, amount.currency());
    Err(AccountError::DailyLimitExceeded {
        requested: amount,
        limit: money(account.daily_limit),
        used: money(clamp(used)),
        remaining: money(clamp(remaining)),
    })
}

/// Money laundering stands not against it: a large debit needs an approval, and a rejection holds for a small one too.
fn compliant(amount: Money, verdict: Option<AmlVerdict>) -> Result<(), AccountError> {
    let refused = match verdict {
        Some(AmlVerdict::Approved) => false,
        Some(AmlVerdict::Rejected) => true,
        None => beyond(amount, AML_THRESHOLD),
    };
    if refused { Err(AccountError::ComplianceHold { amount, threshold: major(AML_THRESHOLD, amount.currency()) }) } else { Ok(()) }
}

impl BankAccount {
    /// Whether a withdrawal of so much is announced: then its first event is `LargeWithdrawalInitiated`, its second the entry.
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
fn announcement(amount: Money, details: &crate::accounts::entry::EntryDetails) -> Option<AccountEvent> {
    let announced = |threshold| LargeWithdrawalInitiated {
        amount,
        threshold,
        business_date: details.business_date,
        channel: details.channel,
        counterparty: details.counterparty.clone(),
    };
    large(amount).map(|threshold| AccountEvent::LargeWithdrawalInitiated(announced(threshold)))
}
