//! Onboarding in the stories, and its golden traces.

use super::{
    customer, inr,
    process::{Sampled, Trace},
    text,
};
use khata_application::{
    accounts::onboarding::{Answer, Call, Command, Fact, FirstAccount, Notice, Onboarding},
    processes::{Concern, Decision, Fail, Hear, InstanceCommand, Process, StepError, Verb},
};
use khata_domain::{
    accounts::AccountType,
    ids::{AccountId, CustomerId, TypedId},
};
use uuid::Uuid;

type Told = InstanceCommand<Onboarding>;

fn account() -> FirstAccount {
    FirstAccount { account_type: AccountType::Savings, currency: inr(0).currency() }
}

fn came(first_account: Option<FirstAccount>) -> Fact {
    Fact::CustomerCame { customer_id: customer(1), first_account }
}

fn account_id() -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(7))
}

fn heard(fact: Fact, concern: Concern, position: u64) -> Told {
    let process_id = format!("{}-{}", Onboarding::CATEGORY, customer(1));
    InstanceCommand::Hear(Hear { process_id, fact, concern, position, correlation_id: "c-1".into() })
}

fn begins(first_account: Option<FirstAccount>) -> Told {
    heard(came(first_account), Concern::Starts, 1)
}

fn verdict(verified: bool) -> Told {
    let reasons = if verified { vec![] } else { vec![text("the passport has expired")] };
    let answer = Some(Answer::Verdict { verified, reasons });
    InstanceCommand::Done { step: "verify".into(), undo: false, answer }
}

fn done(step: &str) -> Told {
    InstanceCommand::Done { step: step.into(), undo: false, answer: None }
}

fn told() -> Told {
    InstanceCommand::Done { step: "notify".into(), undo: false, answer: Some(Answer::Told {}) }
}

fn refused(step: &str, code: &str) -> Told {
    let error = StepError { code: code.into(), message: code.replace('_', " ") };
    InstanceCommand::Fail(Fail {
        step: step.into(),
        undo: false,
        attempt: 1,
        error,
        is_refusal: true,
        chance: 500,
    })
}

impl Sampled for Onboarding {
    fn subject(number: u128) -> CustomerId {
        customer(number)
    }

    fn facts() -> Vec<Fact> {
        vec![came(Some(account())), Fact::VerdictRecorded { verified: true }, Fact::CustomerLeft {}]
    }

    fn commands() -> Vec<Command> {
        let (customer_id, account_id) = (customer(1), account_id());
        let reasons = vec![text("the passport has expired")];
        vec![
            Command::RecordVerdict { customer_id, verified: false, reasons },
            Command::OpenAccount { customer_id, account_id, account: account() },
        ]
    }

    fn calls() -> Vec<Call> {
        let customer_id = customer(1);
        let told = |notice| Call::Notify { customer_id, notice };
        vec![
            Call::Verify { customer_id },
            told(Notice::Welcome(Some(account_id()))),
            told(Notice::Welcome(None)),
            told(Notice::Rejected),
        ]
    }

    fn answers() -> Vec<Answer> {
        let reasons = vec![text("the passport has expired")];
        vec![
            Answer::Verdict { verified: true, reasons: vec![text("by video")] },
            Answer::Verdict { verified: false, reasons },
            Answer::Told {},
        ]
    }

    fn traces() -> Vec<Trace<Self>> {
        let trace = |name, told| Trace { name, told };
        let by_hand = |verified| heard(Fact::VerdictRecorded { verified }, Concern::Continues, 5);
        let decide = |verb| {
            InstanceCommand::Decide(Decision { verb, reason: "so".into(), evidence: Some("letter".into()) })
        };
        vec![
            trace(
                "verified_with_account",
                vec![
                    begins(Some(account())),
                    verdict(true),
                    done("record_verdict"),
                    done("open_account"),
                    told(),
                ],
            ),
            trace(
                "verified_without_account",
                vec![begins(None), verdict(true), done("record_verdict"), told()],
            ),
            trace("rejected", vec![begins(Some(account())), verdict(false), done("record_verdict"), told()]),
            trace(
                "verified_by_hand",
                vec![begins(Some(account())), by_hand(true), verdict(false), done("open_account"), told()],
            ),
            trace("rejected_by_hand", vec![begins(None), by_hand(false), told()]),
            trace(
                "somebody_was_quicker",
                vec![
                    begins(None),
                    verdict(false),
                    refused("record_verdict", "customer_already_verified"),
                    by_hand(true),
                    told(),
                ],
            ),
            trace(
                "suspended_meanwhile",
                vec![begins(None), verdict(true), refused("record_verdict", "customer_suspended")],
            ),
            trace(
                "left",
                vec![begins(None), heard(Fact::CustomerLeft {}, Concern::Continues, 5), verdict(true)],
            ),
            trace("compensated", vec![begins(None), decide(Verb::Compensate), verdict(true)]),
            trace("told_before_it_began", vec![by_hand(true), begins(None)]),
            trace(
                "told_after_its_end",
                vec![begins(None), by_hand(true), told(), by_hand(false), verdict(true)],
            ),
        ]
    }
}
