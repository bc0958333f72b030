//! What the assessment of loans hears, and how its commands and calls are done.

use super::{
    definition::{Answer, Call, Command, Fact, LoanAssessment},
    ports::{BureauQuestion, CreditBureau},
};
use crate::{
    EventStore, Origin, Recorded, StreamName,
    codec::DecodeError,
    command::{CommandContext, CommandError},
    executor::{Participant, Unit},
    fold::{Until, fold},
    lending::leave_if_ended,
    processes::{Asked, CallError, Concern, Concerned, Port, Process, Surroundings},
};
use async_trait::async_trait;
use khata_domain::{
    Aggregate,
    customers::Customer,
    ids::LoanId,
    lending::{
        Loan, LoanEvent,
        loan::{BureauReference, DecideByRule, RecordBureauFile},
    },
};
use std::sync::Arc;

/// The surroundings of the assessment of loans.
pub struct LoanAssessmentSurroundings {
    pub events: Arc<dyn EventStore>,
    pub bureau: Arc<dyn CreditBureau>,
}

/// The calls that one process makes to a bureau at once.
const QUESTIONS_AT_ONCE: usize = 8;

#[async_trait]
impl Surroundings<LoanAssessment> for LoanAssessmentSurroundings {
    fn listens_to(&self) -> Option<&'static [&'static str]> {
        Some(&[Loan::CATEGORY])
    }

    fn hears(&self, event: &Recorded) -> Result<Option<Concerned<LoanAssessment>>, DecodeError> {
        let Some(happened) = event.event::<Loan>().transpose()? else { return Ok(None) };
        let Some(subject) = event.stream.id_of::<Loan>() else { return Ok(None) };
        let metadata = event.metadata().ok();
        let is_own = metadata.as_ref().is_some_and(|metadata| metadata.actor == LoanAssessment::CATEGORY);
        let (concern, fact) = match happened {
            LoanEvent::LoanApplied(applied) => {
                // History of another system is nothing that happens now.
                let is_live = metadata.is_some_and(|metadata| metadata.origin == Origin::Live);
                let fact = Fact::Applied { loan_id: subject, customer_id: applied.customer_id };
                if !is_live {
                    return Ok(None);
                }
                (Concern::Starts, fact)
            }
            LoanEvent::LoanAssessed(_) | LoanEvent::LoanApproved(_) | LoanEvent::LoanRejected(_)
                if !is_own =>
            {
                (Concern::Continues, Fact::TakenOver {})
            }
            _ => return Ok(None),
        };
        Ok(Some(Concerned { subject, concern, fact }))
    }

    /// Who asked for a loan before there was a bureau was assessed by hand, or is being.
    fn hears_the_past(&self) -> bool {
        false
    }

    fn participants(&self, command: &Command) -> Vec<Participant> {
        match command {
            Command::Record { loan_id, .. } => vec![Participant::of::<Loan>(*loan_id)],
            Command::Decide { loan_id, customer_id } => {
                vec![Participant::of::<Loan>(*loan_id), Participant::of::<Customer>(*customer_id)]
            }
        }
    }

    fn perform(
        &self,
        command: &Command,
        context: &CommandContext,
        unit: &mut Unit<'_>,
    ) -> Result<(), CommandError> {
        match command.clone() {
            Command::Record { loan_id, credit_score, income_verified, source, reference, answered_at } => {
                let bureau = BureauReference { source, reference, answered_at };
                unit.existing::<Loan>(loan_id)?;
                let record = RecordBureauFile { credit_score, income_verified, bureau };
                unit.decide::<Loan>(loan_id, record).map(drop)
            }
            Command::Decide { loan_id, customer_id } => {
                let terms = context.settings.rules().lending.clone();
                let settings_version = context.settings.version();
                unit.existing::<Loan>(loan_id)?;
                unit.decide::<Loan>(loan_id, DecideByRule { terms, settings_version })?;
                leave_if_ended(unit, loan_id, customer_id)
            }
        }
    }

    fn port(&self, _call: &Call) -> Port {
        Port { name: "bureau", at_once: QUESTIONS_AT_ONCE }
    }

    async fn call(&self, asked: &Asked<'_>, call: &Call) -> Result<Answer, CallError> {
        let Call::File { loan_id, again } = *call;
        let question = self.question(loan_id).await?;
        let file = self.bureau.file(asked.key, &question).await?;
        match (file.is_of(&question), again) {
            (true, _) => Ok(Answer::File {
                credit_score: file.credit_score,
                income_verified: file.income_verified,
                source: self.bureau.name(),
                reference: file.reference,
            }),
            (false, false) => Ok(Answer::OtherPerson {}),
            (false, true) => Err(CallError {
                code: "file_of_another_person",
                message: "the bureau's file is of another name or birth date".into(),
            }),
        }
    }
}

impl LoanAssessmentSurroundings {
    /// What is known now of the loan and whoever asks for it. It stays where it is: processes keep no copy of personal
    /// data.
    async fn question(&self, loan_id: LoanId) -> Result<BureauQuestion, CallError> {
        let unknown =
            || CallError { code: "loan_unknown", message: format!("nothing is known of {loan_id}") };
        let loan: Loan = self.state(loan_id).await?;
        let application = loan.application().ok_or_else(unknown)?;
        let customer: Customer = self.state(application.customer_id).await?;
        let profile = customer.profile().ok_or_else(unknown)?;
        Ok(BureauQuestion {
            loan_id,
            customer_id: application.customer_id,
            name: profile.name.clone(),
            birth_date: profile.birth_date,
            tax_id: profile.tax_id.clone(),
            principal: application.principal,
            income: application.income,
        })
    }

    async fn state<A: Aggregate>(&self, id: A::Id) -> Result<A, CallError> {
        let folded = fold::<A>(&*self.events, &StreamName::of::<A>(id), Until::default()).await;
        folded
            .map(|folded| folded.state)
            .map_err(|error| CallError { code: "log_unavailable", message: error.to_string() })
    }
}
