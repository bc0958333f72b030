//! What the paying out of loans hears, and how it is done.

use super::definition::{Act, Command, Fact, LoanDisbursement, NoAnswer, NoCall};
use crate::{
    Recorded,
    codec::DecodeError,
    command::{CommandContext, CommandError},
    executor::{Participant, Unit},
    lending::{Unfit, application::fit_for_payout},
    processes::{Asked, CallError, Concern, Concerned, Port, Surroundings},
};
use async_trait::async_trait;
use khata_domain::{
    Aggregate, Made, Text,
    accounts::{
        BankAccount, Channel, Direction, EntryKind,
        account::{self, Deposit, OriginalEntry, ReverseTransaction},
        entry::EntryDetails,
    },
    ids::{TransactionId, TypedId},
    lending::{
        Disbursement, DisbursementId, Loan, LoanEvent, Treasury, TreasuryId,
        disbursement::{Cancel, Complete, Create, NoteTransfer, PaidOut, Reverse},
        loan::{Disburse, Payout, ReverseApproval},
        treasury::{Release, Reserve, Spend, TakeBack},
    },
};

/// The surroundings of the paying out of loans.
#[derive(Debug, Clone, Copy, Default)]
pub struct LoanDisbursementSurroundings;

#[async_trait]
impl Surroundings<LoanDisbursement> for LoanDisbursementSurroundings {
    fn listens_to(&self) -> Option<&'static [&'static str]> {
        Some(&[Loan::CATEGORY])
    }

    fn hears(&self, event: &Recorded) -> Result<Option<Concerned<LoanDisbursement>>, DecodeError> {
        let Some(happened) = event.event::<Loan>().transpose()? else { return Ok(None) };
        let LoanEvent::LoanApproved(approved) = happened else { return Ok(None) };
        let loan_id = event.stream.id_of::<Loan>();
        let customer_id = event.owner().and_then(|owner| owner.parse().ok());
        let Some(((payout, loan_id), customer_id)) = approved.payout.zip(loan_id).zip(customer_id) else {
            return Ok(None);
        };
        let Payout { approval, account_id, amount } = payout;
        let paid_out = PaidOut { loan_id, customer_id, account_id, amount };
        let fact = Fact::Approved { paid_out, approval, due: event.calendar().start_of(approved.starts_on) };
        let subject = DisbursementId::from_uuid(event.event_id);
        Ok(Some(Concerned { subject, concern: Concern::Starts, fact }))
    }

    fn participants(&self, command: &Command) -> Vec<Participant> {
        let PaidOut { loan_id, account_id, amount, .. } = command.paid_out;
        let loan = || Participant::of::<Loan>(loan_id);
        let account = || Participant::of::<BankAccount>(account_id);
        let treasury = || Participant::of::<Treasury>(TreasuryId(amount.currency()));
        let record = || Participant::of::<Disbursement>(command.disbursement_id);
        match command.act {
            Act::TakeUp {} | Act::ReverseApproval { .. } => vec![loan()],
            Act::Reserve {} => vec![loan(), account(), treasury()],
            Act::Record {} | Act::Cancel { .. } => vec![record()],
            Act::Transfer {} => vec![loan(), account(), treasury(), record()],
            Act::Complete {} => vec![loan(), record()],
            Act::TakeBack { .. } => vec![account(), treasury(), record()],
            Act::Release { .. } => vec![treasury()],
        }
    }

    fn perform(
        &self,
        command: &Command,
        context: &CommandContext,
        unit: &mut Unit<'_>,
    ) -> Result<(), CommandError> {
        let (record, PaidOut { loan_id, amount, .. }) = (command.disbursement_id, command.paid_out);
        let treasury = TreasuryId(amount.currency());
        match &command.act {
            Act::TakeUp {} => held(unit, command),
            Act::Reserve {} => {
                still_fit(unit, command, context)?;
                unit.decide::<Treasury>(treasury, Reserve { loan_id, amount }).map(drop)
            }
            Act::Record {} => {
                unit.decide::<Disbursement>(record, Create { paid_out: command.paid_out }).map(drop)
            }
            Act::Transfer {} => {
                still_fit(unit, command, context)?;
                transfer(unit, command)
            }
            Act::Complete {} => {
                held(unit, command)?;
                unit.decide::<Loan>(loan_id, Disburse { date: None })?;
                let disbursed_on = unit.state::<Loan>(loan_id)?.disbursed_on().unwrap_or(context.today());
                unit.decide::<Disbursement>(record, Complete { disbursed_on }).map(drop)
            }
            Act::TakeBack { reason } => take_back(unit, command, reason),
            Act::Cancel { reason } => {
                unit.decide::<Disbursement>(record, Cancel { reason: reason.clone() }).map(drop)
            }
            Act::Release { reason } => {
                unit.decide::<Treasury>(treasury, Release { loan_id, reason: reason.clone() }).map(drop)
            }
            // Whoever took it back, or disbursed the loan otherwise, has decided.
            Act::ReverseApproval { reason } => match held(unit, command) {
                Err(CommandError::Refused { .. }) => Ok(()),
                Err(error) => Err(error),
                Ok(()) => {
                    unit.decide::<Loan>(loan_id, ReverseApproval { reason: reason.to_string() }).map(drop)
                }
            },
        }
    }

    fn port(&self, call: &NoCall) -> Port {
        match *call {}
    }

    async fn call(&self, _asked: &Asked<'_>, call: &NoCall) -> Result<NoAnswer, CallError> {
        match *call {}
    }
}

