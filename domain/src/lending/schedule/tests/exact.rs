//! Schedules against exact fractions, ties drawn on purpose.

use super::*;
use num_bigint::BigInt;
use num_rational::Ratio;

type Exact = Ratio<BigInt>;

fn exact(numerator: i128, denominator: i128) -> Exact {
    Exact::new(numerator.into(), denominator.into())
}

/// To the nearest whole number; from the middle between two, to the even one.
fn rounded(amount: &Exact) -> i64 {
    let (floor, half) = (amount.floor(), exact(1, 2));
    let rest = amount - &floor;
    let is_odd = floor.to_integer() % 2 != BigInt::ZERO;
    let up = rest > half || (rest == half && is_odd);
    i64::try_from(floor.to_integer()).unwrap() + i64::from(up)
}

fn days(from: Date, to: Date) -> i128 {
    from.until(to).unwrap().get_days().into()
}

/// The rate of a part of a period, as a fraction of one.
fn rate(plan: &Plan, (from, until, to): (Date, Date, Date)) -> Exact {
    let percent = plan.annual_rate.percent();
    let yearly = exact(percent.mantissa(), 100 * 10_i128.pow(percent.scale()));
    yearly
        * match plan.day_count {
            DayCount::Actual365 => exact(days(from, until), 365),
            DayCount::Thirty360 => exact(days(from, until), 12 * days(from, to)),
        }
}

fn due_dates(plan: &Plan) -> Vec<Date> {
    (0..=plan.term_months).map(|month| plan.start.checked_add(i64::from(month).months()).unwrap()).collect()
}

/// The equal instalment as the formula is written: P x prod(1 + r_i) / f_n.
fn equal_instalment(plan: &Plan) -> i64 {
    let (mut product, mut f) = (exact(1, 1), exact(0, 1));
    for period in due_dates(plan).windows(2) {
        let growth = exact(1, 1) + rate(plan, (period[0], period[1], period[1]));
        f = exact(1, 1) + f * &growth;
        product *= growth;
    }
    rounded(&(exact(plan.balance.minor().into(), 1) * product / f))
}

/// The rows of a schedule, calculated from its definition: interest, principal.
fn rows(plan: &Plan) -> Vec<(i64, i64)> {
    let (instalment, mut balance) = (equal_instalment(plan), plan.balance.minor());
    let mut rows = Vec::new();
    for (index, period) in due_dates(plan).windows(2).enumerate() {
        let interest = rounded(&(exact(balance.into(), 1) * rate(plan, (period[0], period[1], period[1]))));
        let ends = index + 1 == plan.term_months as usize || balance + interest <= instalment;
        let principal = if ends { balance } else { instalment - interest };
        rows.push((interest, principal));
        balance -= principal;
        if balance == 0 {
            break;
        }
    }
    rows
}

fn first(
    principal: &str,
    term_months: u32,
    start: Date,
    day_count: DayCount,
    arithmetic: Arithmetic,
) -> (Schedule, Instalment) {
    let schedule =
        Plan { arithmetic, ..plan(principal, "10", term_months, start, day_count) }.schedule().unwrap();
    let first = schedule.instalments[0].clone();
    (schedule, first)
}

#[test]
fn interest_that_lies_exactly_in_the_middle_goes_to_the_even_side() {
    let new_year = date(2024, 1, 1);
    // 100.20 x 10 / 1200 = 0.835
    let (_, row) = first("100.20", 12, new_year, DayCount::Thirty360, Arithmetic::Exact);
    assert_eq!((row.interest_minor, row.balance_after_minor), (84, 9223));
    // 1.80 x 10 / 1200 = 0.015
    let (schedule, row) = first("1.80", 1, new_year, DayCount::Thirty360, Arithmetic::Exact);
    assert_eq!((row.interest_minor, schedule.instalment_minor), (2, 182));
    // 54.75 x 10 x 31 / 36500 = 0.465
    let (_, row) = first("54.75", 1, new_year, DayCount::Actual365, Arithmetic::Exact);
    assert_eq!(row.interest_minor, 46);
    let (schedule, _) = first("156497.30", 12, date(2024, 1, 15), DayCount::Thirty360, Arithmetic::Exact);
    assert_eq!(schedule.instalments[10].interest_minor, 22648);
}

