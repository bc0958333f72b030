//! What a standing order can be asked to do, and the rules: each date is paid once, or it is told why not.

use super::{
    error::StandingOrderError,
    event::*,
    schedule::{InForce, Rhythm, Terms, Until},
    state::StandingOrder,
    words::{StandingOrderEnd, StandingOrderKind, StandingOrderStatus},
};
use crate::{
    Aggregate, DecisionContext, Money, Rules, Text,
    declared::commands,
    ids::{AccountId, CustomerId, PaymentId},
    payments::{HolidayRule, Payee},
};
use jiff::civil::Date;

type Decision = Result<Vec<StandingOrderEvent>, StandingOrderError>;

/// So many dates that go by during a pause are counted at most.
const COUNTED: usize = 10_000;

commands! {
    /// What a standing order can be asked to do.
    pub enum StandingOrderCommand for StandingOrder {
        /// Pay regularly from an account to another one, or to another bank.
        Give in Box {
            /// Whose money it is: an account, and the customer it belongs to.
            from_account: AccountId,
            from_customer: CustomerId,
            kind: StandingOrderKind,
            terms: Terms,
            /// Its dates up to this one were paid elsewhere.
            paid_through: Option<Date>,
            /// The schedule is made up.
            schedule_is_synthetic: bool,
        } => give,
        /// Pay by other terms on dates after today; what is not told stays as it is.
        Change in Box {
            payee: Option<Payee>,
            amount: Option<Money>,
            reference: Option<Text<140>>,
            rhythm: Option<Rhythm>,
            /// Counting begins anew on this day.
            first_date: Option<Date>,
            until: Option<Until>,
            on_holiday: Option<HolidayRule>,
        } => change,
        /// Let its dates go by, until it is resumed. What waits to be tried again is given up.
        Pause { reason: Option<Text<500>> } => pause,
        /// Carry it out again, on dates from today on.
        Resume {} => resume,
        /// End it. What waits to be tried again is given up.
        End { end: StandingOrderEnd, reason: Option<Text<500>> } => end,
        /// Note that a date is paid, or ordered to be.
        RecordExecution {
            due_date: Date,
            /// The day on which it is to be paid, by the calendar of business days.
            runs_on: Date,
            payment_id: PaymentId,
        } => record_execution,
        /// Note that a date could not be paid. It is tried again on later days, at most so often.
        RecordMiss in Box {
            due_date: Date,
            /// As in `RecordExecution`.
            runs_on: Date,
            /// The rule that refused it.
            code: Text<100>,
            reason: Text<500>,
            /// The account that refused it.
            account_id: Option<AccountId>,
            /// So often it is tried again.
            retries: u16,
            /// Trying again changes nothing.
            is_final: bool,
        } => record_miss,
        /// Note that a date will not be paid.
        GiveUp {
            due_date: Date,
            /// As in `RecordExecution`.
            runs_on: Date,
            /// The rule that refused it.
            code: Text<100>,
            payment_id: Option<PaymentId>,
        } => give_up,
    }
}

fn give(order: &StandingOrder, command: Give, at: DecisionContext<'_>, rules: Rules) -> Decision {
    if order.given().is_some() {
        return Err(StandingOrderError::StandingOrderAlreadyGiven);
    }
    let Give { from_account, from_customer, kind, terms, paid_through, schedule_is_synthetic } = command;
    check(&terms, from_account)?;
    if rules.all() && terms.first_date < at.today {
        let first_date = terms.first_date;
        return Err(StandingOrderError::FirstDateTooEarly { first_date, earliest: at.today });
    }
    let given = StandingOrderGiven {
        from_account,
        from_customer,
        kind,
        terms,
        paid_through,
        schedule_is_synthetic,
        given_by: at.actor.to_owned(),
        business_date: at.business_date,
    };
    with_something_due(order, given.into())
}

