//! Entries dated back: no day may show less than its rules allowed, none lies before the opening, and no
//! limit is had twice.

use super::*;
use crate::accounts::{Direction, EntryKind, FeeKind, Month, TransactionQuota};

const OPENING: Date = date(2026, 1, 1);
const MARCH_5: Date = date(2026, 3, 5);
const MARCH_7: Date = date(2026, 3, 7);

/// Empty up to 7 March, 100 since.
fn funded_late() -> Given<BankAccount> {
    given([opened(AccountType::Savings), deposited_on(MARCH_7, "100")])
}

fn too_little(requested: &str, available: &str, date: Date) -> AccountError {
    AccountError::InsufficientFunds {
        requested: inr(requested),
        available: inr(available).into(),
        date: Some(date),
    }
}

fn fee(amount: &str) -> AccountCommand {
    let (kind, reason) = (FeeKind::Service, String::new());
    ChargeFee { amount: inr(amount), kind, reason, value_date: None, payment_id: None }.into()
}

/// Undoes a deposit of a day.
fn reverse(amount: &str, of: Date) -> AccountCommand {
    let original = OriginalEntry {
        kind: EntryKind::Deposit,
        direction: Direction::Credit,
        amount: inr(amount),
        business_date: of,
        payment_id: None,
    };
    let reason = String::new();
    ReverseTransaction { transaction_id: transaction(1), original, reason, value_date: None }.into()
}

fn held_on(business_date: Date, amount: &str) -> AccountEvent {
    let AccountEvent::HoldPlaced(hold) = held(1, amount, None) else { unreachable!() };
    AccountEvent::HoldPlaced(HoldPlaced { business_date, ..hold })
}

fn accepts(account: Given<BankAccount>, business_date: Date, command: AccountCommand) -> bool {
    account.at(dated(business_date)).when(command).result().is_ok()
}

fn after(mut account: BankAccount, events: impl IntoIterator<Item = AccountEvent>) -> BankAccount {
    events.into_iter().for_each(|event| account.evolve(&event));
    account
}

#[test]
fn a_debit_is_covered_on_every_day_from_its_own_on() {
    funded_late().at(dated(MARCH_5)).when(withdraw("100")).then_refused(too_little("100", "0", MARCH_5));
    funded_late().at(dated(MARCH_7)).when(withdraw("100")).then([dated_back(MARCH_7, "100")]);
    // Spent between that day and today: today alone would have enough.
    let past = [deposited_on(MARCH_5, "100"), withdrawn_on(MARCH_7, "60"), deposited("500")];
    let account = || given([opened(AccountType::Savings)].into_iter().chain(past.clone()));
    account().at(dated(MARCH_5)).when(withdraw("40.01")).then_refused(too_little("40.01", "40", MARCH_7));
    account().at(dated(MARCH_5)).when(withdraw("40")).then([dated_back(MARCH_5, "40")]);
}

#[test]
fn holds_fees_and_reversals_of_credits_go_the_same_way() {
    funded_late()
        .at(dated(MARCH_5))
        .when(place_hold(1, "1", None))
        .then_refused(too_little("1", "0", MARCH_5));
    funded_late().at(dated(MARCH_5)).when(fee("1")).then_refused(too_little("1", "0", MARCH_5));
    let past = [deposited_on(MARCH_5, "100"), withdrawn_on(MARCH_7, "60"), deposited("60")];
    let account = || given([opened(AccountType::Savings)].into_iter().chain(past.clone()));
    account().at(dated(MARCH_5)).when(reverse("100", MARCH_5)).then_refused(too_little("100", "40", MARCH_7));
    assert!(accepts(account(), TODAY, reverse("100", MARCH_5)), "today there is enough");
}

#[test]
fn a_capture_is_covered_by_its_hold_since_the_hold_and_by_funds_before_it() {
    let account =
        || given([opened(AccountType::Savings), deposited_on(MARCH_7, "100"), held_on(YESTERDAY, "80")]);
    account().at(dated(MARCH_5)).when(capture(1, Some("80"))).then_refused(too_little("80", "0", MARCH_5));
    assert!(
        accepts(account(), MARCH_7, capture(1, Some("80")))
            && accepts(account(), YESTERDAY, capture(1, Some("80")))
    );
    account()
        .at(dated(MARCH_7))
        .when(capture(1, Some("100.01")))
        .then_refused(too_little("100.01", "100", MARCH_7));
    account()
        .at(dated(YESTERDAY))
        .when(capture(1, Some("100.01")))
        .then_refused(too_little("20.01", "20", YESTERDAY));
}

