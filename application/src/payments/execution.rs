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
        AmlVerdict, BankAccount, Channel, FeeKind,
        account::{ChargeFee, Deposit, PlaceHold, Withdraw},
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
    /// are booked, or the money is set aside. What does not pass touches no account, but is refused if they would.
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
            unit.decide::<Payment>(payment_id, Screen { assessment, bands: numbers.payments })?;
        }
        // A payment has one hold, and that is found by the payment's name.
        let hold_id = HoldId::from_uuid(payment_id.uuid());
        let payment = unit.state::<Payment>(payment_id)?;
        let is_to_be_made = payment.is_cleared() && payment.status() == PaymentStatus::Requested;
        let step = if is_to_be_made { Step::Take } else { Step::Try };
        match request.payee {
            Payee::Account(to_account) => book(unit, payment_id, &request, to_account, step)?,
            Payee::External(_) => {
                let amount = with_fee(&request)?;
                let aml_verdict = aml_verdict(&request);
                let hold = PlaceHold { hold_id, amount, expires_at: None, aml_verdict };
                step.account(unit, request.from_account, hold)?;
            }
        }
        match (is_to_be_made, &request.payee) {
            (false, _) => Ok(()),
            (true, Payee::Account(_)) => unit.decide::<Payment>(payment_id, Complete {}).map(drop),
            (true, Payee::External(_)) => unit.decide::<Payment>(payment_id, Hold { hold_id }).map(drop),
        }
    }
}

/// Whether accounts take a command, or are only asked whether they would.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Take,
    Try,
}

impl Step {
    /// Puts a command to an account. A refusal tells which account it was.
    fn account<C: Into<khata_domain::accounts::AccountCommand>>(
        self,
        unit: &mut Unit<'_>,
        account_id: AccountId,
        command: C,
    ) -> Result<(), CommandError> {
        unit.existing::<BankAccount>(account_id)?;
        let decided = match self {
            Self::Take => unit.decide::<BankAccount>(account_id, command).map(drop),
            Self::Try => unit.would::<BankAccount>(account_id, command),
        };
        decided.map_err(|error| of_account(error, account_id))
    }
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

/// Debit, fee and credit.
fn book(
    unit: &mut Unit<'_>,
    payment_id: PaymentId,
    request: &PaymentRequested,
    to_account: AccountId,
    step: Step,
) -> Result<(), CommandError> {
    let amount = request.amount;
    let reference = || request.reference.as_ref().map(ToString::to_string);
    let details = |counterparty: AccountId| details(payment_id, counterparty.to_string(), reference());
    let withdraw = Withdraw { amount, details: details(to_account), aml_verdict: aml_verdict(request) };
    step.account(unit, request.from_account, withdraw)?;
    if let Some(charge) = fee(payment_id, request) {
        step.account(unit, request.from_account, charge)?;
    }
    step.account(unit, to_account, Deposit { amount, details: details(request.from_account) })
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

/// What the payer is charged for a payment, if anything.
pub(super) fn fee(payment_id: PaymentId, request: &PaymentRequested) -> Option<ChargeFee> {
    request.fee.is_positive().then(|| ChargeFee {
        amount: request.fee,
        kind: FeeKind::Payment,
        reason: format!("Fee of the payment {payment_id}"),
        value_date: None,
        payment_id: Some(payment_id),
    })
}

fn with_fee(request: &PaymentRequested) -> Result<Money, CommandError> {
    request.amount.checked_add(request.fee).map_err(|error| CommandError::Internal(error.to_string()))
}

fn aml_verdict(request: &PaymentRequested) -> Option<AmlVerdict> {
    request.aml_approved.map(|approved| if approved { AmlVerdict::Approved } else { AmlVerdict::Rejected })
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
    Ok(FraudFacts {
        amount: request.amount,
        usual: habits.usual(),
        payee_known: habits.knows(&request.payee.account()),
        earlier_today: habits.on(context.today()),
        hour: context.settings.calendar().hour(context.now),
        city_tier,
        identity_verified,
    })
}
