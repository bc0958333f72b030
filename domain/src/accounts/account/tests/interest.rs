//! Interest: calculated by the day, adjusted after entries dated back, paid out by the month.

use super::*;
use crate::{
    Percent,
    accounts::{InterestRates, Month, RateTier},
};
use rust_decimal::Decimal;

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn month(text: &str) -> Month {
    text.parse().unwrap()
}

const FEBRUARY_1: Date = date(2026, 2, 1);
const FEBRUARY_2: Date = date(2026, 2, 2);
const FEBRUARY_28: Date = date(2026, 2, 28);
const MARCH_1: Date = date(2026, 3, 1);

fn accrue(date: Date) -> AccountCommand {
    AccountCommand::AccrueInterest(AccrueInterest { date })
}

fn day(date: Date, balance: &str, rate: &str, amount: &str) -> InterestAccrued {
    InterestAccrued { date, balance: inr(balance), rate: rate.parse().unwrap(), amount: decimal(amount) }
}

fn accrued(date: Date, balance: &str, rate: &str, amount: &str) -> AccountEvent {
    AccountEvent::InterestAccrued(day(date, balance, rate, amount))
}

fn adjusted(amount: &str, days: Vec<InterestAccrued>) -> AccountEvent {
    let (from, to) = (days[0].date, days[days.len() - 1].date);
    AccountEvent::InterestAdjusted(InterestAdjusted { from, to, amount: decimal(amount), days })
}

fn post(of: &str) -> AccountCommand {
    PostInterest { month: month(of), missing_days: MissingDays::Accept }.into()
}

fn posted(of: &str, through: Date, accrued: &str, amount: &str, residual: &str) -> AccountEvent {
    AccountEvent::InterestPosted(InterestPosted {
        month: month(of),
        through,
        accrued: decimal(accrued),
        amount: inr(amount),
        residual: decimal(residual),
        business_date: through,
        tax_reportable: false,
        days: None,
        missing_days: None,
        value_date: None,
    })
}

/// A posting that tells how many days it paid and how many nobody calculated.
fn of_days(days: u32, missing_days: u32, event: AccountEvent) -> AccountEvent {
    let AccountEvent::InterestPosted(posted) = event else { unreachable!() };
    AccountEvent::InterestPosted(InterestPosted {
        days: Some(days),
        missing_days: Some(missing_days),
        ..posted
    })
}

fn account(events: impl IntoIterator<Item = AccountEvent>) -> Given<BankAccount> {
    given([opened(AccountType::Savings)].into_iter().chain(events))
}

