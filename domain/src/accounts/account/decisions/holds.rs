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
    ids::{HoldId, PaymentId},
};

pub(super) fn place(
    account: &BankAccount,
    command: PlaceHold,
    at: DecisionContext<'_>,
    rules: Rules,
) -> Decision {
    let PlaceHold { hold_id, amount, expires_at, aml_verdict, payment_id, fee } = command;
    let opening = not_closed(account)?;
    positive(amount, opening.currency)?;
    let debit = amount.minor().saturating_sub(fee.map_or(0, Money::minor));
    let debit = positive(Money::from_minor(debit, opening.currency), opening.currency)?;
    if let Some(existing) = account.holds.iter().find(|hold| hold.hold_id == hold_id) {
        // A payment sets its money aside once: what is there under its name before is not its own.
        let same = [existing.payment_id, payment_id] == [None, None]
            && existing.amount == amount
            && existing.expires_at == expires_at;
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
        within_daily_limit(account, debit, at)?;
        compliant(debit, aml_verdict)?;
    }
    let (business_date, booked_on) = (at.business_date, booked_on(at, rules));
    let placed =
        HoldPlaced { hold_id, amount, expires_at, business_date, aml_verdict, booked_on, payment_id, fee };
    Ok(vec![placed.into()])
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
    in_the_name_of(details.payment_id, hold, rules)?;
    let money = |minor| Money::from_minor(minor, opening.currency);
    let amount = positive(amount.unwrap_or_else(|| money(hold.share_minor())), opening.currency)?;
    let with_fee = amount.checked_add(money(hold.fee_minor())).map_err(|_| AccountError::AmountOutOfRange)?;
    dated(opening, at, rules)?;
    let business_date = at.business_date;
    behind_opening_balance(account, business_date)?;
    if rules == Rules::All {
        granted(account, hold, with_fee, at)?;
        let excess = amount.minor().saturating_sub(hold.share_minor());
        if excess > 0 {
            within_daily_limit(account, money(excess), at)?;
            compliant(amount, aml_verdict)?;
        }
    }
    fits(account, business_date, with_fee.minor().saturating_neg())?;
    let of_payment = fees::of_hold(hold, business_date);
    let of_transaction = match rules {
        Rules::All => fees::of_capture(account, hold, with_fee, at),
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
    Ok([captured.into()].into_iter().chain(of_payment).chain(of_transaction).collect())
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
    rules: Rules,
) -> Decision {
    not_closed(account)?;
    let ReleaseHold { hold_id, payment_id } = command;
    let found = find(account, hold_id)?;
    found.map_or(Ok(()), |hold| in_the_name_of(payment_id, hold, rules))?;
    match found {
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
    rules: Rules,
) -> Decision {
    not_closed(account)?;
    let hold_id = command.hold_id;
    let found = find(account, hold_id)?;
    found.map_or(Ok(()), |hold| in_the_name_of(None, hold, rules))?;
    match found {
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

/// What is set aside for a payment is its alone, and a payment takes nothing that was set aside for others.
fn in_the_name_of(payment_id: Option<PaymentId>, hold: &Hold, rules: Rules) -> Result<(), AccountError> {
    match hold.payment_id {
        owner if owner == payment_id || !rules.all() => Ok(()),
        Some(payment_id) => Err(AccountError::PartOfPayment { payment_id }),
        None => Err(AccountError::HoldNotFound { hold_id: hold.hold_id }),
    }
}

/// The hold, or what became of it.
fn find(account: &BankAccount, hold_id: HoldId) -> Result<Result<&Hold, HoldEnd>, AccountError> {
    match account.holds.iter().find(|hold| hold.hold_id == hold_id) {
        Some(hold) => Ok(Ok(hold)),
        None => account.ended(hold_id).map(Err).ok_or(AccountError::HoldNotFound { hold_id }),
    }
}
