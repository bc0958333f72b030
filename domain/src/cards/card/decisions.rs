//! The rules: what a credit card allows, decided on its state and the facts in the command.
//!
//! Each file beside this one decides on a family of commands; here are the list of them all and the guards
//! that they share.

mod authorizations;
pub(super) mod charges;
mod controls;
mod credits;
mod disputes;
mod issuing;
mod reviews;
pub(super) mod statements;

use super::{
    CardError, CardEvent, CreditCard, Issuance, OpenAuthorization,
    captured::reward,
    command::*,
    event::{AuthorizationExpired, RewardPointsEarned},
    state::CardStatus,
};
use crate::{
    Currency, DecisionContext, Money, Rules,
    cards::{Allocation, allocation::Parts},
    declared::commands,
    ids::AuthorizationId,
};
use jiff::civil::Date;
use rust_decimal::{Decimal, prelude::ToPrimitive};

type Decision = Result<Vec<CardEvent>, CardError>;

commands! {
    /// What a credit card can be asked to do.
    pub enum CardCommand for CreditCard {
        Issue in Box => issuing::issue,
        Activate => issuing::activate,
        Authorize => authorizations::authorize,
        ClearAuthorization => reviews::clear,
        ConfirmFraud => reviews::confirm_fraud,
        Capture => authorizations::capture,
        VoidAuthorization => authorizations::void,
        ExpireAuthorization => authorizations::expire,
        Refund => credits::refund,
        RecordPayment => credits::record_payment,
        PayOutCredit => credits::pay_out,
        CloseStatement => statements::close,
        ChargeInterest => charges::charge_interest,
        ChargeFee => charges::charge_fee,
        RedeemRewards => controls::redeem,
        ChangeLimit => controls::change_limit,
        Block => controls::block,
        Unblock => controls::unblock,
        OpenDispute => disputes::open,
        ResolveDispute => disputes::resolve,
        Close => controls::close,
    }
}

/// The authorisations that have run out.
pub(super) fn run_out(card: &CreditCard, at: DecisionContext<'_>) -> Vec<CardEvent> {
    let run_out = card.open.iter().filter(|open| !open.counts_at(at.now));
    let expired = |open: &OpenAuthorization| {
        let OpenAuthorization { authorization_id, expires_at, .. } = *open;
        AuthorizationExpired { authorization_id, amount: open.request.amount, expires_at }.into()
    };
    run_out.map(expired).collect()
}

/// The card is there.
fn issued(card: &CreditCard) -> Result<&Issuance, CardError> {
    card.issuance().ok_or(CardError::CardNotIssued)
}

/// The card is there and not closed.
fn not_closed(card: &CreditCard) -> Result<&Issuance, CardError> {
    let issuance = issued(card)?;
    if card.closed { Err(CardError::CardClosed) } else { Ok(issuance) }
}

/// The card can be used. History knows no blocks in this sense: what was done was done.
fn active(card: &CreditCard, rules: Rules) -> Result<&Issuance, CardError> {
    let issuance = not_closed(card)?;
    match card.status() {
        status @ (CardStatus::Issued | CardStatus::Blocked) if rules == Rules::All => {
            Err(CardError::CardNotActive { status })
        }
        CardStatus::Issued | CardStatus::Active | CardStatus::Blocked | CardStatus::Closed => Ok(issuance),
    }
}

fn positive(amount: Money, expected: Currency) -> Result<Money, CardError> {
    if !amount.is_positive() {
        return Err(CardError::AmountNotPositive { amount });
    }
    if amount.currency() == expected {
        Ok(amount)
    } else {
        Err(CardError::CurrencyMismatch { amount, expected })
    }
}

pub(super) fn not_in_future(date: Date, at: DecisionContext<'_>) -> Result<(), CardError> {
    if date > at.today { Err(CardError::DateInFuture { date, today: at.today }) } else { Ok(()) }
}

/// How a debit changes the balance: it uses credit up, and what is beyond that is owed as what it is.
fn debit(card: &CreditCard, amount: Money, of: impl FnOnce(i64) -> Parts) -> Result<Allocation, CardError> {
    let credit = card.ledger.balance().credit.clamp(0, amount.minor());
    let parts = Parts { credit, ..of(amount.minor() - credit) };
    booked(card, parts, 1, amount.currency())
}

/// How a credit changes the balance: it lowers the debts in the order given, and what is beyond them is the
/// cardholder's.
fn credit(card: &CreditCard, amount: Money, order: &[Debt]) -> Result<Allocation, CardError> {
    let (mut parts, mut rest) = (Parts::default(), amount.minor());
    lower(&mut parts, card.ledger.balance(), order, &mut rest);
    parts.credit = rest;
    booked(card, parts, -1, amount.currency())
}

/// Lowers debts in an order by what is left of an amount.
fn lower(parts: &mut Parts, balance: Parts, order: &[Debt], rest: &mut i64) {
    for debt in order {
        let owed = debt.of(&balance).saturating_sub(debt.of(parts)).max(0);
        let part = owed.min(*rest);
        *debt.of_mut(parts) += part;
        *rest -= part;
    }
}

/// An allocation, if the books can hold the balance after it.
fn booked(card: &CreditCard, parts: Parts, sign: i64, currency: Currency) -> Result<Allocation, CardError> {
    let before = card.ledger.balance();
    let mut after = before;
    after.change(parts, sign);
    let expected = before.outstanding() + i128::from(sign) * parts.total();
    if after.outstanding() == expected && i64::try_from(expected).is_ok() {
        Ok(Allocation::of(parts, currency))
    } else {
        Err(CardError::AmountOutOfRange)
    }
}

/// A kind of debt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Debt {
    Cash,
    Purchases,
    Charges,
}

impl Debt {
    const fn of(self, parts: &Parts) -> i64 {
        match self {
            Self::Cash => parts.cash,
            Self::Purchases => parts.purchases,
            Self::Charges => parts.charges,
        }
    }

    const fn of_mut(self, parts: &mut Parts) -> &mut i64 {
        match self {
            Self::Cash => &mut parts.cash,
            Self::Purchases => &mut parts.purchases,
            Self::Charges => &mut parts.charges,
        }
    }
}

/// The whole points that a capture fills up, if any.
fn earned(
    card: &CreditCard,
    authorization_id: AuthorizationId,
    amount: Money,
    points_rate: Decimal,
) -> Option<CardEvent> {
    let reward = reward(amount.minor(), amount.currency(), points_rate);
    let points = whole(card.points_fraction.saturating_add(reward));
    (points > 0).then_some(RewardPointsEarned { authorization_id, points }.into())
}

/// The whole points to be taken back where so much was earned: what is more than that stays as a fraction.
fn taken_back(card: &CreditCard, reward: Decimal) -> i64 {
    whole(card.points_fraction.saturating_sub(reward)).saturating_neg()
}

/// The whole points in an exact number of them.
fn whole(points: Decimal) -> i64 {
    points.floor().to_i64().unwrap_or(if points.is_sign_negative() { i64::MIN } else { i64::MAX })
}