/// What an account earns on a day, in words: decides and takes the only event.
fn earned(terms: Terms, balance: &str, date: Date) -> InterestAccrued {
    let events = given([opened_on(date, AccountType::Savings, terms), deposited_on(date, balance)])
        .state()
        .decide(accrue(date), now(), Rules::All)
        .unwrap();
    match &events[..] {
        [AccountEvent::InterestAccrued(event)] => event.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_day_earns_the_rate_over_365_of_its_closing_balance() {
    // 10,000 x 2 % / 365 = 0.54794520547…
    account([deposited_on(FEBRUARY_1, "10000")]).when(accrue(FEBRUARY_1)).then([accrued(
        FEBRUARY_1,
        "10000",
        "2",
        "0.547945205",
    )]);
    // A leap year has 365 days here, too.
    let terms = terms(AccountType::Savings);
    assert_eq!(earned(terms.clone(), "10000", date(2024, 2, 29)).amount, decimal("0.547945205"));
    // 36.50 x 2 % / 365 = 0.002 exactly; 0.01 x 2 % / 365 = 0.000000547945…
    assert_eq!(earned(terms.clone(), "36.50", FEBRUARY_1).amount, decimal("0.002"));
    assert_eq!(earned(terms, "0.01", FEBRUARY_1).amount, decimal("0.000000548"));
}

#[test]
fn a_day_is_rounded_half_to_even_at_nine_decimals() {
    // 0.73 at 0.000025 % or 0.000075 % gives exactly 0.5 and 1.5 billionths.
    for (rate, expected) in [("0.000025", "0"), ("0.000075", "0.000000002")] {
        let terms =
            Terms { interest: InterestRates::flat(rate.parse().unwrap()), ..terms(AccountType::Savings) };
        assert_eq!(earned(terms, "0.73", FEBRUARY_1).amount, decimal(expected), "{rate}");
    }
}

#[test]
fn the_balance_of_a_day_is_what_its_end_saw() {
    let past =
        [deposited_on(FEBRUARY_1, "100"), withdrawn_on(FEBRUARY_1, "40"), deposited_on(FEBRUARY_2, "1000")];
    account(past.clone()).when(accrue(FEBRUARY_1)).then([accrued(FEBRUARY_1, "60", "2", "0.003287671")]);
    account(past).when(accrue(MARCH_1)).then([accrued(MARCH_1, "1060", "2", "0.058082192")]);
}

#[test]
fn holds_earn_and_debts_do_not() {
    account([deposited_on(FEBRUARY_1, "36.50"), held(1, "36.50", None)])
        .when(accrue(TODAY))
        .then([accrued(TODAY, "36.50", "2", "0.002")]);
    account([withdrawn_on(FEBRUARY_1, "500")])
        .when(accrue(FEBRUARY_1))
        .then([accrued(FEBRUARY_1, "-500", "2", "0")]);
}

#[test]
fn tiers_give_their_rate_to_the_whole_balance() {
    let tier =
        |up_to: Option<&str>, rate: &str| RateTier { up_to: up_to.map(inr), rate: rate.parse().unwrap() };
    let tiers = vec![tier(Some("1000"), "0.5"), tier(Some("10000"), "1.5"), tier(None, "2.5")];
    let terms = Terms { interest: InterestRates::try_tiered(tiers).unwrap(), ..terms(AccountType::Savings) };
    for (balance, rate, amount) in [
        ("730", "0.5", "0.01"),
        ("1000", "0.5", "0.01369863"),
        ("1000.01", "1.5", "0.041096301"),
        ("7300", "1.5", "0.3"),
        ("10000", "1.5", "0.410958904"),
        ("10000.01", "2.5", "0.684932192"),
    ] {
        let event = earned(terms.clone(), balance, FEBRUARY_1);
        assert_eq!(
            (event.rate, event.amount),
            (rate.parse::<Percent>().unwrap(), decimal(amount)),
            "{balance}"
        );
    }
}

#[test]
fn a_day_is_calculated_once() {
    let past = [deposited_on(FEBRUARY_1, "36.50"), accrued(FEBRUARY_1, "36.50", "2", "0.002")];
    account(past.clone()).when(accrue(FEBRUARY_1)).then_nothing();
    account(past).when(accrue(FEBRUARY_2)).then([accrued(FEBRUARY_2, "36.50", "2", "0.002")]);
}

#[test]
fn a_day_of_a_posted_month_is_not_calculated_again() {
    account([deposited_on(FEBRUARY_1, "36.50"), posted("2026-02", FEBRUARY_28, "0", "0", "0")])
        .when(accrue(FEBRUARY_2))
        .then_nothing();
}

#[test]
fn no_day_ahead_is_calculated() {
    savings("1")
        .when(accrue(TOMORROW))
        .then_refused(AccountError::DateInFuture { date: TOMORROW, today: TODAY });
}

#[test]
fn a_frozen_account_earns_and_a_closed_one_does_not() {
    account([deposited_on(FEBRUARY_1, "36.50"), frozen()])
        .when(accrue(FEBRUARY_1))
        .then([accrued(FEBRUARY_1, "36.50", "2", "0.002")]);
    account([closed()]).when(accrue(FEBRUARY_1)).then_refused(AccountError::AccountClosed);
    account([closed()]).when(post("2026-02")).then_refused(AccountError::AccountClosed);
}

#[test]
fn an_entry_dated_back_makes_the_next_calculation_adjust_the_days_it_changes() {
    let past = [
        deposited_on(FEBRUARY_1, "36.50"),
        accrued(FEBRUARY_1, "36.50", "2", "0.002"),
        accrued(FEBRUARY_2, "36.50", "2", "0.002"),
        deposited_on(FEBRUARY_2, "73"),
    ];
    let adjustment = adjusted("0.004", vec![day(FEBRUARY_2, "109.50", "2", "0.006")]);
    account(past.clone())
        .when(accrue(MARCH_1))
        .then([adjustment.clone(), accrued(MARCH_1, "109.50", "2", "0.006")]);
    let adjusted_once = past.into_iter().chain([adjustment]);
    account(adjusted_once).when(accrue(MARCH_1)).then([accrued(MARCH_1, "109.50", "2", "0.006")]);
}

#[test]
fn a_withdrawal_dated_back_takes_interest_away() {
    let past = [
        deposited_on(FEBRUARY_1, "109.50"),
        accrued(FEBRUARY_1, "109.50", "2", "0.006"),
        accrued(FEBRUARY_2, "109.50", "2", "0.006"),
        withdrawn_on(FEBRUARY_1, "73"),
    ];
    let adjustment = adjusted(
        "-0.008",
        vec![day(FEBRUARY_1, "36.50", "2", "0.002"), day(FEBRUARY_2, "36.50", "2", "0.002")],
    );
    let state = account(past)
        .when(post("2026-02"))
        .then([adjustment, of_days(2, 57, posted("2026-02", FEBRUARY_28, "0.004", "0", "0.004"))]);
    assert_eq!(state.accrued_interest(), decimal("0.004"));
}

#[test]
fn an_entry_dated_before_a_posted_month_adjusts_the_current_one_only() {
    let past = [
        deposited_on(FEBRUARY_1, "36.50"),
        accrued(FEBRUARY_1, "36.50", "2", "0.002"),
        posted("2026-02", FEBRUARY_28, "0.002", "0", "0.002"),
        accrued(MARCH_1, "36.50", "2", "0.002"),
        deposited_on(FEBRUARY_2, "73"),
    ];
    let adjustment = adjusted("0.004", vec![day(MARCH_1, "109.50", "2", "0.006")]);
    let state = account(past).when(accrue(TODAY)).then([adjustment, accrued(TODAY, "109.50", "2", "0.006")]);
    assert_eq!(state.accrued_interest(), decimal("0.014"));
}

#[test]
fn posting_rounds_half_to_even_and_carries_the_rest() {
    for (sum, amount, residual) in
        [("0.005", "0", "0.005"), ("0.015", "0.02", "-0.005"), ("1.2345", "1.23", "0.0045"), ("7", "7", "0")]
    {
        let past = [deposited_on(FEBRUARY_1, "36.50"), accrued(FEBRUARY_1, "36.50", "2", sum)];
        let state = account(past).state();
        let events = state.decide(post("2026-02"), now(), Rules::All).unwrap();
        let AccountEvent::InterestPosted(event) = &events[events.len() - 1] else { panic!("{events:?}") };
        // The day above was never calculated so; an adjustment puts it right before it is paid.
        assert_eq!(event.accrued, decimal("0.002"), "{sum}");
        let state = account([posted("2026-01", date(2026, 1, 31), sum, "0", sum)]).state();
        let events = state.decide(post("2026-02"), now(), Rules::All).unwrap();
        assert_eq!(events, [of_days(0, 28, posted("2026-02", FEBRUARY_28, sum, amount, residual))], "{sum}");
    }
}

#[test]
fn posted_interest_is_money_on_the_account() {
    let past = [
        deposited_on(FEBRUARY_1, "365000"),
        accrued(FEBRUARY_1, "365000", "2", "20"),
        accrued(FEBRUARY_2, "365000", "2", "20"),
    ];
    let state = account(past).when(post("2026-02")).then([of_days(
        2,
        57,
        posted("2026-02", FEBRUARY_28, "40", "40", "0"),
    )]);
    assert_eq!((state.balance(), state.accrued_interest()), (sum("365040"), decimal("0")));
    let accrued_later = state.decide(accrue(MARCH_1), now(), Rules::All).unwrap();
    assert_eq!(accrued_later, [accrued(MARCH_1, "365040", "2", "20.002191781")]);
}

#[test]
fn a_month_is_posted_once_even_if_there_was_nothing_to_post() {
    let state = savings("1").when(post("2026-02")).then([of_days(
        0,
        59,
        posted("2026-02", FEBRUARY_28, "0", "0", "0"),
    )]);
    for repeated in ["2026-02", "2026-01"] {
        assert_eq!(state.decide(post(repeated), now(), Rules::All), Ok(vec![]));
    }
}

#[test]
fn a_residual_below_zero_takes_no_money_back() {
    let past = [posted("2026-01", date(2026, 1, 31), "0.015", "0.02", "-0.005")];
    account(past).when(post("2026-02")).then([of_days(
        0,
        28,
        posted("2026-02", FEBRUARY_28, "-0.005", "0", "-0.005"),
    )]);
}

#[test]
fn a_month_that_is_not_over_is_posted_up_to_the_last_day_calculated() {
    let past = [deposited_on(FEBRUARY_1, "365000"), accrued(MARCH_1, "365000", "2", "20")];
    let expected = AccountEvent::InterestPosted(InterestPosted {
        month: month("2026-03"),
        through: MARCH_1,
        accrued: decimal("20"),
        amount: inr("20"),
        residual: decimal("0"),
        business_date: TODAY,
        tax_reportable: false,
        days: Some(1),
        missing_days: Some(59),
        value_date: None,
    });
    let state = account(past).when(post("2026-03")).then([expected]);
    assert_eq!(state.decide(post("2026-03"), now(), Rules::All), Ok(vec![]));
    // The rest of the month can still be calculated; the interest paid today earns from today on.
    assert_eq!(
        state.decide(accrue(YESTERDAY), now(), Rules::All),
        Ok(vec![accrued(YESTERDAY, "365000", "2", "20")])
    );
    assert_eq!(
        state.decide(accrue(TODAY), now(), Rules::All),
        Ok(vec![accrued(TODAY, "365020", "2", "20.00109589")])
    );
    account([deposited_on(FEBRUARY_1, "365000")]).when(post("2026-03")).then_nothing();
}

#[test]
fn no_month_ahead_is_posted() {
    let refusal = AccountError::DateInFuture { date: date(2026, 4, 1), today: TODAY };
    savings("1").when(post("2026-04")).then_refused(refusal);
}

#[test]
fn large_interest_is_marked_for_the_tax_office() {
    let past = [posted("2026-01", date(2026, 1, 31), "0", "0", "1000000.01")];
    let events = account(past).state().decide(post("2026-02"), now(), Rules::All).unwrap();
    assert!(matches!(&events[..], [AccountEvent::InterestPosted(event)] if event.tax_reportable));
}

#[test]
fn a_closing_balance_beyond_64_bits_that_an_older_log_may_hold_is_not_falsified() {
    let past = [
        deposited_on(FEBRUARY_1, "90000000000000000"),
        withdrawn_on(FEBRUARY_2, "90000000000000000"),
        deposited_on(FEBRUARY_1, "90000000000000000"),
    ];
    account(past).when(accrue(FEBRUARY_1)).then_refused(AccountError::AmountOutOfRange);
}

#[test]
fn the_book_forgets_days_that_are_posted_but_for_recent_ones() {
    let days =
        || (0..120).map(|offset| date(2025, 10, 1).checked_add(jiff::Span::new().days(offset)).unwrap());
    let entries = days()
        .flat_map(|on| [deposited_on(on, "10"), withdrawn_on(on, "1"), accrued(on, "9", "2", "0.0005")]);
    let opened = opened_on(date(2025, 10, 1), AccountType::Savings, terms(AccountType::Savings));
    let state = given([opened].into_iter().chain(entries).chain([posted(
        "2026-01",
        date(2026, 1, 31),
        "0.06",
        "0.06",
        "0",
    )]))
    .state();
    let debit = |on| state.decide(withdraw("1"), dated(on), Rules::All);
    // 92 days before 31 January.
    let earliest = date(2025, 10, 31);
    assert_eq!(
        debit(date(2025, 10, 30)),
        Err(AccountError::DateTooFarBack { date: date(2025, 10, 30), earliest })
    );
    assert_eq!(debit(earliest), Ok(vec![dated_back(earliest, "1")]));
    assert_eq!(state.daily_limit_used(earliest), sum("1"));
    assert_eq!(state.accrued_interest(), decimal("0"));
}

#[test]
fn a_posting_tells_how_many_days_it_paid_and_how_many_nobody_calculated_or_is_refused() {
    let strict = |of: &str| PostInterest { month: month(of), missing_days: MissingDays::Refuse };
    let february = |gap: &[i8]| {
        let days =
            (1..=28).filter(|day| !gap.contains(day)).map(|day| accrued(date(2026, 2, day), "0", "2", "0"));
        account(
            [posted("2026-01", date(2026, 1, 31), "0", "0", "0")].into_iter().chain(days.collect::<Vec<_>>()),
        )
    };
    let of = |days, missing| of_days(days, missing, posted("2026-02", FEBRUARY_28, "0", "0", "0"));
    february(&[]).when(strict("2026-02")).then([of(28, 0)]);
    february(&[15]).when(post("2026-02")).then([of(27, 1)]);
    for (gap, count, first) in [(&[15_i8][..], 1, 15), (&[1, 2], 2, 1), (&[28], 1, 28), (&[3, 9, 28], 3, 3)] {
        let refusal = AccountError::DaysMissing { count, first: date(2026, 2, first), through: FEBRUARY_28 };
        february(gap).when(strict("2026-02")).then_refused(refusal);
    }
    let refusal = AccountError::DaysMissing { count: 59, first: date(2026, 1, 1), through: FEBRUARY_28 };
    account([]).when(strict("2026-02")).then_refused(refusal);
}