#[test]
fn loans_of_before_keep_the_side_to_which_rounded_rates_brought_them() {
    let new_year = date(2024, 1, 1);
    let (_, row) = first("100.20", 12, new_year, DayCount::Thirty360, Arithmetic::RoundedRates);
    assert_eq!((row.interest_minor, row.balance_after_minor), (83, 9222));
    let (schedule, row) = first("1.80", 1, new_year, DayCount::Thirty360, Arithmetic::RoundedRates);
    assert_eq!((row.interest_minor, schedule.instalment_minor), (1, 181));
    let (_, row) = first("54.75", 1, new_year, DayCount::Actual365, Arithmetic::RoundedRates);
    assert_eq!(row.interest_minor, 47);
    let (schedule, _) =
        first("156497.30", 12, date(2024, 1, 15), DayCount::Thirty360, Arithmetic::RoundedRates);
    assert_eq!(schedule.instalments[10].interest_minor, 22647);
}

#[test]
fn interest_up_to_a_day_is_rounded_once_too() {
    // 1,000.35 x 12 x 15 / 36500 = 4.9332…; 15 of 31 days of the month's rounded 10.20 would be 4.9354…, and
    // so 4.94.
    let schedule = plan("1000.35", "12", 1, date(2024, 1, 1), DayCount::Actual365).schedule().unwrap();
    let row = &schedule.instalments[0];
    assert_eq!((row.interest_minor, schedule.accrued_interest_minor(row, date(2024, 1, 16))), (1020, 493));
}

/// A plan, and how far into which of its periods somebody asks.
fn moments() -> impl Strategy<Value = (Plan, usize, i64)> {
    (plans(), any::<prop::sample::Index>(), 0_i64..31)
        .prop_map(|(plan, period, days)| (exactly(plan), period.index(plan.term_months as usize), days))
}

fn exactly(plan: Plan) -> Plan {
    Plan { arithmetic: Arithmetic::Exact, ..plan }
}

/// Plans whose first interest lies exactly between two minor units: balance x rate x days = an odd number x
/// half the denominator.
fn ties() -> impl Strategy<Value = Plan> {
    let starts = (0_i64..20_000).prop_map(|day| date(1990, 1, 1).checked_add(day.days()).unwrap());
    let rates = prop::sample::select(vec!["10", "7", "9.1", "13.7", "0.7", "11.111111111", "8.25"]);
    let counts = prop::sample::select(vec![DayCount::Actual365, DayCount::Thirty360]);
    (starts, rates, counts, 0_i64..5_000, 1_u32..=60).prop_filter_map(
        "a tie of this rate lies beyond the books",
        |(start, rate, day_count, n, months)| {
            let mut plan = exactly(plan("1", rate, months, start, day_count));
            let to = due_dates(&plan)[1];
            let of_one = self::rate(&plan, (start, to, to));
            // balance = (n + 1/2) / rate is whole for the right multiples of the rate's numerator.
            // In lowest terms p / q, balance x p / q = n + 1/2 needs an even q, and then the balance is an
            // odd number x q / 2.
            let denominator =
                i64::try_from(of_one.denom()).ok().filter(|denominator| denominator % 2 == 0)?;
            let minor = (2 * n + 1)
                .checked_mul(denominator / 2)
                .filter(|minor| (100..10_000_000_000_000).contains(minor))?;
            plan.balance = Money::from_minor(minor, plan.balance.currency());
            Some(plan)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_row_is_that_of_exact_fractions(plan in plans()) {
        let plan = exactly(plan);
        let Ok(schedule) = plan.schedule() else { return Ok(()) };
        prop_assert_eq!(schedule.instalment_minor, equal_instalment(&plan));
        let told: Vec<_> = schedule.instalments.iter().map(|row| (row.interest_minor, row.principal_minor)).collect();
        prop_assert_eq!(told, rows(&plan));
    }

    #[test]
    fn ties_go_to_the_even_side(plan in ties()) {
        let exact = exact(plan.balance.minor().into(), 1) * rate(&plan, (plan.start, due_dates(&plan)[1], due_dates(&plan)[1]));
        prop_assert_eq!(&exact - exact.floor(), self::exact(1, 2), "no tie: {}", exact);
        let Ok(schedule) = plan.schedule() else { return Ok(()) };
        prop_assert_eq!(schedule.instalments[0].interest_minor % 2, 0);
        let told: Vec<_> = schedule.instalments.iter().map(|row| (row.interest_minor, row.principal_minor)).collect();
        prop_assert_eq!(told, rows(&plan));
    }

    #[test]
    fn interest_up_to_a_day_is_that_of_exact_fractions((plan, period, days) in moments()) {
        let Ok(schedule) = plan.schedule() else { return Ok(()) };
        let Some(row) = schedule.instalments.get(period) else { return Ok(()) };
        let on = row.from.checked_add(days.days()).unwrap().min(row.due_date);
        let brought = exact(row.opening_balance_minor().into(), 1) * rate(&plan, (row.from, on, row.due_date));
        prop_assert_eq!(schedule.accrued_interest_minor(row, on), rounded(&brought));
    }
}
