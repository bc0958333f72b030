//! Standing orders in the stories: mostly what is due is paid or missed, now and then something is changed.

use super::{Asked, Contract, Sample, Step, bare, customer, full, inr, nth, text};
use jiff::{
    Span,
    civil::{Date, date},
};
use khata_domain::{
    ids::StandingOrderId,
    payments::{
        BusinessDays, ExternalPayee, HolidayRule, Network, Payee, StandingOrder, StandingOrderCommand,
        StandingOrderEvent, standing_order::*,
    },
};

const DUE: Date = date(2026, 2, 28);
const LATER: Date = date(2026, 3, 2);

impl Contract for StandingOrder {
    const SUBJECTS: u128 = 3;
    const NTH: fn(u128) -> StandingOrderId = nth;

    fn samples() -> Vec<Sample<StandingOrderEvent>> {
        let by = || "local".to_owned();
        let (payment_id, business_date) = (nth(7), LATER);
        let (code, reason) = (text("insufficient_funds"), Some(text("moved out")));
        let plain = |rhythm| Terms { reference: None, payee: Payee::Account(nth(2)), ..terms(rhythm) };
        let mut events = vec![
            full(given(terms(Rhythm::DayOfMonth(31.try_into().unwrap()))).into()),
            bare(
                StandingOrderGiven {
                    paid_through: None,
                    schedule_is_synthetic: false,
                    ..given(plain(Rhythm::Weekday(DayOfWeek::Monday)))
                }
                .into(),
            ),
        ];
        let every = Rhythm::Days(14.try_into().unwrap());
        let held = Terms { until: Until::Times(12), on_holiday: HolidayRule::SameDay, ..terms(every) };
        let changed = |terms| StandingOrderChanged { terms, from: LATER, changed_by: by(), business_date };
        let endless = Terms { until: Until::Ended, ..plain(every) };
        events.extend([full(changed(held).into()), bare(changed(endless).into())]);
        let paused = StandingOrderPaused { reason: reason.clone(), paused_by: by(), business_date };
        events.extend([
            full(paused.clone().into()),
            bare(StandingOrderPaused { reason: None, ..paused }.into()),
        ]);
        events.push(full(StandingOrderResumed { resumed_by: by(), business_date, skipped: 2 }.into()));
        let executed = DueDateExecuted {
            due_date: DUE,
            runs_on: LATER,
            payment_id,
            amount: inr(150_000),
            business_date,
        };
        events.push(full(executed.into()));
        let missed = missed(DUE);
        let unnamed = DueDateMissed { account_id: None, ..missed.clone() };
        events.extend([full(missed.into()), bare(unnamed.into())]);
        let (due_date, attempts, amount) = (DUE, 1, inr(150_000));
        let up =
            DueDateGivenUp { due_date, attempts, code, payment_id: Some(payment_id), amount, business_date };
        events.extend([full(up.clone().into()), bare(DueDateGivenUp { payment_id: None, ..up }.into())]);
        let end = StandingOrderEnd::Cancelled;
        let ended = StandingOrderEnded { end, reason, ended_by: by(), business_date };
        events
            .extend([full(ended.clone().into()), bare(StandingOrderEnded { reason: None, ..ended }.into())]);
        events
    }

    fn past() -> Vec<StandingOrderEvent> {
        let samples = Self::samples().into_iter().filter(|sample| sample.label.is_empty());
        let again = missed(date(2026, 4, 1)).into();
        samples.map(|sample| sample.event).chain([again]).collect()
    }

    fn asked(&self, step: &Step) -> Asked<StandingOrderCommand> {
        let at = step.at();
        let (day, days) = (at.business_date, BusinessDays::default());
        let waits = self.waiting(day, &days).next();
        let command = match (step.deed, waits) {
            _ if self.given().is_none() => give(step, day),
            (0, _) => Pause { reason: None }.into(),
            (1..=2, _) => Resume {}.into(),
            (3, _) => change(step),
            (4, _) if step.number == 0 => End { end: StandingOrderEnd::Cancelled, reason: None }.into(),
            (5..=7, Some(Due { due_date, runs_on })) => RecordMiss {
                due_date,
                runs_on,
                code: text("insufficient_funds"),
                reason: text("there is too little"),
                account_id: Some(nth(step.subject)),
                retries: 2,
                is_final: step.number == 3,
            }
            .into(),
            (8, Some(Due { due_date, runs_on })) => {
                GiveUp { due_date, runs_on, code: text("rejected_fraud"), payment_id: Some(nth(8)) }.into()
            }
            (_, Some(Due { due_date, runs_on })) => {
                RecordExecution { due_date, runs_on, payment_id: nth(step.number) }.into()
            }
            (_, None) => RecordExecution { due_date: day, runs_on: day, payment_id: nth(9) }.into(),
        };
        (at, command)
    }
}

fn payee() -> Payee {
    let named = (None, Some(text("87144583/YZ")));
    let payee = ExternalPayee::parse(Network::VelocityPay, named, text("Maria Anders"), None);
    Payee::External(payee.unwrap())
}

fn terms(rhythm: Rhythm) -> Terms {
    Terms {
        payee: payee(),
        amount: inr(150_000),
        reference: Some(text("rent")),
        rhythm,
        first_date: date(2026, 1, 31),
        until: Until::Date(date(2027, 12, 31)),
        on_holiday: HolidayRule::NextBusinessDay,
    }
}

fn given(terms: Terms) -> StandingOrderGiven {
    StandingOrderGiven {
        from_account: nth(1),
        from_customer: customer(1),
        kind: StandingOrderKind::Household,
        terms,
        paid_through: Some(date(2026, 1, 31)),
        schedule_is_synthetic: true,
        given_by: "local".into(),
        business_date: date(2026, 1, 31),
    }
}

fn missed(due_date: Date) -> DueDateMissed {
    DueDateMissed {
        due_date,
        runs_on: LATER,
        attempt: 1,
        attempts: 4,
        code: text("insufficient_funds"),
        reason: text("there is too little"),
        account_id: Some(nth(1)),
        amount: inr(150_000),
        business_date: LATER,
    }
}

fn give(step: &Step, day: Date) -> StandingOrderCommand {
    let rhythm = match step.number {
        0 => Rhythm::DayOfMonth(31.try_into().unwrap()),
        1 => Rhythm::Weekday(DayOfWeek::Sunday),
        _ => Rhythm::Days(3.try_into().unwrap()),
    };
    let until = if step.number == 3 { Until::Times(3) } else { Until::Ended };
    let payee = if step.subject == 0 { payee() } else { Payee::Account(nth(9)) };
    let terms = Terms { payee, amount: inr(step.minor), first_date: day, until, ..terms(rhythm) };
    Give {
        from_account: nth(step.subject),
        from_customer: customer(step.subject),
        kind: StandingOrderKind::Leasing,
        terms,
        paid_through: None,
        schedule_is_synthetic: false,
    }
    .into()
}

fn change(step: &Step) -> StandingOrderCommand {
    let tomorrow = step.at().business_date.saturating_add(Span::new().days(1));
    Change {
        payee: None,
        amount: (step.number != 0).then(|| inr(step.minor)),
        reference: None,
        rhythm: (step.number == 1).then(|| Rhythm::Days(5.try_into().unwrap())),
        first_date: (step.number == 2).then_some(tomorrow),
        until: None,
        on_holiday: Some(HolidayRule::PreviousBusinessDay),
    }
    .into()
}
