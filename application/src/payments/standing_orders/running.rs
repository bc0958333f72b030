//! Carrying out a standing order: on a day, what is due by then is paid, or it is told why not. Whoever does it, and
//! however often: a date is paid once, since the payment is named after it and both are one append.

use super::{StandingOrders, paid};
use crate::{
    command::{Answer, CommandContext, CommandError},
    executor::{Participant, Unit},
    payments::{Unfit, execution::would_book},
};
use jiff::civil::Date;
use khata_domain::{
    Aggregate, Money, Rules, Text,
    accounts::{AmlVerdict, BankAccount},
    customers::Customer,
    ids::{AccountId, PaymentId, StandingOrderId, TypedId},
    payments::{
        Payment, PaymentEvent, PaymentStatus, StandingOrder,
        payment::{OfStandingOrder, PaymentRequested, Request},
        standing_order::{
            Due, End, GiveUp, RecordExecution, RecordMiss, StandingOrderEnd, StandingOrderStatus,
        },
    },
};
use std::collections::BTreeSet;

/// So many dates are paid in one append at most; what is due beyond that is paid when it is carried out again.
const AT_ONCE: usize = 31;
/// So often what was missed is tried again on later days.
const RETRIES: u16 = 3;
/// By these rules a payment is refused for good.
const FINAL: [&str; 4] = ["account_closed", "currency_mismatch", "not_found", "same_account"];

/// A refusal, as a miss tells it.
struct Refusal {
    code: String,
    reason: String,
    account_id: Option<AccountId>,
}

impl StandingOrders {
    /// Carries out a standing order on a day; today, if none is named. What is due by then and was not paid is paid,
    /// what the accounts refuse is noted as missed, and tried again by whoever asks for a later day. Asked twice for a day,
    /// the second time does nothing. What is paid for a day that has gone by counts for that day.
    ///
    /// # Errors
    /// `NotFound` if there is none; refused as `run_in_future`; those of [`crate::Executor::transact`].
    pub async fn run(
        &self,
        context: &CommandContext,
        id: StandingOrderId,
        date: Option<Date>,
    ) -> Result<Answer<StandingOrder>, CommandError> {
        let today = context.today();
        let (day, context) = context.on(date.filter(|date| *date != today));
        if day > today {
            return Err(CommandError::refused(&Unfit::RunInFuture { date: day, today }));
        }
        let order = self.stored(id).await?;
        let foreseen: Vec<Due> = order.waiting(day, &self.business_days).take(AT_ONCE).collect();
        let participants = participants(id, &order, &foreseen);
        let body = |unit: &mut Unit<'_>| {
            unit.existing::<StandingOrder>(id)?;
            self.carry_out(unit, &context, id, &foreseen)
        };
        self.payments.executor.transact::<StandingOrder>(&context, id, &participants, body).await
    }

    /// Pays what was foreseen, as far as it still waits: others may have been quicker.
    fn carry_out(
        &self,
        unit: &mut Unit<'_>,
        context: &CommandContext,
        id: StandingOrderId,
        foreseen: &[Due],
    ) -> Result<(), CommandError> {
        let day = context.business_day();
        for due in foreseen {
            let order = unit.state::<StandingOrder>(id)?;
            if !order.waiting(day, &self.business_days).take(AT_ONCE + 1).any(|waits| waits == *due) {
                continue;
            }
            self.pay(unit, context, id, *due)?;
            if unit.state::<StandingOrder>(id)?.status() == StandingOrderStatus::Ended {
                break;
            }
        }
        Ok(())
    }

    /// Pays one date, or notes why not.
    fn pay(
        &self,
        unit: &mut Unit<'_>,
        context: &CommandContext,
        id: StandingOrderId,
        due: Due,
    ) -> Result<(), CommandError> {
        let Due { due_date, runs_on } = due;
        let payment_id = payment_of(id, due_date);
        let request = match self.request(unit, context, id, due_date)? {
            Ok(request) => request,
            Err(refusal) => return miss(unit, id, due, refusal),
        };
        let requested = as_requested(context, &request)?;
        let would = would_book(unit, payment_id, &requested, Some(AmlVerdict::Approved));
        if let Some(refusal) = refusal_of(would)? {
            return miss(unit, id, due, refusal);
        }
        unit.decide::<Payment>(payment_id, request)?;
        self.payments.make(unit, context, payment_id)?;
        match unit.state::<Payment>(payment_id)?.status() {
            PaymentStatus::RejectedFraud => {
                let code = Text::fitted(PaymentStatus::RejectedFraud.name());
                let give_up = GiveUp { due_date, runs_on, code, payment_id: Some(payment_id) };
                unit.decide::<StandingOrder>(id, give_up).map(drop)
            }
            _ => {
                let execution = RecordExecution { due_date, runs_on, payment_id };
                unit.decide::<StandingOrder>(id, execution).map(drop)
            }
        }
    }

    /// The payment of a date, by the terms that hold for it.
    fn request(
        &self,
        unit: &Unit<'_>,
        context: &CommandContext,
        id: StandingOrderId,
        due_date: Date,
    ) -> Result<Result<Request, Refusal>, CommandError> {
        let order = unit.state::<StandingOrder>(id)?;
        let (Some(given), Some(terms)) = (order.given(), order.terms_on(due_date).cloned()) else {
            return Err(CommandError::NotFound(id.to_string()));
        };
        let fee: Result<Money, CommandError> =
            self.payments.fee(context, &terms.payee, terms.amount.currency());
        let fee = match fee {
            Ok(fee) => fee,
            Err(error) => return Ok(Err(as_refusal(error)?)),
        };
        Ok(Ok(Request {
            from_account: given.from_account,
            from_customer: given.from_customer,
            payee: terms.payee,
            amount: terms.amount,
            fee,
            reference: terms.reference,
            scheduled_for: None,
            days_ahead: 0,
            aml_approved: None,
            standing_order: Some(OfStandingOrder { standing_order_id: id, due_date }),
        }))
    }
}

