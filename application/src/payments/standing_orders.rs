//! What is done with standing orders: giving and changing them here, carrying them out in `running`.

mod running;

use super::{
    NewExternal, Payments, Unfit,
    request::{fits, payee},
};
use crate::{
    StreamName,
    clock::fresh,
    command::{Answer, CommandContext, CommandError},
    executor::{Participant, Unit},
    fold::{Until as UpTo, fold},
};
use jiff::civil::Date;
use khata_domain::{
    Money, Text,
    accounts::BankAccount,
    ids::{AccountId, StandingOrderId},
    payments::{
        BusinessDays, HolidayRule, Payee, StandingOrder,
        standing_order::{
            Change, DayOfMonth, DayOfWeek, Due, Give, Interval, Rhythm, StandingOrderKind, Terms, Until,
        },
    },
};
use std::sync::Arc;

/// The use cases of standing orders: each date becomes a payment, by the rules of payments.
#[derive(Debug, Clone)]
pub struct StandingOrders {
    payments: Payments,
    business_days: Arc<BusinessDays>,
}

/// What standing order is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStandingOrder {
    /// The id, where the client gives one.
    pub id: Option<StandingOrderId>,
    /// Where the money comes from.
    pub from_account: AccountId,
    /// Where it goes: to this account of the bank,
    pub to_account: Option<AccountId>,
    /// or to another bank.
    pub external: Option<NewExternal>,
    pub kind: StandingOrderKind,
    /// How much arrives each time.
    pub amount: Money,
    pub reference: Option<Text<140>>,
    pub rhythm: NewRhythm,
    /// Dates are counted from this day on.
    pub first_date: Date,
    pub until: NewUntil,
    pub on_holiday: HolidayRule,
}

/// How often it is due: one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NewRhythm {
    pub day_of_month: Option<DayOfMonth>,
    pub weekday: Option<DayOfWeek>,
    pub days: Option<Interval>,
}

/// Until when it is due: one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NewUntil {
    pub date: Option<Date>,
    pub times: Option<u32>,
    /// Until somebody ends it.
    pub is_ended: bool,
}

impl NewRhythm {
    /// The one that is told, if any is.
    fn told(self) -> Result<Option<Rhythm>, CommandError> {
        let monthly = self.day_of_month.map(Rhythm::DayOfMonth);
        let weekly = self.weekday.map(Rhythm::Weekday);
        only_one([monthly, weekly, self.days.map(Rhythm::Days)])
    }
}

impl NewUntil {
    /// The one that is told, if any is.
    fn told(self) -> Result<Option<Until>, CommandError> {
        let ended = self.is_ended.then_some(Until::Ended);
        only_one([self.date.map(Until::Date), self.times.map(Until::Times), ended])
    }
}

fn only_one<T>(told: [Option<T>; 3]) -> Result<Option<T>, CommandError> {
    let mut told = told.into_iter().flatten();
    match (told.next(), told.next()) {
        (told, None) => Ok(told),
        (_, Some(_)) => Err(CommandError::refused(&Unfit::ScheduleUnclear)),
    }
}

/// What terms are wanted instead; what is not told stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewTerms {
    pub to_account: Option<AccountId>,
    pub external: Option<NewExternal>,
    pub amount: Option<Money>,
    pub reference: Option<Text<140>>,
    pub rhythm: NewRhythm,
    pub first_date: Option<Date>,
    pub until: NewUntil,
    pub on_holiday: Option<HolidayRule>,
}

impl StandingOrders {
    /// Carries them out by these payments, on these business days.
    pub fn new(payments: Payments, business_days: BusinessDays) -> Self {
        Self { payments, business_days: Arc::new(business_days) }
    }