#[test]
fn money_set_aside_on_a_past_day_is_not_there_for_a_debit_of_that_day_while_the_hold_counts() {
    let past = [deposited_on(MARCH_5, "100"), held_on(MARCH_7, "80"), deposited("500")];
    let account = || given([opened(AccountType::Savings)].into_iter().chain(past.clone()));
    account().at(dated(MARCH_5)).when(withdraw("21")).then_refused(too_little("21", "20", MARCH_7));
    let freed = account().when(release(1)).then([released(1, "80")]);
    assert_eq!(freed.decide(withdraw("21"), dated(MARCH_5), Rules::All), Ok(vec![dated_back(MARCH_5, "21")]));
}

#[test]
fn a_past_day_is_judged_by_its_own_overdraft() {
    let (previous, limit) = (inr("0"), inr("100"));
    let raised = AccountEvent::OverdraftLimitChanged(OverdraftLimitChanged {
        previous,
        limit,
        business_date: MARCH_7,
    });
    let account = || given([opened(AccountType::Business), raised.clone()]);
    account().at(dated(MARCH_5)).when(withdraw("1")).then_refused(too_little("1", "0", MARCH_5));
    account().at(dated(MARCH_7)).when(withdraw("100")).then([dated_back(MARCH_7, "100")]);
}

#[test]
fn imported_history_may_overdraw_a_past_day_and_nothing_live_makes_it_worse() {
    let overdrawn =
        || given([opened(AccountType::Savings), withdrawn_on(MARCH_5, "50"), deposited_on(MARCH_7, "150")]);
    funded_late().at(dated(MARCH_5)).when_history(withdraw("70")).then([withdrawn_on(MARCH_5, "70")]);
    overdrawn().at(dated(MARCH_5)).when(withdraw("1")).then_refused(too_little("1", "-50", MARCH_5));
    overdrawn().at(dated(MARCH_7)).when(withdraw("100")).then([dated_back(MARCH_7, "100")]);
}

#[test]
fn a_debit_dated_back_takes_its_share_of_its_own_days_limit_and_of_todays() {
    let rich = || {
        given([
            opened(AccountType::Savings),
            deposited_on(MARCH_5, "900000"),
            dated_back(YESTERDAY, "150000"),
        ])
    };
    let state = rich().state();
    assert_eq!([YESTERDAY, TODAY].map(|day| state.daily_limit_used(day)), [sum("150000"), sum("150000")]);
    rich()
        .at(dated(MARCH_7))
        .when(withdraw("50000.01"))
        .then_refused(over_limit("50000.01", "200000", "150000", "50000"));
    rich().when(withdraw("50000.01")).then_refused(over_limit("50000.01", "200000", "150000", "50000"));
    let drawn =
        [opened(AccountType::Savings), deposited_on(MARCH_5, "900000"), withdrawn_on(MARCH_7, "199999")];
    given(drawn)
        .at(dated(MARCH_7))
        .when(withdraw("2"))
        .then_refused(over_limit_of(MARCH_7, "2", "200000", "199999", "1"));
    let placed =
        rich().at(dated(MARCH_7)).when(place_hold(1, "50000", None)).then([AccountEvent::HoldPlaced(
            HoldPlaced {
                booked_on: Some(TODAY),
                business_date: MARCH_7,
                hold_id: hold_id(1),
                amount: inr("50000"),
                expires_at: None,
                aml_verdict: None,
                payment_id: None,
                fee: None,
            },
        )]);
    assert_eq!(placed.daily_limit_used(TODAY), sum("200000"));
    let events = placed.decide(release(1), now(), Rules::All).unwrap();
    assert_eq!(after(placed, events).daily_limit_used(TODAY), sum("150000"));
}

#[test]
fn nothing_live_is_dated_before_the_opening() {
    let before = date(2025, 12, 31);
    let refusal = AccountError::DateBeforeOpening { date: before, opened_on: OPENING };
    for command in [deposit("1"), withdraw("1"), place_hold(1, "1", None), fee("1")] {
        savings("100").at(dated(before)).when(command).then_refused(refusal.clone());
    }
    savings("100").at(dated(before)).when(reverse("1", before)).then_refused(refusal);
    savings("100").at(dated(OPENING)).when(deposit("1")).then([deposited_on(OPENING, "1")]);
    savings("100").at(dated(before)).when_history(deposit("1")).then([deposited_on(before, "1")]);
}

