//! The rules of the treasury, one by one, and what always holds.

use super::*;
use crate::{Text, ids::TypedId, testing::given};
use proptest::prelude::*;
use uuid::Uuid;

fn inr(minor: i64) -> Money {
    Money::from_minor(minor, currency())
}

fn currency() -> Currency {
    "INR".parse().unwrap()
}

fn id() -> TreasuryId {
    TreasuryId(currency())
}

fn loan(number: u128) -> LoanId {
    LoanId::from_uuid(Uuid::from_u128(number))
}

fn reason() -> Text<500> {
    Text::fitted("so")
}

fn fund(minor: i64) -> Fund {
    Fund { treasury: id(), amount: inr(minor), reason: None }
}

fn funded(amount: i64, balance: i64) -> TreasuryEvent {
    TreasuryFunded { amount: inr(amount), balance: inr(balance), reason: None }.into()
}

fn reserve(number: u128, minor: i64) -> Reserve {
    Reserve { loan_id: loan(number), amount: inr(minor) }
}

fn reserved(number: u128, amount: i64, available: i64) -> TreasuryEvent {
    FundsReserved { loan_id: loan(number), amount: inr(amount), available: inr(available), limit: None }
        .into()
}

fn short(requested: i64, available: i64) -> TreasuryError {
    TreasuryError::TreasuryShort { requested: inr(requested), available: inr(available) }
}

#[test]
fn money_comes_in_and_what_is_free_goes_out() {
    let treasury = given::<Treasury>([]).when(fund(500)).then([funded(500, 500)]);
    assert_eq!((treasury.balance(), treasury.available()), (Some(inr(500)), Some(inr(500))));
    let take = |minor| TakeOut { treasury: id(), amount: inr(minor), reason: Some(reason()) };
    let past = || [funded(500, 500), reserved(1, 300, 200)];
    let taken = TreasuryWithdrawn { amount: inr(200), balance: inr(300), reason: Some(reason()) };
    given::<Treasury>(past()).when(take(200)).then([taken.into()]);
    given::<Treasury>(past()).when(take(201)).then_refused(short(201, 200));
    given::<Treasury>([]).when(take(1)).then_refused(short(1, 0));
}

#[test]
fn what_is_no_amount_of_its_currency_is_refused() {
    let nothing = inr(0);
    given::<Treasury>([]).when(fund(0)).then_refused(TreasuryError::AmountNotPositive { amount: nothing });
    let dollars = Money::from_minor(5, "USD".parse().unwrap());
    let mismatch = TreasuryError::CurrencyMismatch { amount: dollars, expected: currency() };
    given::<Treasury>([])
        .when(Fund { treasury: id(), amount: dollars, reason: None })
        .then_refused(mismatch.clone());
    given::<Treasury>([funded(500, 500)])
        .when(Reserve { loan_id: loan(1), amount: dollars })
        .then_refused(mismatch);
    given::<Treasury>([funded(i64::MAX, i64::MAX)])
        .when(fund(1))
        .then_refused(TreasuryError::AmountOutOfRange);
}

#[test]
fn a_loan_is_reserved_for_once_and_no_more_than_is_free() {
    let past = || [funded(500, 500), reserved(1, 300, 200)];
    given::<Treasury>([funded(500, 500)]).when(reserve(1, 300)).then([reserved(1, 300, 200)]);
    given::<Treasury>(past()).when(reserve(1, 300)).then_nothing();
    given::<Treasury>(past()).when(reserve(1, 301)).then_refused(TreasuryError::ReservationDiffers {
        loan_id: loan(1),
        requested: inr(301),
        reserved: inr(300),
    });
    given::<Treasury>(past()).when(reserve(2, 201)).then_refused(short(201, 200));
    given::<Treasury>(past()).when(reserve(2, 200)).then([reserved(2, 200, 0)]);
    given::<Treasury>([]).when(reserve(1, 1)).then_refused(short(1, 0));
}

#[test]
fn no_loan_is_reserved_for_beyond_the_limit_of_one() {
    let set = |limit: Option<i64>| SetLimit { treasury: id(), limit: limit.map(inr) };
    let limited = |limit: Option<i64>| -> TreasuryEvent {
        TreasuryLimitSet { currency: currency(), limit: limit.map(inr) }.into()
    };
    given::<Treasury>([]).when(set(Some(100))).then([limited(Some(100))]);
    given::<Treasury>([limited(Some(100))]).when(set(Some(100))).then_nothing();
    given::<Treasury>([limited(Some(100))]).when(set(None)).then([limited(None)]);
    given::<Treasury>([]).when(set(None)).then_nothing();
    given::<Treasury>([]).when(set(Some(-1))).then_refused(TreasuryError::LimitNegative { limit: inr(-1) });
    let past = || [funded(500, 500), limited(Some(100))];
    let held =
        FundsReserved { loan_id: loan(1), amount: inr(100), available: inr(400), limit: Some(inr(100)) };
    given::<Treasury>(past()).when(reserve(1, 100)).then([held.into()]);
    given::<Treasury>(past())
        .when(reserve(1, 101))
        .then_refused(TreasuryError::TreasuryLimitExceeded { requested: inr(101), limit: inr(100) });
}