    /// Gives a standing order. Both accounts are there and in its currency; whether the money suffices shows on its dates.
    ///
    /// # Errors
    /// `OutOfReach` before anything else where whoever asks does not reach the account that pays, or there is none;
    /// `NotFound` for an unknown account; refused as `no_gateway`, by the order's rules, or because of an account, which
    /// then stands in the facts as `account_id`; those of [`crate::Executor::create`].
    pub async fn give(
        &self,
        context: &CommandContext,
        new: NewStandingOrder,
    ) -> Result<Answer<StandingOrder>, CommandError> {
        let NewStandingOrder { from_account, amount, .. } = new;
        self.payments.require_reach(context, from_account).await?;
        let payee = payee(new.to_account, new.external.as_ref())?;
        let rhythm = new.rhythm.told()?.ok_or_else(|| CommandError::refused(&Unfit::ScheduleUnclear))?;
        let until = new.until.told()?.unwrap_or_default();
        self.payments.fee(context, &payee, amount.currency())?;
        let owner = self.payments.owner(from_account).await?;
        let from_customer = owner.ok_or_else(|| CommandError::NotFound(from_account.to_string()))?;
        let id = new.id.unwrap_or_else(|| fresh(&*self.payments.ids));
        let to_account = payee.account_id();
        let terms = Terms {
            payee,
            amount,
            reference: new.reference,
            rhythm,
            first_date: new.first_date,
            until,
            on_holiday: new.on_holiday,
        };
        let (paid_through, schedule_is_synthetic) = (None, false);
        let give =
            Give { from_account, from_customer, kind: new.kind, terms, paid_through, schedule_is_synthetic };
        let participants: Vec<Participant> =
            [Participant::of::<BankAccount>(from_account)].into_iter().chain(paid(to_account)).collect();
        let body = |unit: &mut Unit<'_>| {
            unit.decide::<StandingOrder>(id, give.clone())?;
            fits(unit, [Some(from_account), to_account], amount)
        };
        self.payments.executor.create::<StandingOrder>(context, id, &participants, body).await
    }

    /// Changes the terms of a standing order for dates after today.
    ///
    /// # Errors
    /// `NotFound` for an unknown payee; refused as `no_gateway`, by the order's rules, or because of the payee's account;
    /// those of [`crate::Executor::transact`].
    pub async fn change(
        &self,
        context: &CommandContext,
        id: StandingOrderId,
        new: NewTerms,
    ) -> Result<Answer<StandingOrder>, CommandError> {
        let payee = match (new.to_account, &new.external) {
            (None, None) => None,
            (to_account, external) => Some(payee(to_account, external.as_ref())?),
        };
        let to_account = payee.as_ref().and_then(Payee::account_id);
        let participants: Vec<Participant> = paid(to_account).collect();
        let change = Change {
            payee,
            amount: new.amount,
            reference: new.reference,
            rhythm: new.rhythm.told()?,
            first_date: new.first_date,
            until: new.until.told()?,
            on_holiday: new.on_holiday,
        };
        let body = |unit: &mut Unit<'_>| {
            unit.existing::<StandingOrder>(id)?;
            unit.decide::<StandingOrder>(id, change.clone())?;
            let Some(payee) = &change.payee else { return Ok(()) };
            let held = unit.state::<StandingOrder>(id)?.latest_terms().map(|held| held.terms.amount);
            let amount = held.ok_or_else(|| CommandError::NotFound(id.to_string()))?;
            self.payments.fee(context, payee, amount.currency())?;
            fits(unit, [None, to_account], amount)
        };
        self.payments.executor.transact::<StandingOrder>(context, id, &participants, body).await
    }

    /// What comes next: so many dates on which it is due, unless it is paused or ended before.
    ///
    /// # Errors
    /// `NotFound` if there is none; the log cannot be read.
    pub async fn dates(&self, id: StandingOrderId, count: usize) -> Result<Vec<(Due, Money)>, CommandError> {
        let order = self.stored(id).await?;
        let shown = |due_date: Date| {
            let runs_on = order.runs_on(due_date, &self.business_days);
            order.terms_on(due_date).map(|terms| (Due { due_date, runs_on }, terms.amount))
        };
        Ok(order.dates().filter_map(shown).take(count).collect())
    }

    /// A standing order by what is durable.
    async fn stored(&self, id: StandingOrderId) -> Result<StandingOrder, CommandError> {
        let stream = StreamName::of::<StandingOrder>(id);
        let stored = fold::<StandingOrder>(&*self.payments.store, &stream, UpTo::default()).await?.known()?;
        match stored.state.given() {
            Some(_) => Ok(stored.state),
            None => Err(CommandError::NotFound(id.to_string())),
        }
    }
}

/// The account that is paid takes part: whoever pays need not be the one who is paid.
fn paid(to_account: Option<AccountId>) -> impl Iterator<Item = Participant> {
    to_account.into_iter().map(|account_id| Participant::of::<BankAccount>(account_id).of_anyone())
}
