//! Facts about loans: that one was granted, paid, late, and how it ended.

use super::{
    business_time::BusinessTime,
    imported::{Decides, Imported, Refused, Setting, beside},
    lookups::{Known, Lookups},
    report::Counted,
    source::SourceRef,
};
use crate::{
    Recorded, StreamName,
    command::CommandError,
    executor::{HistoricalFact, Participant, Unit},
};
use khata_domain::{
    Aggregate, Money, Percent, Rules, Text,
    accounts::BankAccount,
    customers::{
        Customer, ProductId,
        customer::{AttachProduct, DetachProduct},
    },
    ids::{AccountId, CustomerId, LoanId, TransactionId, TypedId},
    lending::{
        Bucket, DayCount, DueDates, Loan, LoanCommand, LoanEvent, LoanType, PrepaymentEffect, PrepaymentRule,
        loan::{
            AccountTransaction, Apply, Approve, Disburse, MarkDelinquent, RecordPayment, TakeOverRepayment,
            WriteOff,
        },
    },
};
use serde::{Deserialize, Serialize};

/// Who approved, where the data does not say it.
const UNKNOWN: &str = "unknown";
/// A loan approved in the past was approved by somebody who could.
const OFFICER: &str = "loan_officer";

/// A loan was applied for, approved and paid out, all on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoanGranted {
    pub source: SourceRef,
    pub effective_at: BusinessTime,
    pub customer: SourceRef,
    /// The account that it was paid out to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<SourceRef>,
    /// What it was for.
    pub loan_type: LoanType,
    pub principal: Money,
    /// Percent per year.
    pub annual_rate: Percent,
    /// How many monthly instalments.
    pub term_months: u32,
    /// How the days of a period count.
    pub day_count: DayCount,
    /// Who approved it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approver: Option<Text<100>>,
}

/// The customer paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoanPaid {
    pub source: SourceRef,
    pub effective_at: BusinessTime,
    pub loan: SourceRef,
    pub amount: Money,
    /// The withdrawal from the customer's account that paid it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_by: Option<PaidBy>,
}

/// A withdrawal from an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaidBy {
    pub account: SourceRef,
    /// The `entry` that withdrew the amount.
    pub entry: SourceRef,
}

/// The customer was late.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoanDelinquent {
    pub source: SourceRef,
    pub effective_at: BusinessTime,
    pub loan: SourceRef,
    pub bucket: Bucket,
}

/// A loan ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoanEnded {
    pub source: SourceRef,
    pub effective_at: BusinessTime,
    pub loan: SourceRef,
    pub customer: SourceRef,
    pub outcome: LoanOutcome,
}

/// How a loan ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoanOutcome {
    /// All was paid, though not every payment need be known.
    Repaid,
    /// What was still owed was given up.
    WrittenOff,
}

/// What a fact about a loan comes to.
#[derive(Debug, PartialEq)]
pub(super) enum Decision {
    Grant { loan: LoanId, customer: CustomerId, commands: Vec<LoanCommand> },
    Book { loan: LoanId, command: LoanCommand },
    End { loan: LoanId, customer: CustomerId, command: LoanCommand },
}

impl Imported for LoanGranted {
    fn counted(&self) -> Counted {
        Counted::Loan { currency: self.principal.currency(), minor: self.principal.minor() }
    }

    fn prepare(self, setting: &Setting<'_>) -> Result<Box<dyn Decides>, Refused> {
        let (loan, customer) = (self.source.id(), self.customer.id());
        let date = setting.event.business_date;
        let apply = Apply {
            customer_id: customer,
            account_id: self.account.as_ref().map(SourceRef::id::<AccountId>),
            loan_type: self.loan_type,
            principal: self.principal,
            income: None,
            annual_rate: self.annual_rate,
            term_months: self.term_months,
            day_count: self.day_count,
            prepayment: PrepaymentRule::Period,
            start_date: Some(date),
            dues: DueDates::default(),
        };
        let approve = Approve {
            approver: self.approver.map_or_else(|| UNKNOWN.to_owned(), |approver| approver.to_string()),
            role: OFFICER.to_owned(),
            conditions: None,
            terms: setting.terms.lending.clone(),
        };
        let commands = vec![apply.into(), approve.into(), Disburse { date: Some(date) }.into()];
        Ok(Box::new(Decision::Grant { loan, customer, commands }))
    }
}

impl Imported for LoanPaid {
    fn counted(&self) -> Counted {
        Counted::LoanPayment
    }

    fn prepare(self, setting: &Setting<'_>) -> Result<Box<dyn Decides>, Refused> {
        let (amount, date) = (self.amount, setting.event.business_date);
        let account_transaction = self.paid_by.as_ref().map(|paid_by| paid_by.transaction(amount));
        let effect = PrepaymentEffect::default();
        let command = RecordPayment { amount, date, account_transaction, effect }.into();
        Ok(Box::new(Decision::Book { loan: self.loan.id(), command }))
    }
}

