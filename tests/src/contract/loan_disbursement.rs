//! The paying out of loans in the stories, and the golden traces of its process.

use super::{
    disbursement::paid_out,
    nth,
    process::{Sampled, Trace, decided_to, done, fires, heard, refused},
    text,
};
use jiff::{Timestamp, ToSpan};
use khata_application::{
    lending::disbursing::{Act, Command, Fact, LoanDisbursement, NoAnswer, NoCall},
    processes::{Concern, InstanceCommand, Verb},
};
use khata_domain::{lending::DisbursementId, testing::noon_of};

type Told = InstanceCommand<LoanDisbursement>;

fn approved(due: Timestamp) -> Fact {
    Fact::Approved { paid_out: paid_out(1), approval: 1, due }
}

fn command(act: Act) -> Command {
    Command { disbursement_id: nth(1), paid_out: paid_out(1), approval: 1, act }
}

fn undone(step: &str) -> Told {
    InstanceCommand::Done { step: step.into(), undo: true, answer: None }
}

fn dones(steps: &[&str]) -> Vec<Told> {
    steps.iter().map(|step| done(step)).collect()
}

impl Sampled for LoanDisbursement {
    fn subject(number: u128) -> DisbursementId {
        nth(number)
    }

    fn facts() -> Vec<Fact> {
        vec![approved(noon_of(super::DAY)), approved(noon_of(super::DAY) + 24.hours())]
    }

    fn commands() -> Vec<Command> {
        let reason = || text("the loan could not be paid out: treasury_short");
        let acts = [
            Act::TakeUp {},
            Act::Reserve {},
            Act::Record {},
            Act::Transfer {},
            Act::Complete {},
            Act::TakeBack { reason: reason() },
            Act::Cancel { reason: reason() },
            Act::Release { reason: reason() },
        ];
        acts.map(command).into()
    }

    fn calls() -> Vec<NoCall> {
        Vec::new()
    }

    fn answers() -> Vec<NoAnswer> {
        Vec::new()
    }

    fn traces() -> Vec<Trace<Self>> {
        let trace = |name, told: Vec<Told>| {
            let begins = heard(approved(noon_of(super::DAY) - 1.hour()), Concern::Starts, 1);
            Trace { name, told: [begins].into_iter().chain(told).collect() }
        };
        let later = heard(approved(noon_of(super::DAY) + 24.hours()), Concern::Starts, 1);
        vec![
            trace("paid_out", dones(&["take_up", "reserve", "record", "transfer", "complete"])),
            Trace { name: "begins_later", told: vec![later, fires("start")] },
            trace("no_longer_approved", vec![refused("take_up", "approval_superseded")]),
            trace(
                "account_closed",
                [dones(&["take_up"]), vec![refused("reserve", "payout_account_closed"), undone("take_up")]]
                    .concat(),
            ),
            trace(
                "treasury_short_for_now",
                [dones(&["take_up"]), vec![refused("reserve", "treasury_short")], dones(&["reserve"])]
                    .concat(),
            ),
            trace(
                "refused_after_the_transfer",
                [
                    dones(&["take_up", "reserve", "record", "transfer"]),
                    vec![refused("complete", "loan_not_approved")],
                    ["transfer", "record", "reserve", "take_up"].map(undone).into(),
                ]
                .concat(),
            ),
            trace(
                "called_off",
                [
                    dones(&["take_up"]),
                    vec![
                        refused("reserve", "treasury_short"),
                        decided_to(Verb::Compensate),
                        undone("take_up"),
                    ],
                ]
                .concat(),
            ),
        ]
    }
}