/// The name of the payment of a date: whoever pays it arrives at the same one.
pub(super) fn payment_of(id: StandingOrderId, due_date: Date) -> PaymentId {
    let name = format!("{id}/{due_date}");
    let hash = blake3::derive_key("khata 2026-12-01 payment of a standing order", name.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    PaymentId::from_uuid(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

/// Who takes part beside the order: the payments of its dates, the account that pays and whose it is, the accounts
/// that are paid.
fn participants(id: StandingOrderId, order: &StandingOrder, foreseen: &[Due]) -> Vec<Participant> {
    let Some(given) = order.given().filter(|_| !foreseen.is_empty()) else { return Vec::new() };
    let payments = foreseen.iter().map(|due| Participant::of::<Payment>(payment_of(id, due.due_date)));
    let payer = [
        Participant::of::<BankAccount>(given.from_account),
        Participant::of::<Customer>(given.from_customer),
    ];
    let payees = foreseen.iter().filter_map(|due| order.terms_on(due.due_date)?.payee.account_id());
    let payees: BTreeSet<AccountId> = payees.collect();
    payments
        .map(Participant::of_anyone)
        .chain(payer)
        .chain(payees.into_iter().flat_map(|account_id| paid(Some(account_id))))
        .collect()
}

/// What the order of a payment comes to, before it is ordered.
fn as_requested(context: &CommandContext, request: &Request) -> Result<PaymentRequested, CommandError> {
    let decided = Payment::default().decide(request.clone().into(), context.decision(), Rules::All);
    let events = decided.map_err(|error| CommandError::refused(&error))?;
    let requested = events.into_iter().find_map(|event| match event {
        PaymentEvent::PaymentRequested(requested) => Some(*requested),
        _ => None,
    });
    requested.ok_or_else(|| CommandError::Internal("an order of a payment without an event".into()))
}

/// Notes what could not be paid. Where the account that pays is closed, the order ends.
fn miss(unit: &mut Unit<'_>, id: StandingOrderId, due: Due, refusal: Refusal) -> Result<(), CommandError> {
    let Refusal { code, reason, account_id } = refusal;
    let payer = unit.state::<StandingOrder>(id)?.given().map(|given| given.from_account);
    let has_no_account = code == "account_closed" && account_id.is_some() && account_id == payer;
    let miss = RecordMiss {
        due_date: due.due_date,
        runs_on: due.runs_on,
        is_final: FINAL.contains(&code.as_str()),
        code: Text::fitted(&code),
        reason: Text::fitted(&reason),
        account_id,
        retries: RETRIES,
    };
    unit.decide::<StandingOrder>(id, miss)?;
    if has_no_account {
        unit.decide::<StandingOrder>(id, End { end: StandingOrderEnd::AccountClosed, reason: None })?;
    }
    Ok(())
}

fn refusal_of(would: Result<(), CommandError>) -> Result<Option<Refusal>, CommandError> {
    match would {
        Ok(()) => Ok(None),
        Err(error) => as_refusal(error).map(Some),
    }
}

/// What a rule refuses is a miss; all else is no answer.
fn as_refusal(error: CommandError) -> Result<Refusal, CommandError> {
    match error {
        CommandError::Refused { code, message, facts } => {
            let account_id = facts["account_id"].as_str().and_then(|text| text.parse().ok());
            Ok(Refusal { code, reason: message, account_id })
        }
        CommandError::NotFound(what) => {
            let reason = format!("there is no {what}");
            Ok(Refusal { code: "not_found".into(), reason, account_id: what.parse().ok() })
        }
        other => Err(other),
    }
}