impl PaidBy {
    fn transaction(&self, amount: Money) -> AccountTransaction {
        let first = self.entry.event_id();
        let event =
            HistoricalFact::further_event_id(first, usize::from(BankAccount::announces_withdrawal(amount)));
        AccountTransaction { account_id: self.account.id(), transaction_id: TransactionId::from_uuid(event) }
    }
}

impl Imported for LoanDelinquent {
    fn counted(&self) -> Counted {
        Counted::Standing
    }

    fn prepare(self, setting: &Setting<'_>) -> Result<Box<dyn Decides>, Refused> {
        let mark = MarkDelinquent { date: setting.event.business_date, bucket: Some(self.bucket) };
        Ok(Box::new(Decision::Book { loan: self.loan.id(), command: mark.into() }))
    }
}

impl Imported for LoanEnded {
    fn counted(&self) -> Counted {
        Counted::Standing
    }

    fn prepare(self, setting: &Setting<'_>) -> Result<Box<dyn Decides>, Refused> {
        let date = setting.event.business_date;
        let command = match self.outcome {
            LoanOutcome::Repaid => TakeOverRepayment { date }.into(),
            LoanOutcome::WrittenOff => WriteOff { reason: "ended unpaid".to_owned(), date }.into(),
        };
        Ok(Box::new(Decision::End { loan: self.loan.id(), customer: self.customer.id(), command }))
    }
}

impl Decides for Decision {
    fn participants(&self, presume: bool, into: &mut Vec<Participant>) {
        match self {
            Self::Grant { loan, customer, .. } => {
                into.push(Participant::of::<Customer>(*customer));
                into.push(if presume {
                    Participant::new::<Loan>(*loan)
                } else {
                    Participant::of::<Loan>(*loan)
                });
            }
            Self::Book { loan, .. } => into.push(Participant::of::<Loan>(*loan)),
            Self::End { loan, customer, .. } => {
                into.extend([Participant::of::<Loan>(*loan), Participant::of::<Customer>(*customer)])
            }
        }
    }

    fn apply(
        &self,
        unit: &mut Unit<'_>,
        first: HistoricalFact,
        _lookups: &Lookups<'_>,
    ) -> Result<usize, CommandError> {
        match self {
            Self::Grant { loan, customer, commands } => {
                unit.existing::<Customer>(*customer)?;
                let attach = AttachProduct { product: ProductId::of(*loan) };
                let attached = unit.decide_history::<Customer>(*customer, attach, beside(first, 1))?;
                let granted = commands.iter().try_fold(0, |events, command| {
                    let next = HistoricalFact { event_id: first.nth_event_id(events), ..first };
                    Ok::<_, CommandError>(events + unit.decide_history::<Loan>(*loan, command.clone(), next)?)
                })?;
                Ok(attached + granted)
            }
            Self::Book { loan, command } => {
                unit.existing::<Loan>(*loan)?;
                unit.decide_history::<Loan>(*loan, command.clone(), first)
            }
            Self::End { loan, customer, command } => {
                let owner = unit.existing::<Loan>(*loan)?.owner();
                if owner != Some(*customer) {
                    return Err(CommandError::refused(&Foreign::NotTheCustomersLoan {
                        customer_id: *customer,
                    }));
                }
                let ended = unit.decide_history::<Loan>(*loan, command.clone(), first)?;
                let detach = DetachProduct { product: ProductId::of(*loan) };
                Ok(ended + unit.decide_history::<Customer>(*customer, detach, beside(first, 1))?)
            }
        }
    }

    /// Whether a stored event is of the same loan, and the same as far as the command alone tells it.
    fn is_told_by(&self, event: &Recorded, first: HistoricalFact, _known: &Known) -> bool {
        let stored = event.event::<Loan>().and_then(Result::ok);
        let (loan, same) = match self {
            Self::Grant { loan, commands, .. } => {
                let told = commands.first().and_then(|apply| {
                    Loan::default().decide(apply.clone(), first.alone(), Rules::Structural).ok()
                });
                let told = told.and_then(|events| events.into_iter().next());
                (loan, told.zip(stored).is_some_and(|(told, stored)| told.is_of_the_same_terms(stored)))
            }
            Self::Book { loan, command } | Self::End { loan, command, .. } => {
                (loan, stored.is_some_and(|stored| tells(stored, command)))
            }
        };
        event.stream == StreamName::of::<Loan>(*loan) && same
    }
}

fn tells(stored: &LoanEvent, command: &LoanCommand) -> bool {
    match (stored, command) {
        (LoanEvent::LoanPaymentMade(paid), LoanCommand::RecordPayment(command)) => {
            paid.amount == command.amount && paid.account_transaction == command.account_transaction
        }
        (LoanEvent::LoanBecameDelinquent(late), LoanCommand::MarkDelinquent(command)) => {
            Some(late.bucket) == command.bucket
        }
        (LoanEvent::LoanFullyRepaid(_), LoanCommand::TakeOverRepayment(_))
        | (LoanEvent::LoanWrittenOff(_), LoanCommand::WriteOff(_)) => true,
        _ => false,
    }
}

/// What is refused before a loan is asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
enum Foreign {
    #[error("the loan is not of {customer_id}")]
    NotTheCustomersLoan { customer_id: CustomerId },
}