fn change(order: &StandingOrder, command: Change, at: DecisionContext<'_>, _: Rules) -> Decision {
    let (given, held) = running(order)?;
    let earliest = at.today.tomorrow().unwrap_or(Date::MAX);
    let Change { payee, amount, reference, rhythm, first_date, until, on_holiday } = command;
    if let Some(first_date) = first_date.filter(|first_date| *first_date < earliest) {
        return Err(StandingOrderError::FirstDateTooEarly { first_date, earliest });
    }
    let old = held.terms.clone();
    let expected = old.amount.currency();
    if let Some(amount) = amount.filter(|amount| amount.currency() != expected) {
        return Err(StandingOrderError::CurrencyMismatch { amount, expected });
    }
    // Another rhythm is counted from when it holds; what had not begun begins no sooner.
    let counted_anew = rhythm.filter(|rhythm| *rhythm != old.rhythm).map(|_| earliest.max(old.first_date));
    let terms = Terms {
        payee: payee.unwrap_or(old.payee),
        amount: amount.unwrap_or(old.amount),
        reference: reference.or(old.reference),
        rhythm: rhythm.unwrap_or(old.rhythm),
        first_date: first_date.or(counted_anew).unwrap_or(old.first_date),
        until: until.unwrap_or(old.until),
        on_holiday: on_holiday.unwrap_or(old.on_holiday),
    };
    check(&terms, given.from_account)?;
    if terms == held.terms {
        return Ok(Vec::new());
    }
    let (changed_by, business_date) = (at.actor.to_owned(), at.business_date);
    let changed = StandingOrderChanged { terms, from: earliest, changed_by, business_date };
    with_something_due(order, changed.into())
}

fn pause(order: &StandingOrder, command: Pause, at: DecisionContext<'_>, _: Rules) -> Decision {
    running(order)?;
    if order.status() == StandingOrderStatus::Paused {
        return Ok(Vec::new());
    }
    let paused = StandingOrderPaused {
        reason: command.reason,
        paused_by: at.actor.to_owned(),
        business_date: at.business_date,
    };
    Ok(giving_up_all(order, "paused", at).chain([paused.into()]).collect())
}

fn resume(order: &StandingOrder, _: Resume, at: DecisionContext<'_>, _: Rules) -> Decision {
    running(order)?;
    if order.status() == StandingOrderStatus::Active {
        return Ok(Vec::new());
    }
    let gone = order.dates().take_while(|date| *date < at.business_date).take(COUNTED).count();
    let resumed = StandingOrderResumed {
        resumed_by: at.actor.to_owned(),
        business_date: at.business_date,
        skipped: u32::try_from(gone).unwrap_or(u32::MAX),
    };
    Ok(until_it_runs_out(order, vec![resumed.into()], at))
}

fn end(order: &StandingOrder, command: End, at: DecisionContext<'_>, _: Rules) -> Decision {
    given(order)?;
    if order.status() == StandingOrderStatus::Ended {
        return Ok(Vec::new());
    }
    let End { end, reason } = command;
    Ok(giving_up_all(order, "ended", at).chain([ended(end, reason, at)]).collect())
}

fn record_execution(
    order: &StandingOrder,
    command: RecordExecution,
    at: DecisionContext<'_>,
    _: Rules,
) -> Decision {
    let RecordExecution { due_date, runs_on, payment_id } = command;
    let Some(amount) = to_be_paid(order, due_date, runs_on, at)? else { return Ok(Vec::new()) };
    let business_date = at.business_date;
    let executed = DueDateExecuted { due_date, runs_on, payment_id, amount, business_date };
    Ok(until_it_runs_out(order, vec![executed.into()], at))
}

/// At most once a day, so that it makes no difference how often a day is worked off.
fn record_miss(order: &StandingOrder, command: RecordMiss, at: DecisionContext<'_>, _: Rules) -> Decision {
    let RecordMiss { due_date, runs_on, code, reason, account_id, retries, is_final } = command;
    let Some(amount) = to_be_paid(order, due_date, runs_on, at)? else { return Ok(Vec::new()) };
    let business_date = at.business_date;
    let known = order.open().get(&due_date);
    if known.is_some_and(|miss| miss.on >= business_date) {
        return Ok(Vec::new());
    }
    let attempt = known.map_or(0, |miss| miss.attempts).saturating_add(1);
    let attempts = u32::from(retries).saturating_add(1);
    let missed = DueDateMissed {
        due_date,
        runs_on,
        attempt,
        attempts,
        code: code.clone(),
        reason,
        account_id,
        amount,
        business_date,
    };
    let mut events = vec![missed.into()];
    if is_final || attempt >= attempts {
        let (attempts, payment_id) = (attempt, None);
        events.push(DueDateGivenUp { due_date, attempts, code, payment_id, amount, business_date }.into());
    }
    Ok(until_it_runs_out(order, events, at))
}