/// The approval holds, and the loan is not paid out otherwise.
fn held(unit: &Unit<'_>, command: &Command) -> Result<(), CommandError> {
    let loan = unit.existing::<Loan>(command.paid_out.loan_id)?;
    loan.approval_holds(command.approval).map_err(|error| CommandError::refused(&error))
}

/// So it does, the first instalment is still to come, and the account takes the money.
fn still_fit(unit: &Unit<'_>, command: &Command, context: &CommandContext) -> Result<(), CommandError> {
    held(unit, command)?;
    let PaidOut { loan_id, customer_id, account_id, amount } = command.paid_out;
    let begins = unit.state::<Loan>(loan_id)?.can_begin_on(context.today());
    begins.map_err(|error| CommandError::refused(&error))?;
    let account = unit.existing::<BankAccount>(account_id)?;
    fit_for_payout(account, account_id, (customer_id, amount.currency()))?;
    match account.status() {
        account::Status::Frozen => Err(CommandError::refused(&Unfit::PayoutAccountFrozen { account_id })),
        account::Status::Active | account::Status::Closed => Ok(()),
    }
}

/// The money goes from the treasury to the account.
fn transfer(unit: &mut Unit<'_>, command: &Command) -> Result<(), CommandError> {
    let PaidOut { loan_id, account_id, amount, .. } = command.paid_out;
    unit.decide::<Treasury>(TreasuryId(amount.currency()), Spend { loan_id, amount })?;
    let details = EntryDetails {
        channel: Channel::Transfer,
        counterparty: Some(loan_id.to_string()),
        reference: Some(command.disbursement_id.to_string()),
        ..EntryDetails::default()
    };
    unit.decide::<BankAccount>(account_id, Deposit { amount, details })?;
    let entry = unit.made::<BankAccount>(account_id)?.find(|(_, made)| *made == Made::Entry);
    let (event_id, _) = entry.ok_or_else(|| CommandError::Internal("a credit without an entry".into()))?;
    let transaction_id = TransactionId::from_uuid(event_id);
    unit.decide::<Disbursement>(command.disbursement_id, NoteTransfer { transaction_id }).map(drop)
}

/// The money goes back to the treasury, if it is still on the account; somebody may have reversed the entry already.
fn take_back(unit: &mut Unit<'_>, command: &Command, reason: &Text<500>) -> Result<(), CommandError> {
    let PaidOut { loan_id, account_id, amount, .. } = command.paid_out;
    let record = unit.existing::<Disbursement>(command.disbursement_id)?;
    let transfer = record
        .transfer()
        .ok_or_else(|| CommandError::Internal("what was not transferred is to be taken back".into()))?;
    unit.decide::<Disbursement>(command.disbursement_id, Reverse { reason: reason.clone() })?;
    let transaction_id = transfer.transaction_id;
    if !unit.existing::<BankAccount>(account_id)?.is_reversed(transaction_id) {
        let original = OriginalEntry {
            kind: EntryKind::Deposit,
            direction: Direction::Credit,
            amount,
            business_date: transfer.transferred_on,
            payment_id: None,
        };
        let reason = reason.to_string();
        let back = ReverseTransaction { transaction_id, original, reason, value_date: None };
        unit.decide::<BankAccount>(account_id, back)?;
    }
    let back = TakeBack { loan_id, amount, reason: reason.clone() };
    unit.decide::<Treasury>(TreasuryId(amount.currency()), back).map(drop)
}
