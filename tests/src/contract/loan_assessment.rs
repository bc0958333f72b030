//! The assessment of loans in the stories, and the golden traces of its process.

use super::{
    customer, nth,
    process::{Sampled, Trace, answered, done, heard, refused},
    text,
};
use khata_application::{
    lending::assessing::{Answer, Call, Command, Fact, LoanAssessment},
    processes::{Concern, Fail, InstanceCommand, StepError},
};
use khata_domain::{ids::LoanId, testing::noon_of};

type Told = InstanceCommand<LoanAssessment>;

fn applied() -> Fact {
    Fact::Applied { loan_id: nth(1), customer_id: customer(1) }
}

fn file() -> Answer {
    Answer::File {
        credit_score: 742,
        income_verified: true,
        source: text("bureau.internal:8080"),
        reference: text("B-1"),
    }
}

/// The second question has come to nothing.
fn fails(step: &str, code: &str) -> Told {
    let error = StepError { code: code.into(), message: code.replace('_', " ") };
    let (step, undo, attempt, is_refusal, chance) = (step.into(), false, 1, false, 500);
    InstanceCommand::Fail(Fail { step, undo, attempt, error, is_refusal, chance })
}

impl Sampled for LoanAssessment {
    fn subject(number: u128) -> LoanId {
        nth(number)
    }

    fn facts() -> Vec<Fact> {
        vec![applied(), Fact::TakenOver {}]
    }

    fn commands() -> Vec<Command> {
        vec![
            Command::Record {
                loan_id: nth(1),
                credit_score: 742,
                income_verified: true,
                source: text("bureau.internal:8080"),
                reference: text("B-1"),
                answered_at: noon_of(super::DAY),
            },
            Command::Decide { loan_id: nth(1), customer_id: customer(1) },
        ]
    }

    fn calls() -> Vec<Call> {
        vec![Call::File { loan_id: nth(1), again: false }, Call::File { loan_id: nth(1), again: true }]
    }

    fn answers() -> Vec<Answer> {
        vec![file(), Answer::OtherPerson {}]
    }

    fn traces() -> Vec<Trace<Self>> {
        let trace = |name, told: Vec<Told>| {
            let begins = heard(applied(), Concern::Starts, 1);
            Trace { name, told: [begins].into_iter().chain(told).collect() }
        };
        let taken_over = || heard(Fact::TakenOver {}, Concern::Continues, 5);
        vec![
            trace("assessed_and_decided", vec![answered("ask", file()), done("record"), done("decide")]),
            trace(
                "another_persons_file_at_first",
                vec![
                    answered("ask", Answer::OtherPerson {}),
                    answered("ask_again", file()),
                    done("record"),
                    done("decide"),
                ],
            ),
            trace(
                "another_persons_file_twice",
                vec![
                    answered("ask", Answer::OtherPerson {}),
                    fails("ask_again", "file_of_another_person"),
                    taken_over(),
                ],
            ),
            trace("bureau_down_and_assessed_by_hand", vec![fails("ask", "bureau_failed"), taken_over()]),
            trace("decided_meanwhile", vec![answered("ask", file()), refused("record", "loan_not_pending")]),
        ]
    }
}