#[test]
fn days_and_months_before_the_opening_have_nothing_to_calculate_to_post_or_to_charge() {
    let terms = Terms { maintenance_fee: Some(inr("10")), ..terms(AccountType::Business) };
    let account =
        || given([opened_on(MARCH_5, AccountType::Business, terms.clone()), deposited_on(MARCH_5, "100")]);
    let accrue = |date| AccountCommand::AccrueInterest(AccrueInterest { date });
    let post =
        |month: Month, missing_days| AccountCommand::PostInterest(PostInterest { month, missing_days });
    let charge = |month: Month| AccountCommand::ChargeMaintenanceFee(ChargeMaintenanceFee { month });
    let (february, march) = (Month::of(date(2026, 2, 1)), Month::of(MARCH_5));
    account().when(accrue(date(2026, 3, 4))).then([]);
    account().when(post(february, MissingDays::Refuse)).then([]);
    account().when(charge(february)).then([]);
    // The month of the opening counts from the opening on.
    let state = account().state();
    let calculated = [MARCH_5, date(2026, 3, 6), MARCH_7]
        .map(|day| state.decide(accrue(day), now(), Rules::All).unwrap().remove(0));
    let state = after(state, calculated);
    let posted = state.decide(post(march, MissingDays::Refuse), now(), Rules::All).unwrap();
    assert!(
        matches!(&posted[..], [AccountEvent::InterestPosted(event)] if event.days == Some(3) && event.missing_days == Some(0)),
        "{posted:?}"
    );
    assert_eq!(state.decide(charge(march), now(), Rules::All).map(|events| events.len()), Ok(1));
    let (ahead, today) = (date(2026, 4, 1), TODAY);
    account()
        .when(post(Month::of(ahead), MissingDays::Accept))
        .then_refused(AccountError::DateInFuture { date: ahead, today });
}

/// An older Khata posted such months.
#[test]
fn a_posting_of_a_month_before_the_opening_makes_no_day_before_it_a_missing_one() {
    let posted = AccountEvent::InterestPosted(InterestPosted {
        month: Month::of(date(2025, 11, 1)),
        through: date(2025, 11, 30),
        accrued: rust_decimal::Decimal::ZERO,
        amount: inr("0"),
        residual: rust_decimal::Decimal::ZERO,
        business_date: date(2025, 11, 30),
        tax_reportable: false,
        days: None,
        missing_days: None,
        value_date: None,
    });
    let state = given([opened(AccountType::Savings), posted]).state();
    let month = Month::of(OPENING);
    let post = PostInterest { month, missing_days: MissingDays::Refuse };
    assert_eq!(
        state.decide(post.into(), now(), Rules::All),
        Err(AccountError::DaysMissing { count: 31, first: OPENING, through: month.last_day() })
    );
}

#[test]
fn by_business_time_an_account_shows_what_it_had_before_its_opening() {
    let state = given([deposited_on(date(2025, 12, 31), "70")]).state();
    assert_eq!((state.balance(), state.available(noon()), state.opening()), (sum("70"), sum("70"), None));
}

#[test]
fn an_entry_is_undone_on_its_own_day_at_the_earliest() {
    let refusal = AccountError::DateBeforeEntry { date: MARCH_5, entry_date: MARCH_7 };
    savings("100").at(dated(MARCH_5)).when(reverse("1", MARCH_7)).then_refused(refusal);
    assert!(accepts(
        given([opened(AccountType::Savings), deposited_on(MARCH_7, "1")]),
        MARCH_7,
        reverse("1", MARCH_7)
    ));
    // What another system has booked is taken over as it was.
    let reversed =
        savings("100").state().decide(reverse("1", MARCH_7), dated(MARCH_5), Rules::Structural).unwrap();
    assert!(
        matches!(&reversed[..], [AccountEvent::TransactionReversed(event)] if event.business_date == MARCH_5),
        "{reversed:?}"
    );
}