#[test]
fn what_is_reserved_is_spent_once_or_released() {
    let past = || [funded(500, 500), reserved(1, 300, 200)];
    let spend = |minor| Spend { loan_id: loan(1), amount: inr(minor) };
    let spent = || FundsSpent { loan_id: loan(1), amount: inr(300), balance: inr(200) };
    let treasury = given::<Treasury>(past()).when(spend(300)).then([spent().into()]);
    assert_eq!((treasury.available(), treasury.reservations()), (Some(inr(200)), 0));
    let none = TreasuryError::FundsNotReserved { loan_id: loan(1) };
    given::<Treasury>(past().into_iter().chain([spent().into()])).when(spend(300)).then_refused(none);
    let released = ReservationReleased { loan_id: loan(1), amount: inr(300), reason: reason() };
    let release = || Release { loan_id: loan(1), reason: reason() };
    let treasury = given::<Treasury>(past()).when(release()).then([released.into()]);
    assert_eq!(treasury.available(), Some(inr(500)));
    given::<Treasury>([funded(500, 500)]).when(release()).then_nothing();
}

#[test]
fn what_comes_back_is_reserved_as_before() {
    let spent: TreasuryEvent = FundsSpent { loan_id: loan(1), amount: inr(300), balance: inr(200) }.into();
    let past = || [funded(500, 500), reserved(1, 300, 200), spent.clone()];
    let back = || TakeBack { loan_id: loan(1), amount: inr(300), reason: reason() };
    let returned = FundsReturned { loan_id: loan(1), amount: inr(300), balance: inr(500), reason: reason() };
    let treasury = given::<Treasury>(past()).when(back()).then([returned.into()]);
    assert_eq!((treasury.balance(), treasury.available()), (Some(inr(500)), Some(inr(200))));
    given::<Treasury>([funded(500, 500), reserved(1, 300, 200)]).when(back()).then_refused(
        TreasuryError::ReservationDiffers { loan_id: loan(1), requested: inr(300), reserved: inr(300) },
    );
}

#[test]
fn a_treasury_has_the_name_of_its_currency() {
    assert_eq!("INR".parse(), Ok(id()));
    assert_eq!(id().to_string(), "INR");
    for text in ["inr", "XXXX", "INR ", ""] {
        assert!(text.parse::<TreasuryId>().is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn nothing_is_ever_promised_that_is_not_there(
        deeds in prop::collection::vec((0_u8..7, 0_u128..4, 1_i64..1_000), 0..80),
    ) {
        let mut treasury = Treasury::default();
        let mut balance = 0;
        for (deed, number, minor) in deeds {
            let (loan_id, amount, reason) = (loan(number), inr(minor), reason());
            let command: TreasuryCommand = match deed {
                0 => fund(minor).into(),
                1 => TakeOut { treasury: id(), amount, reason: None }.into(),
                2 => SetLimit { treasury: id(), limit: (number > 0).then_some(amount) }.into(),
                3 => reserve(number, minor).into(),
                4 => Release { loan_id, reason }.into(),
                5 => Spend { loan_id, amount: treasury.reserved_for(loan_id).unwrap_or(amount) }.into(),
                _ => TakeBack { loan_id, amount, reason }.into(),
            };
            let decided = treasury.decide(command, crate::testing::decided_on(crate::testing::TODAY), crate::Rules::All);
            for event in decided.into_iter().flatten() {
                treasury.evolve(&event);
                balance += match &event {
                    TreasuryEvent::TreasuryFunded(event) => event.amount.minor(),
                    TreasuryEvent::FundsReturned(event) => event.amount.minor(),
                    TreasuryEvent::TreasuryWithdrawn(event) => -event.amount.minor(),
                    TreasuryEvent::FundsSpent(event) => -event.amount.minor(),
                    _ => 0,
                };
            }
            prop_assert!(treasury.available_minor() >= 0 && treasury.reserved_minor() >= 0);
            prop_assert_eq!(treasury.balance_minor, balance);
        }
    }
}
