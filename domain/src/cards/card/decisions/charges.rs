//! What the bank charges: interest once a statement period, and fees.

use super::{Decision, debit, not_closed, not_in_future, positive};
use crate::{
    Currency, DecisionContext, Money, Percent, Rules,
    cards::{
        Allocation,
        allocation::Parts,
        card::{
            CardError, CardFeeCharged, CardInterestCharged, ChargeFee, ChargeInterest, CreditCard,
            state::clamp,
        },
    },
};
use rust_decimal::Decimal;

/// A fee takes no more than the available credit.
pub(super) fn charge_fee(
    card: &CreditCard,
    command: ChargeFee,
    at: DecisionContext<'_>,
    rules: Rules,
) -> Decision {
    let ChargeFee { amount, reason } = command;
    let issuance = not_closed(card)?;
    positive(amount, issuance.currency)?;
    let available = card.room_minor(at.now).max(0);
    if i128::from(amount.minor()) > available && rules.all() {
        let available = Money::from_minor(clamp(available), issuance.currency);
        return Err(CardError::InsufficientCredit { requested: amount, available });
    }
    let allocation = debit(card, amount, |charges| Parts { charges, ..Parts::default() })?;
    Ok(vec![CardFeeCharged { amount, reason, allocation, business_date: at.business_date }.into()])
}

/// A twelfth of the yearly rates on what is owed at the end of a day, once in a statement period. It is due
/// whether or not there is room for it in the limit. Interest and fees bear none.
pub(super) fn charge_interest(
    card: &CreditCard,
    command: ChargeInterest,
    at: DecisionContext<'_>,
    _: Rules,
) -> Decision {
    let date = command.date;
    let issuance = not_closed(card)?;
    not_in_future(date, at)?;
    let ledger = &card.ledger;
    if ledger.interest_charged_for() == Some(date) {
        return Ok(Vec::new());
    }
    if let Some(closed_through) = ledger.closed_through().filter(|closed_through| date < *closed_through) {
        return Err(CardError::PeriodClosed { date, closed_through });
    }
    if let Some(charged_for) = ledger.interest_charged_for().filter(|_| ledger.interest_is_charged()) {
        return Err(CardError::InterestAlreadyCharged { charged_for });
    }
    if let Some(earliest) = ledger.known_from().filter(|earliest| date < *earliest) {
        return Err(CardError::DateTooFarBack { date, earliest });
    }
    // Today is not over: it ends, so far, with all that is booked.
    let balance = if date == at.today { ledger.balance() } else { ledger.period_through(date).balance };
    let money = |minor: i64| Money::from_minor(minor, issuance.currency);
    let (purchases, cash) = (money(balance.purchases.max(0)), money(balance.cash.max(0)));
    let purchases_exempt = ledger.purchases_are_exempt(date);
    let bearing = if purchases_exempt { money(0) } else { purchases };
    let (purchase_rate, cash_rate) = (issuance.terms.purchase_rate, issuance.terms.cash_rate);
    let accrued = monthly_interest(&[(bearing, purchase_rate), (cash, cash_rate)]);
    let amount = interest_in_full(&[(bearing, purchase_rate), (cash, cash_rate)], issuance.currency)
        .ok_or(CardError::AmountOutOfRange)?;
    let allocation = match amount.is_positive() {
        true => debit(card, amount, |charges| Parts { charges, ..Parts::default() })?,
        false => Allocation::default(),
    };
    let charged = CardInterestCharged {
        date,
        purchases,
        purchase_rate,
        purchases_exempt,
        cash,
        cash_rate,
        accrued,
        amount,
        allocation,
    };
    Ok(vec![charged.into()])
}

/// A twelfth of the yearly interest on balances, rounded once from the exact fraction: also where 28 digits
/// do not hold it.
pub(crate) fn interest_in_full(balances: &[(Money, Percent)], currency: Currency) -> Option<Money> {
    // 63 bits of balance and 40 of a rate in billionths of a percent.
    let billionths = |rate: Percent| {
        let rate = rate.percent().normalize();
        rate.mantissa().checked_mul(10_i128.pow(9_u32.checked_sub(rate.scale())?))
    };
    let yearly =
        |(balance, rate): &(Money, Percent)| i128::from(balance.minor()).checked_mul(billionths(*rate)?);
    let yearly = balances.iter().try_fold(0_i128, |sum, part| sum.checked_add(yearly(part)?))?;
    Money::of_ratio(yearly, 1_200 * 1_000_000_000, currency).ok()
}

/// A twelfth of the yearly interest on balances, in major units: 3,000 at 19.99 % is 49.975. Divided once, so
/// that it is exact to the last of 28 digits.
pub(crate) fn monthly_interest(balances: &[(Money, Percent)]) -> Decimal {
    let yearly = |(balance, rate): &(Money, Percent)| balance.to_decimal().saturating_mul(rate.percent());
    let yearly = balances.iter().map(yearly).fold(Decimal::ZERO, Decimal::saturating_add);
    (yearly / Decimal::from(1_200)).normalize()
}
