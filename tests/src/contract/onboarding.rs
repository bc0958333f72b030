//! Onboarding in the stories, and its golden traces.

use super::{
    customer, inr,
    process::{Sampled, Trace, answered, decided_to, done, heard, refused},
    text,
};
use khata_application::{
    accounts::onboarding::{Answer, Call, Command, Fact, FirstAccount, Notice, Onboarding},
    processes::{Concern, InstanceCommand, Verb},
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

fn begins(first_account: Option<FirstAccount>) -> Told {
    heard(came(first_account), Concern::Starts, 1)
}

fn verdict(verified: bool) -> Told {
    let reasons = if verified { vec![] } else { vec![text("the passport has expired")] };
    answered("verify", Answer::Verdict { verified, reasons })
}

fn told() -> Told {
    answered("notify", Answer::Told {})
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
            trace("compensated", vec![begins(None), decided_to(Verb::Compensate), verdict(true)]),
            trace("told_before_it_began", vec![by_hand(true), begins(None)]),
            trace(
                "told_after_its_end",
                vec![begins(None), by_hand(true), told(), by_hand(false), verdict(true)],
            ),
        ]
    }
}
