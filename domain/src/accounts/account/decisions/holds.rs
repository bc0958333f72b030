//! Holds: money set aside, then captured, released or run out.

use super::{
    Decision, behind_opening_balance, booked_on, compliant, covered, dated, enough, fees, fits, not_closed,
    not_too_far_back, positive, takes_debits, within_daily_limit,
};
use crate::{
    DecisionContext, Money, Rules,
    accounts::{
        BankAccount,
        account::{
            AccountError, CaptureHold, ExpireHold, Hold, HoldCaptured, HoldEnd, HoldExpired, HoldPlaced,
            HoldReleased, PlaceHold, ReleaseHold, state::MOST_HOLDS,
        },
        entry::EntryDetails,
    },
    ids::HoldId,
};

pub(super) fn place(
    account: &BankAccount,
    command: PlaceHold,
    at: DecisionContext<'_>,
    rules: Rules,
) -> Decision {
    let PlaceHold { hold_id, amount, expires_at, aml_verdict } = command;
    let opening = not_closed(account)?;
    positive(amount, opening.currency)?;
    if let Some(existing) = account.holds.iter().find(|hold| hold.hold_id == hold_id) {
        let same = existing.amount == amount && existing.expires_at == expires_at;
        return if same { Ok(Vec::new()) } else { Err(AccountError::HoldAlreadyExists { hold_id }) };
    }
    if account.ended(hold_id).is_some() {
        return Err(AccountError::HoldAlreadyExists { hold_id });
    }
    takes_debits(account, rules)?;
    dated(opening, at, rules)?;
    if rules == Rules::All {
        if account.holds.len() >= MOST_HOLDS {
            return Err(AccountError::TooManyHolds { holds: account.holds.len(), maximum: MOST_HOLDS });
        }
        if let Some(expires_at) = expires_at.filter(|expires_at| *expires_at <= at.now) {
            return Err(AccountError::ExpiryInPast { expires_at });
        }
        covered(account, amount, at.business_date, at)?;
        within_daily_limit(account, amount, at)?;
        compliant(amount, aml_verdict)?;
    }
    let (business_date, booked_on) = (at.business_date, booked_on(at, rules));
    Ok(vec![HoldPlaced { hold_id, amount, expires_at, business_date, aml_verdict, booked_on }.into()])
}

/// A capture within the hold was granted when the hold was placed, so a freeze since then does not stop it.
/// What goes beyond the hold is a debit like any other, and so is all of it on the days before the hold.
pub(super) fn capture(
    account: &BankAccount,
    command: CaptureHold,
    at: DecisionContext<'_>,
    rules: Rules,
) -> Decision {
    let CaptureHold { hold_id, amount, details, aml_verdict } = command;
    let opening = not_closed(account)?;
    let hold = find(account, hold_id)?.map_err(|status| AccountError::HoldNotActive { hold_id, status })?;
    let amount = positive(amount.unwrap_or(hold.amount), opening.currency)?;
    dated(opening, at, rules)?;
    let business_date = at.business_date;
    behind_opening_balance(account, business_date)?;
    if rules == Rules::All {
        granted(account, hold, amount, at)?;
        let excess = amount.minor().saturating_sub(hold.amount.minor());
        if excess > 0 {
            within_daily_limit(account, Money::from_minor(excess, opening.currency), at)?;
            compliant(amount, aml_verdict)?;
        }
    }
    fits(account, business_date, amount.minor().saturating_neg())?;
    let fee = match rules {
        Rules::All => fees::of_capture(account, hold, amount, at),
        Rules::Structural => None,
    };
    let (held, booked_on) = (hold.amount, booked_on(at, rules));
    let EntryDetails { channel, counterparty, reference, description, payment_id, .. } = details;
    let captured = HoldCaptured {
        hold_id,
        amount,
        held,
        business_date,
        channel,
        counterparty,
        reference,
        description,
        aml_verdict,
        booked_on,
        payment_id,
    };
    Ok([captured.into()].into_iter().chain(fee).collect())
}

/// The funds suffice for what the hold does not cover: for all of it on the days before the hold, and for the
/// excess since.
fn granted(
    account: &BankAccount,
    hold: &Hold,
    amount: Money,
    at: DecisionContext<'_>,
) -> Result<(), AccountError> {
    let date = at.business_date;
    let excess = amount.minor().saturating_sub(hold.amount.minor());
    if excess > 0 {
        takes_debits(account, Rules::All)?;
    }
    not_too_far_back(account, date)?;
    if let Some(before) = account.least_available_between(date, hold.business_date, at.now) {
        enough(amount, before, at)?;
    }
    if excess > 0 {
        covered(account, Money::from_minor(excess, amount.currency()), date.max(hold.business_date), at)?;
    }
    Ok(())
}

/// Releasing what is free already is nothing new; what was captured cannot be released.
pub(super) fn release(
    account: &BankAccount,
    command: ReleaseHold,
    _: DecisionContext<'_>,
    _: Rules,
) -> Decision {
    not_closed(account)?;
    let hold_id = command.hold_id;
    match find(account, hold_id)? {
        Ok(hold) => Ok(vec![HoldReleased { hold_id, amount: hold.amount }.into()]),
        Err(HoldEnd::Released | HoldEnd::Expired) => Ok(Vec::new()),
        Err(status @ HoldEnd::Captured) => Err(AccountError::HoldNotActive { hold_id, status }),
    }
}

/// Live, a hold that has run out is recorded before any decision, so what is still there has not.
pub(super) fn expire(
    account: &BankAccount,
    command: ExpireHold,
    at: DecisionContext<'_>,
    _: Rules,
) -> Decision {
    not_closed(account)?;
    let hold_id = command.hold_id;
    match find(account, hold_id)? {
        Ok(Hold { amount, expires_at: Some(expires_at), .. }) if *expires_at <= at.now => {
            Ok(vec![HoldExpired { hold_id, amount: *amount, expires_at: *expires_at }.into()])
        }
        Ok(hold) => Err(AccountError::HoldNotExpired { hold_id, expires_at: hold.expires_at }),
        Err(HoldEnd::Expired) => Ok(Vec::new()),
        Err(status @ (HoldEnd::Captured | HoldEnd::Released)) => {
            Err(AccountError::HoldNotActive { hold_id, status })
        }
    }
}

/// The hold, or what became of it.
fn find(account: &BankAccount, hold_id: HoldId) -> Result<Result<&Hold, HoldEnd>, AccountError> {
    match account.holds.iter().find(|hold| hold.hold_id == hold_id) {
        Some(hold) => Ok(Ok(hold)),
        None => account.ended(hold_id).map(Err).ok_or(AccountError::HoldNotFound { hold_id }),
    }
}
