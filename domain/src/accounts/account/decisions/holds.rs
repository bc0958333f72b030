//! Holds: money set aside, then captured, released or run out.

use super::{Decision, Rules, compliant, covered, fees, fits, not_closed, not_in_future, positive, takes_debits, within_daily_limit};
use crate::{
    Money,
    accounts::{
        BankAccount,
        account::{
            AccountError, AccountEvent, CaptureHold, ExpireHold, Hold, HoldCaptured, HoldEnd, HoldExpired, HoldPlaced, HoldReleased, PlaceHold,
            ReleaseHold,
        },
        entry::EntryDetails,
    },
    ids::HoldId,
};

pub(super) fn place(account: &BankAccount, command: &PlaceHold, rules: Rules) -> Decision {
    let PlaceHold { hold_id, amount, expires_at, aml_verdict, business_date, moment } = *command;
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
    not_in_future(business_date, moment)?;
    if rules == Rules::All {
        if let Some(expires_at) = expires_at.filter(|expires_at| *expires_at <= moment.now) {
            return Err(AccountError::ExpiryInPast { expires_at });
        }
        covered(account, amount, moment)?;
        within_daily_limit(account, amount, business_date)?;
        compliant(amount, aml_verdict)?;
    }
    Ok(vec![AccountEvent::HoldPlaced(HoldPlaced { hold_id, amount, expires_at, business_date, aml_verdict })])
}

/// A capture within the hold was granted when the hold was placed, so a freeze since then does not stop it. What goes beyond the
/// hold is a debit like any other.
pub(super) fn capture(account: &BankAccount, command: CaptureHold, rules: Rules) -> Decision {
    let CaptureHold { hold_id, amount, details, aml_verdict, moment } = command;
    let opening = not_closed(account)?;
    let hold = find(account, hold_id)?.map_err(|status| AccountError::HoldNotActive { hold_id, status })?;
    let amount = positive(amount.unwrap_or(hold.amount), opening.currency)?;
    not_in_future(details.business_date, moment)?;
    let excess = amount.minor().saturating_sub(hold.amount.minor());
    if excess > 0 && rules == Rules::All {
        takes_debits(account, rules)?;
        let excess = Money::from_minor(excess, opening.currency);
        covered(account, excess, moment)?;
        within_daily_limit(account, excess, details.business_date)?;
        compliant(amount, aml_verdict)?;
    }
    fits(account, amount.minor().saturating_neg())?;
    let fee = match rules {
        Rules::All => fees::of_credit(account, excess.saturating_neg(), details.business_date, moment),
        Rules::Structural => None,
    };
    let EntryDetails { business_date, channel, counterparty, reference, description } = details;
    let held = hold.amount;
    let captured = HoldCaptured { hold_id, amount, held, business_date, channel, counterparty, reference, description, aml_verdict };
    Ok([AccountEvent::HoldCaptured(captured)].into_iter().chain(fee).collect())
}

/// Releasing what is free already is nothing new; what was captured cannot be released.
pub(super) fn release(account: &BankAccount, command: &ReleaseHold) -> Decision {
    not_closed(account)?;
    let hold_id = command.hold_id;
    match find(account, hold_id)? {
        Ok(hold) => Ok(vec![AccountEvent::HoldReleased(HoldReleased { hold_id, amount: hold.amount })]),
        Err(HoldEnd::Released | HoldEnd::Expired) => Ok(Vec::new()),
        Err(status @ HoldEnd::Captured) => Err(AccountError::HoldNotActive { hold_id, status }),
    }
}

/// Live, a hold that has run out is recorded before any decision, so what is still there has not.
pub(super) fn expire(account: &BankAccount, command: &ExpireHold) -> Decision {
    not_closed(account)?;
    let hold_id = command.hold_id;
    match find(account, hold_id)? {
        Ok(Hold { amount, expires_at: Some(expires_at), .. }) if *expires_at <= command.moment.now => {
            Ok(vec![AccountEvent::HoldExpired(HoldExpired { hold_id, amount: *amount, expires_at: *expires_at })])
        }
        Ok(hold) => Err(AccountError::HoldNotExpired { hold_id, expires_at: hold.expires_at }),
        Err(HoldEnd::Expired) => Ok(Vec::new()),
        Err(status @ (HoldEnd::Captured | HoldEnd::Released)) => Err(AccountError::HoldNotActive { hold_id, status }),
    }
}

/// The hold, or what became of it.
fn find(account: &BankAccount, hold_id: HoldId) -> Result<Result<&Hold, HoldEnd>, AccountError> {
    match account.holds.iter().find(|hold| hold.hold_id == hold_id) {
        Some(hold) => Ok(Ok(hold)),
        None => account.ended(hold_id).map(Err).ok_or(AccountError::HoldNotFound { hold_id }),
    }
}