#[test]
fn the_balance_fits_64_bits_on_every_day_from_an_entrys_own_on() {
    let most = "92233720368547758.07";
    let past = [deposited_on(MARCH_5, most), withdrawn_on(YESTERDAY, most)];
    let account = || given([opened(AccountType::Savings)].into_iter().chain(past.clone()));
    account().at(dated(MARCH_7)).when(deposit("0.01")).then_refused(AccountError::AmountOutOfRange);
    account().at(dated(YESTERDAY)).when(deposit(most)).then([deposited_on(YESTERDAY, most)]);
    account().at(dated(MARCH_7)).when_history(deposit("0.01")).then_refused(AccountError::AmountOutOfRange);
    let state = account().state();
    assert_eq!(after(state, [deposited_on(MARCH_5, most)]).balance(), sum(most));
}

#[test]
fn days_that_are_no_longer_kept_are_not_filled_beyond_64_bits_either() {
    let most = "92233720368547758.07";
    let (first, second, long_ago) = (date(2025, 1, 5), date(2025, 1, 7), date(2025, 1, 6));
    let opened = opened_on(date(2025, 1, 1), AccountType::Savings, terms(AccountType::Savings));
    let posted = AccountEvent::InterestPosted(InterestPosted {
        month: Month::of(date(2026, 2, 1)),
        through: date(2026, 2, 28),
        accrued: rust_decimal::Decimal::ZERO,
        amount: inr("0"),
        residual: rust_decimal::Decimal::ZERO,
        business_date: date(2026, 2, 28),
        tax_reportable: false,
        days: None,
        missing_days: None,
        value_date: None,
    });
    let state = given([opened, deposited_on(first, most), withdrawn_on(second, most), posted]).state();
    assert_eq!(
        state.decide(deposit("0.01"), dated(long_ago), Rules::All),
        Err(AccountError::AmountOutOfRange)
    );
    let earliest = date(2025, 11, 28);
    assert_eq!(
        state.decide(withdraw("1"), dated(long_ago), Rules::All),
        Err(AccountError::DateTooFarBack { date: long_ago, earliest })
    );
    assert_eq!(
        state.decide(reverse("1", first), dated(long_ago), Rules::All),
        Err(AccountError::DateTooFarBack { date: long_ago, earliest })
    );
    assert_eq!(
        state.decide(fee("1"), dated(long_ago), Rules::All),
        Err(AccountError::DateTooFarBack { date: long_ago, earliest })
    );
}

#[test]
fn the_fee_of_a_deposit_dated_back_takes_what_every_day_since_can_spare() {
    let quota = TransactionQuota { free_per_month: 0, fee: inr("10") };
    let terms = Terms { transaction_quota: Some(quota), ..terms(AccountType::Business) };
    let past = [deposited_on(MARCH_5, "50"), withdrawn_on(MARCH_7, "48"), deposited("500")];
    let state = given([opened_with(AccountType::Business, terms)].into_iter().chain(past)).state();
    let events = state.decide(deposit("3"), dated(MARCH_5), Rules::All).unwrap();
    assert!(
        matches!(&events[..], [_, AccountEvent::FeeCharged(fee)] if fee.amount == inr("5") && fee.due == Some(inr("10"))),
        "{events:?}"
    );
}

#[test]
fn a_reversal_on_the_entrys_own_day_takes_its_interest_back() {
    let accrued = |date| {
        AccountEvent::InterestAccrued(InterestAccrued {
            date,
            balance: inr("36500"),
            rate: "2".parse().unwrap(),
            amount: "2".parse().unwrap(),
        })
    };
    let past =
        [opened(AccountType::Savings), deposited_on(MARCH_5, "36500"), accrued(MARCH_5), accrued(MARCH_7)];
    let accrue = AccountCommand::AccrueInterest(AccrueInterest { date: TODAY });
    let reversed_on = |day| {
        let state = given(past.clone()).state();
        let events = state.decide(reverse("36500", MARCH_5), dated(day), Rules::All).unwrap();
        let state = after(state, events);
        let events = state.decide(accrue.clone(), now(), Rules::All).unwrap();
        after(state, events).accrued_interest()
    };
    assert_eq!(reversed_on(MARCH_5), "0".parse().unwrap());
    assert_eq!(reversed_on(MARCH_7), "2".parse().unwrap());
    assert_eq!(reversed_on(TODAY), "4".parse().unwrap());
}