fn give_up(order: &StandingOrder, command: GiveUp, at: DecisionContext<'_>, _: Rules) -> Decision {
    let GiveUp { due_date, runs_on, code, payment_id } = command;
    let Some(amount) = to_be_paid(order, due_date, runs_on, at)? else { return Ok(Vec::new()) };
    let attempts = order.open().get(&due_date).map_or(0, |miss| miss.attempts).saturating_add(1);
    let business_date = at.business_date;
    let given_up = DueDateGivenUp { due_date, attempts, code, payment_id, amount, business_date };
    Ok(until_it_runs_out(order, vec![given_up.into()], at))
}

fn given(order: &StandingOrder) -> Result<&StandingOrderGiven, StandingOrderError> {
    order.given().ok_or(StandingOrderError::StandingOrderNotGiven)
}

/// It was given and has not ended.
fn running(order: &StandingOrder) -> Result<(&StandingOrderGiven, &InForce), StandingOrderError> {
    let given = given(order)?;
    let held = order.latest_terms().ok_or(StandingOrderError::StandingOrderNotGiven)?;
    match order.status() {
        StandingOrderStatus::Active | StandingOrderStatus::Paused => Ok((given, held)),
        StandingOrderStatus::Ended => Err(StandingOrderError::StandingOrderHasEnded),
    }
}

/// How much is to be paid for a date; nothing where that was done, or given up, before.
fn to_be_paid(
    order: &StandingOrder,
    due_date: Date,
    runs_on: Date,
    at: DecisionContext<'_>,
) -> Result<Option<Money>, StandingOrderError> {
    given(order)?;
    let is_open = order.open().contains_key(&due_date);
    if !is_open && order.through.is_some_and(|through| due_date <= through) {
        return Ok(None);
    }
    let status = order.status();
    if status != StandingOrderStatus::Active {
        return Err(StandingOrderError::StandingOrderNotActive { status });
    }
    if !is_open && order.dates().next() != Some(due_date) {
        return Err(StandingOrderError::DueDateNotNext { due_date });
    }
    let today = at.business_date;
    if today < runs_on {
        return Err(StandingOrderError::DueDateNotReached { due_date, runs_on, today });
    }
    Ok(order.terms_on(due_date).map(|terms| terms.amount))
}

fn check(terms: &Terms, from_account: AccountId) -> Result<(), StandingOrderError> {
    let amount = terms.amount;
    if !amount.is_positive() {
        return Err(StandingOrderError::AmountNotPositive { amount });
    }
    if terms.payee == Payee::Account(from_account) {
        return Err(StandingOrderError::SameAccount { account_id: from_account });
    }
    Ok(())
}

/// An event behind which something is due still.
fn with_something_due(order: &StandingOrder, event: StandingOrderEvent) -> Decision {
    let mut after = order.clone();
    after.evolve(&event);
    let is_due = !after.open().is_empty() || after.dates().next().is_some();
    if is_due { Ok(vec![event]) } else { Err(StandingOrderError::NothingDue) }
}

/// What waits to be tried again is given up.
fn giving_up_all<'a>(
    order: &'a StandingOrder,
    code: &'static str,
    at: DecisionContext<'a>,
) -> impl Iterator<Item = StandingOrderEvent> + 'a {
    let business_date = at.business_date;
    order.open().iter().filter_map(move |(due_date, miss)| {
        let (due_date, amount) = (*due_date, order.terms_on(*due_date)?.amount);
        let (attempts, code, payment_id) = (miss.attempts, Text::fitted(code), None);
        Some(DueDateGivenUp { due_date, attempts, code, payment_id, amount, business_date }.into())
    })
}

/// It ends behind events after which nothing is due any more.
fn until_it_runs_out(
    order: &StandingOrder,
    mut events: Vec<StandingOrderEvent>,
    at: DecisionContext<'_>,
) -> Vec<StandingOrderEvent> {
    let mut after = order.clone();
    events.iter().for_each(|event| after.evolve(event));
    if after.open().is_empty() && after.dates().next().is_none() {
        events.push(ended(StandingOrderEnd::RanOut, None, at));
    }
    events
}

fn ended(end: StandingOrderEnd, reason: Option<Text<500>>, at: DecisionContext<'_>) -> StandingOrderEvent {
    let (ended_by, business_date) = (at.actor.to_owned(), at.business_date);
    StandingOrderEnded { end, reason, ended_by, business_date }.into()
}
