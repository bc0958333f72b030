//! Making a payment: it is judged, then booked or set aside, all of it on the aggregates as they are held.

use super::Payments;
use crate::{
    command::{CommandContext, CommandError},
    executor::Unit,
    fraud,
};
use khata_domain::{
    Money,
    accounts::{
        AccountCommand, AmlVerdict, BankAccount, Channel,
        account::{ChargeFee, Deposit, NotePaymentAttempt, PlaceHold, Withdraw},
        entry::EntryDetails,
    },
    customers::Customer,
    fraud::FraudFacts,
    ids::{AccountId, HoldId, PaymentId, TypedId},
    payments::{
        Payment, PaymentStatus,
        payment::{Complete, Hold, Payee, PaymentRequested, Screen},
    },
};

impl Payments {
    /// Makes a payment that is ordered and not made: it is judged unless somebody has looked at it; then the accounts
    /// are booked, or the money is set aside. What does not pass moves no money, but is refused if the accounts would
    /// refuse it, and is noted as an attempt.
    pub(super) fn make(
        &self,
        unit: &mut Unit<'_>,
        context: &CommandContext,
        payment_id: PaymentId,
    ) -> Result<(), CommandError> {
        let payment = unit.existing::<Payment>(payment_id)?;
        let Some(request) = payment.request().cloned() else {
            return Err(CommandError::Internal("a payment's stream without an order".into()));
        };
        if !payment.is_cleared() {
            let numbers = context.settings.rules().fraud;
            let assessment = self.scorer.score(facts(unit, context, &request)?, &numbers.weights);
            let aml_threshold = BankAccount::aml_threshold(request.amount.currency());
            unit.decide::<Payment>(
                payment_id,
                Screen { assessment, bands: numbers.payments, aml_threshold },
            )?;
        }
        let payment = unit.state::<Payment>(payment_id)?;
        if payment.is_cleared() && payment.status() == PaymentStatus::Requested {
            let aml_verdict = aml_verdict(payment);
            for (account_id, commands) in bookings(payment_id, &request, aml_verdict)? {
                take(unit, account_id, commands)?;
            }
            return match request.payee {
                Payee::Account(_) => unit.decide::<Payment>(payment_id, Complete {}).map(drop),
                Payee::External(_) => {
                    unit.decide::<Payment>(payment_id, Hold { hold_id: hold_of(payment_id) }).map(drop)
                }
            };
        }
        // Whether it is too large to go unseen is being looked at.
        let aml_verdict = aml_verdict(payment).or(Some(AmlVerdict::Approved));
        would_book(unit, payment_id, &request, aml_verdict)?;
        take(unit, request.from_account, [NotePaymentAttempt { payment_id }.into()])
    }
}

/// A payment has one hold, and that is found by the payment's name.
fn hold_of(payment_id: PaymentId) -> HoldId {
    HoldId::from_uuid(payment_id.uuid())
}

/// Puts commands to an account. A refusal tells which account it was.
pub(super) fn take(
    unit: &mut Unit<'_>,
    account_id: AccountId,
    commands: impl IntoIterator<Item = AccountCommand>,
) -> Result<(), CommandError> {
    unit.existing::<BankAccount>(account_id)?;
    for command in commands {
        unit.decide::<BankAccount>(account_id, command).map_err(|error| of_account(error, account_id))?;
    }
    Ok(())
}

/// Whether the accounts of a payment would take it as they stand; nothing comes of it.
pub(super) fn would_book(
    unit: &Unit<'_>,
    payment_id: PaymentId,
    request: &PaymentRequested,
    aml_verdict: Option<AmlVerdict>,
) -> Result<(), CommandError> {
    for (account_id, commands) in bookings(payment_id, request, aml_verdict)? {
        unit.existing::<BankAccount>(account_id)?;
        let would = unit.would::<BankAccount>(account_id, commands);
        would.map_err(|error| of_account(error, account_id))?;
    }
    Ok(())
}

/// A payment has two accounts: its refusals tell which of them refuses.
pub(super) fn of_account(error: CommandError, account_id: AccountId) -> CommandError {
    match error {
        CommandError::Refused { code, message, mut facts } => {
            if let Some(members) = facts.as_object_mut() {
                members.insert("account_id".to_owned(), account_id.to_string().into());
            }
            CommandError::Refused { code, message, facts }
        }
        other => other,
    }
}

/// What a payment asks of accounts: debit, fee and credit, or to set the money aside.
fn bookings(
    payment_id: PaymentId,
    request: &PaymentRequested,
    aml_verdict: Option<AmlVerdict>,
) -> Result<Vec<(AccountId, Vec<AccountCommand>)>, CommandError> {
    let PaymentRequested { from_account, amount, fee, .. } = *request;
    let fee = fee.is_positive().then_some(fee);
    let reference = || request.reference.as_ref().map(ToString::to_string);
    Ok(match request.payee {
        Payee::Account(to_account) => {
            let details =
                |counterparty: AccountId| details(payment_id, counterparty.to_string(), reference());
            let debit = Withdraw { amount, details: details(to_account), aml_verdict };
            let fee = fee.map(|fee| ChargeFee::of_payment(payment_id, fee).into());
            let credit = Deposit { amount, details: details(from_account) };
            let debits = [debit.into()].into_iter().chain(fee).collect();
            vec![(from_account, debits), (to_account, vec![credit.into()])]
        }
        Payee::External(_) => {
            let (hold_id, payment_id) = (hold_of(payment_id), Some(payment_id));
            let amount = with_fee(request)?;
            let hold = PlaceHold { hold_id, amount, expires_at: None, aml_verdict, payment_id, fee };
            vec![(from_account, vec![hold.into()])]
        }
    })
}

/// What entries of a payment say about themselves.
pub(super) fn details(
    payment_id: PaymentId,
    counterparty: String,
    reference: Option<String>,
) -> EntryDetails {
    EntryDetails {
        channel: Channel::Transfer,
        counterparty: Some(counterparty),
        reference,
        payment_id: Some(payment_id),
        ..EntryDetails::default()
    }
}

fn with_fee(request: &PaymentRequested) -> Result<Money, CommandError> {
    request.amount.checked_add(request.fee).map_err(|error| CommandError::Internal(error.to_string()))
}

/// What the check against money laundering said, when it was ordered or since: whoever approves a payment has looked at
/// that, too.
fn aml_verdict(payment: &Payment) -> Option<AmlVerdict> {
    let stated = payment.request().and_then(|request| request.aml_approved);
    let approved = payment.review().filter(|review| review.approved).map(|_| true);
    stated.or(approved).map(|approved| if approved { AmlVerdict::Approved } else { AmlVerdict::Rejected })
}

/// What is known of a payment, by the payer's account and the payer as they are held.
fn facts(
    unit: &Unit<'_>,
    context: &CommandContext,
    request: &PaymentRequested,
) -> Result<FraudFacts, CommandError> {
    let (city_tier, identity_verified) =
        fraud::of_customer(unit.existing::<Customer>(request.from_customer)?);
    let account = unit.existing::<BankAccount>(request.from_account)?;
    let habits = account.habits();
    let is_chosen = request.scheduled_for.is_none() && request.standing_order.is_none();
    Ok(FraudFacts {
        amount: request.amount,
        usual: habits.usual(),
        payee_known: habits.knew(&request.payee.account(), context.today()),
        earlier_today: habits.on(context.today()),
        // What runs because its day has come says nothing of who sits awake.
        hour: is_chosen.then(|| context.settings.calendar().hour(context.now)),
        city_tier,
        identity_verified,
    })
}
