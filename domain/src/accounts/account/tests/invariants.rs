//! What no sequence of commands can break: money is conserved, limits hold, nothing is earned twice, no
//! decision panics.

use super::*;
use crate::{
    accounts::{Direction, EntryKind, FeeKind, Month, TransactionQuota},
    ids::PaymentId,
};
use jiff::{SignedDuration, Span};
use proptest::prelude::*;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The first day of the story; it takes up to three months, so that postings close days behind it.
const FIRST: Date = date(2026, 1, 15);

fn on(offset: i32) -> Date {
    FIRST.checked_add(Span::new().days(offset)).unwrap()
}

/// A command, and under what it is decided.
type Asked = (DecisionContext<'static>, AccountCommand);

fn amounts() -> impl Strategy<Value = Money> {
    let minor = prop_oneof![
        6 => 1..=3_000_000_i64,
        3 => 9_000_000..=26_000_000_i64,
        1 => 90_000_000..=110_000_000_i64,
        1 => any::<i64>(),
    ];
    minor.prop_map(|minor| Money::from_minor(minor, currency("INR")))
}

fn verdicts() -> impl Strategy<Value = Option<AmlVerdict>> {
    prop_oneof![3 => Just(Some(AmlVerdict::Approved)), 2 => Just(None), 1 => Just(Some(AmlVerdict::Rejected))]
}

/// Of payments there is one, so that it meets its own holds.
fn payments() -> impl Strategy<Value = Option<PaymentId>> {
    prop::option::weighted(0.4, Just(PaymentId::from_uuid(Uuid::from_u128(1))))
}

/// Commands of a day, some dated back or ahead; the hold and transaction numbers are few, so that commands
/// meet.
fn commands(day: i32) -> impl Strategy<Value = Asked> {
    let at = decided_on(on(day));
    let dates = move || (-3_i32..=1).prop_map(move |back| on(day + back));
    let asked =
        move |business_date, command: AccountCommand| (DecisionContext { business_date, ..at }, command);
    let entries = prop_oneof![
        3 => (amounts(), dates())
            .prop_map(move |(amount, date)| asked(date, Deposit { amount, details: EntryDetails::default() }.into())),
        3 => (amounts(), dates(), verdicts()).prop_map(move |(amount, date, aml_verdict)| {
            asked(date, Withdraw { amount, details: EntryDetails::default(), aml_verdict }.into())
        }),
        1 => (amounts(), dates()).prop_map(move |(amount, date)| {
            let (kind, reason) = (FeeKind::Service, String::new());
            asked(date, ChargeFee { amount, kind, reason, value_date: None, payment_id: None }.into())
        }),
        1 => (0_u128..6, amounts(), any::<bool>(), dates()).prop_map(move |(number, amount, credit, business_date)| {
            let (kind, direction) =
                if credit { (EntryKind::Deposit, Direction::Credit) } else { (EntryKind::Withdrawal, Direction::Debit) };
            let original = OriginalEntry { kind, direction, amount, business_date, payment_id: None };
            let (transaction_id, reason) = (transaction(number), String::new());
            asked(business_date, ReverseTransaction { transaction_id, original, reason, value_date: None }.into())
        }),
    ];
    let holds = prop_oneof![
        (0_u128..8, amounts(), prop::option::of(-1_i64..80), verdicts(), dates(), payments()).prop_map(
            move |(number, amount, hours, aml_verdict, date, payment_id)| {
                let (hold_id, fee) = (hold_id(number), payment_id.map(|_| inr("25")));
                let expires_at = hours.map(|hours| at.now + SignedDuration::from_hours(hours));
                asked(date, PlaceHold { hold_id, amount, expires_at, aml_verdict, payment_id, fee }.into())
            }
        ),
        (0_u128..8, prop::option::of(amounts()), verdicts(), dates(), payments()).prop_map(
            move |(number, amount, aml_verdict, date, payment_id)| {
                let (hold_id, details) =
                    (hold_id(number), EntryDetails { payment_id, ..EntryDetails::default() });
                asked(date, CaptureHold { hold_id, amount, details, aml_verdict }.into())
            }
        ),
        (0_u128..8, payments()).prop_map(move |(number, payment_id)| {
            (at, ReleaseHold { hold_id: hold_id(number), payment_id }.into())
        }),
        (0_u128..8).prop_map(move |number| (at, ExpireHold { hold_id: hold_id(number) }.into())),
    ];
    let limits = prop_oneof![
        1 => amounts().prop_map(move |limit| (at, SetDailyLimit { limit }.into())),
        1 => amounts().prop_map(move |limit| (at, SetOverdraftLimit { limit }.into())),
        1 => Just((at, Freeze { reason: String::new() }.into())),
        2 => Just((at, Unfreeze.into())),
    ];
    let interest = prop_oneof![
        4 => dates().prop_map(move |date| (at, AccrueInterest { date }.into())),
        1 => dates().prop_map(move |date| {
            (at, PostInterest { month: Month::of(date), missing_days: MissingDays::Accept }.into())
        }),
        1 => dates().prop_map(move |date| asked(date, ChargeMaintenanceFee { month: Month::of(date) }.into())),
        1 => Just((at, Close { reason: None }.into())),
    ];
    prop_oneof![4 => entries, 3 => holds, 1 => limits, 2 => interest]
}

/// A story: commands day by day, more of them on some days than on others.
fn stories() -> impl Strategy<Value = Vec<Asked>> {
    prop::collection::vec(0_i32..90, 1..80).prop_flat_map(|mut days| {
        days.sort_unstable();
        days.into_iter().map(commands).collect::<Vec<_>>()
    })
}

/// A hold as the auditor sees it: what it takes of its day's limit is all but the fee.
struct Held {
    amount: i64,
    share: i64,
    placed_on: Date,
    booked_on: Option<Date>,
}

/// What an auditor with nothing but the events would calculate.
#[derive(Default)]
struct Auditor {
    balance: i128,
    debited: BTreeMap<Date, i128>,
    days: BTreeMap<Date, i128>,
    overdrafts: BTreeMap<Date, Money>,
    holds: HashMap<HoldId, Held>,
    daily_limit: i128,
    interest: Decimal,
    accrued_days: BTreeSet<Date>,
    posted_months: BTreeSet<Month>,
}

impl Auditor {
    /// Takes an event over; tells the days whose limits it drew on.
    fn see(&mut self, event: &AccountEvent) -> Vec<Date> {
        if let Some(entry) = event.entry() {
            assert!(entry.amount.is_positive(), "{event:?}");
            self.balance += i128::from(entry.signed_minor());
            *self.days.entry(entry.business_date).or_default() += i128::from(entry.signed_minor());
        }
        match event {
            AccountEvent::AccountOpened(event) => {
                self.daily_limit = event.terms.daily_limit.minor().into();
                self.overdrafts.insert(event.business_date, event.terms.overdraft_limit);
            }
            AccountEvent::OverdraftLimitChanged(event) => {
                self.overdrafts.insert(event.business_date, event.limit);
            }
            AccountEvent::DailyLimitChanged(event) => self.daily_limit = event.limit.minor().into(),
            AccountEvent::MoneyWithdrawn(event) => {
                return self.debit(event.business_date, event.booked_on, event.amount.minor());
            }
            AccountEvent::HoldPlaced(event) => {
                let share = event.amount.minor() - event.fee.map_or(0, Money::minor);
                let held = Held {
                    amount: event.amount.minor(),
                    share,
                    placed_on: event.business_date,
                    booked_on: event.booked_on,
                };
                assert!(self.holds.insert(event.hold_id, held).is_none(), "placed twice");
                return self.debit(event.business_date, event.booked_on, share);
            }
            AccountEvent::HoldCaptured(event) => {
                let Held { share, placed_on, booked_on, .. } =
                    self.holds.remove(&event.hold_id).expect("captured once");
                let captured = event.amount.minor();
                self.debit(placed_on, booked_on, (captured - share).min(0));
                let drawn = self.debit(event.business_date, event.booked_on, (captured - share).max(0));
                return if captured > share { drawn } else { Vec::new() };
            }
            AccountEvent::HoldReleased(HoldReleased { hold_id, .. })
            | AccountEvent::HoldExpired(HoldExpired { hold_id, .. }) => {
                let Held { share, placed_on, booked_on, .. } =
                    self.holds.remove(hold_id).expect("freed once");
                self.debit(placed_on, booked_on, -share);
            }
            AccountEvent::InterestAccrued(event) => {
                assert!(self.accrued_days.insert(event.date), "{} was calculated twice", event.date);
                self.interest += event.amount;
            }
            AccountEvent::InterestAdjusted(event) => self.interest += event.amount,
            AccountEvent::InterestPosted(event) => {
                assert!(self.posted_months.insert(event.month), "{} was posted twice", event.month);
                self.interest -= event.amount.to_decimal();
            }
            _ => {}
        }
        Vec::new()
    }

    fn debit(&mut self, date: Date, booked_on: Option<Date>, minor: i64) -> Vec<Date> {
        let days: Vec<Date> = [date].into_iter().chain(booked_on).collect();
        days.iter().for_each(|day| *self.debited.entry(*day).or_default() += i128::from(minor));
        days
    }

    /// The least that any day so far had at its end, with the overdraft of that day.
    fn least(&self) -> i128 {
        let mut balance = 0;
        let ends = self.days.iter().map(|(day, net)| {
            balance += net;
            balance + self.overdrafts.range(..=day).next_back().map_or(0, |(_, limit)| limit.minor().into())
        });
        ends.min().unwrap_or_default()
    }
}

fn business() -> AccountEvent {
    let quota = TransactionQuota { free_per_month: 5, fee: inr("10") };
    opened_with(
        AccountType::Business,
        Terms {
            overdraft_limit: inr("1000"),
            transaction_quota: Some(quota),
            ..terms(AccountType::Business)
        },
    )
}

proptest! {
    #[test]
    fn money_is_conserved_and_no_limit_is_passed(story in stories(), account in prop::sample::select(vec![opened(AccountType::Premium), business()])) {
        let (mut state, mut auditor) = (BankAccount::default(), Auditor::default());
        state.evolve(&account);
        auditor.see(&account);
        for (at, command) in story {
            let now = at.now;
            let Ok(events) = state.decide(command, at, Rules::All) else { continue };
            for event in &events {
                state.evolve(event);
                for date in auditor.see(event) {
                    prop_assert!(auditor.debited[&date] <= auditor.daily_limit, "{date}: {event:?}");
                }
            }
            prop_assert_eq!(state.balance_minor(), auditor.balance);
            prop_assert!(state.available_minor(now) >= 0, "{:?} after {events:?}", state.available(now));
            prop_assert!(auditor.least() >= 0, "{events:?} left a day with {}", auditor.least());
            let held: i128 = auditor.holds.values().map(|held| i128::from(held.amount)).sum();
            prop_assert_eq!(state.holds.iter().map(|hold| i128::from(hold.amount.minor())).sum::<i128>(), held);
            prop_assert_eq!(state.accrued_interest(), auditor.interest);
        }
        for (date, debited) in auditor.debited.range(state.ledger.known_from().unwrap_or(FIRST)..) {
            prop_assert_eq!(state.ledger.debited_on(*date), *debited);
        }
        let stored = serde_json::to_string(&state).unwrap();
        prop_assert_eq!(serde_json::from_str::<BankAccount>(&stored).unwrap(), state);
    }

    #[test]
    fn what_is_already_so_gives_no_events(story in stories()) {
        let mut state = given([business(), deposited_on(FIRST, "5000000")]).state();
        for (at, command) in story {
            let repeats_as_nothing = matches!(
                command,
                AccountCommand::Freeze(_)
                    | AccountCommand::Unfreeze(_)
                    | AccountCommand::PlaceHold(PlaceHold { payment_id: None, .. })
                    | AccountCommand::ReleaseHold(_)
                    | AccountCommand::SetDailyLimit(_)
                    | AccountCommand::SetOverdraftLimit(_)
                    | AccountCommand::AccrueInterest(_)
                    | AccountCommand::PostInterest(_)
                    | AccountCommand::ChargeMaintenanceFee(_)
            );
            let Ok(events) = state.decide(command.clone(), at, Rules::All) else { continue };
            events.iter().for_each(|event| state.evolve(event));
            if repeats_as_nothing {
                prop_assert_eq!(state.decide(command, at, Rules::All), Ok(vec![]));
            }
        }
    }

    #[test]
    fn interest_is_that_of_the_entries_by_their_dates_in_whatever_order_they_come(
        entries in prop::collection::vec((0_i32..20, 1_i64..100_000_000, any::<bool>()), 1..30),
        days in prop::collection::vec(0_i32..20, 1..30),
    ) {
        let at = decided_on(on(20));
        let mut state = given([opened(AccountType::Premium)]).state();
        let steps = entries.len().max(days.len());
        for step in 0..steps {
            if let Some((day, minor, credit)) = entries.get(step) {
                let (amount, details) = (Money::from_minor(*minor, currency("INR")), EntryDetails::default());
                let command: AccountCommand = if *credit {
                    Deposit { amount, details }.into()
                } else {
                    Withdraw { amount, details, aml_verdict: None }.into()
                };
                let at = DecisionContext { business_date: on(*day), ..at };
                state.decide(command, at, Rules::Structural).unwrap().iter().for_each(|event| state.evolve(event));
            }
            if let Some(day) = days.get(step) {
                let accrued = state.decide(AccrueInterest { date: on(*day) }.into(), at, Rules::All).unwrap();
                accrued.iter().for_each(|event| state.evolve(event));
            }
        }
        let last = state.decide(AccrueInterest { date: on(20) }.into(), at, Rules::All).unwrap();
        last.iter().for_each(|event| state.evolve(event));

        let calculated: BTreeSet<i32> = days.into_iter().chain([20]).collect();
        let expected: Decimal = calculated.into_iter().map(|day| {
            let signed = |(_, minor, credit): &(i32, i64, bool)| if *credit { *minor } else { -minor };
            let minor: i64 = entries.iter().filter(|(of, _, _)| *of <= day).map(signed).sum();
            // 2.5 % a year, in billionths of a rupee, calculated in whole numbers.
            let (scaled, divisor) = (i128::from(minor.max(0)) * 25 * 1_000_000, 36_500_i128);
            let (whole, rest) = (scaled / divisor, scaled % divisor);
            let up = rest * 2 > divisor || (rest * 2 == divisor && whole % 2 == 1);
            Decimal::from_i128_with_scale(whole + i128::from(up), 9)
        }).sum();
        prop_assert_eq!(state.accrued_interest(), expected);
    }

    #[test]
    fn no_command_on_any_past_panics(story in stories(), history in stories(), account_type in prop::sample::select(AccountType::ALL.to_vec())) {
        let mut state = given([opened(account_type)]).state();
        for (at, command) in history {
            let _ = state.decide(command.clone(), at, Rules::All);
            if let Ok(events) = state.decide(command, at, Rules::Structural) {
                events.iter().for_each(|event| state.evolve(event));
            }
        }
        for (at, command) in story {
            if let Ok(events) = state.decide(command, at, Rules::All) {
                events.iter().for_each(|event| state.evolve(event));
            }
            let _ = (state.balance(), state.available(noon()), state.daily_limit_used(TODAY), state.accrued_interest());
        }
    }
}
