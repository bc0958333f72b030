//! Onboarding in the stories, and its golden traces.

use super::{
    customer, inr,
    process::{Sampled, Trace, Words, answered, decided_to, done, heard, refused, refused_at},
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
    Fact::CustomerCame { customer_id: customer(1), first_account, version: Some(1) }
}

/// In the first shape.
fn came_before(first_account: Option<FirstAccount>) -> Fact {
    Fact::CustomerCame { customer_id: customer(1), first_account, version: None }
}

fn account_id() -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(7))
}

fn begins(first_account: Option<FirstAccount>) -> Told {
    heard(came(first_account), Concern::Starts, 1)
}

fn answer(verified: bool) -> Answer {
    let reasons = if verified { vec![] } else { vec![text("the passport has expired")] };
    Answer::Verdict { verified, reasons }
}

fn verdict(verified: bool) -> Told {
    answered("verify", answer(verified))
}

fn by_hand(verified: bool) -> Told {
    heard(Fact::VerdictRecorded { verified }, Concern::Continues, 5)
}

fn left() -> Told {
    heard(Fact::CustomerLeft {}, Concern::Continues, 5)
}

fn changed(version: u64) -> Told {
    heard(Fact::CustomerChanged { version }, Concern::Continues, 5 + version)
}

fn verdict_recorded() -> Told {
    done("record_verdict")
}

/// The account is refused as often as it is tried.
fn parks() -> impl Iterator<Item = Told> {
    (1..=10).map(|attempt| refused_at("open_account", "customer_suspended", attempt))
}

fn calls(version: Option<u64>) -> Vec<Call> {
    let customer_id = customer(1);
    let told = |notice| Call::Notify { customer_id, notice };
    vec![
        Call::Verify { customer_id, version },
        told(Notice::Welcome(Some(account_id()))),
        told(Notice::Welcome(None)),
        told(Notice::Rejected),
    ]
}

/// What both versions of the definition are told: how the customer came is the only difference.
fn stories(came: fn(Option<FirstAccount>) -> Fact) -> Vec<Trace<Onboarding>> {
    let trace = |name, told| Trace { name, told };
    let begins = |first_account| heard(came(first_account), Concern::Starts, 1);
    let with = || begins(Some(account()));
    let without = || begins(None);
    let quicker = refused("record_verdict", "customer_already_verified");
    let suspended = refused("record_verdict", "customer_suspended");
    vec![
        trace(
            "verified_with_account",
            vec![with(), verdict(true), verdict_recorded(), done("open_account"), told()],
        ),
        trace("verified_without_account", vec![without(), verdict(true), verdict_recorded(), told()]),
        trace("rejected", vec![with(), verdict(false), verdict_recorded(), told()]),
        trace("verified_by_hand", vec![with(), by_hand(true), verdict(false), done("open_account"), told()]),
        trace("rejected_by_hand", vec![without(), by_hand(false), told()]),
        trace("somebody_was_quicker", vec![without(), verdict(false), quicker, by_hand(true), told()]),
        trace("suspended_meanwhile", vec![without(), verdict(true), suspended]),
        trace("left", vec![without(), left(), verdict(true)]),
        trace("compensated", vec![without(), decided_to(Verb::Compensate), verdict(true)]),
        trace("told_before_it_began", vec![by_hand(true), without()]),
        trace("told_after_its_end", vec![without(), by_hand(true), told(), by_hand(false), verdict(true)]),
    ]
}

/// What came with version 2.
fn stories_since() -> Vec<Trace<Onboarding>> {
    let trace = |name, told| Trace { name, told };
    let (with, without) = (|| begins(Some(account())), || begins(None));
    let decided = refused("record_verdict", "kyc_decided");
    let again = |verified| answered("verify/2", answer(verified));
    let resolved = parks().chain([decided_to(Verb::Resolve), told()]);
    vec![
        trace("rejected_by_hand_and_verified_late", vec![without(), by_hand(false), verdict(true), told()]),
        trace("decided_meanwhile", vec![without(), verdict(true), decided, by_hand(false), told()]),
        trace(
            "asked_anew",
            vec![without(), changed(2), verdict(false), again(true), verdict_recorded(), told()],
        ),
        trace("changed_once_answered", vec![without(), verdict(true), changed(2), verdict_recorded()]),
        trace(
            "opened_outside",
            [with(), verdict(true), verdict_recorded()].into_iter().chain(resolved).collect(),
        ),
    ]
}

impl Sampled for Onboarding {
    fn subject(number: u128) -> CustomerId {
        customer(number)
    }

    fn facts() -> Vec<Fact> {
        let changed = Fact::CustomerChanged { version: 2 };
        vec![came(Some(account())), Fact::VerdictRecorded { verified: true }, Fact::CustomerLeft {}, changed]
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
        calls(Some(1))
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
        stories(came).into_iter().chain(stories_since()).collect()
    }

    fn earlier_shapes() -> Vec<Words<Self>> {
        let facts = vec![
            came_before(Some(account())),
            Fact::VerdictRecorded { verified: true },
            Fact::CustomerLeft {},
        ];
        let (commands, answers) = (Self::commands(), Self::answers());
        vec![Words { shape: 1, version: 1, facts, commands, calls: calls(None), answers }]
    }

    fn earlier_traces() -> Vec<(u32, Trace<Self>)> {
        stories(came_before).into_iter().map(|trace| (1, trace)).collect()
    }
}

fn told() -> Told {
    answered("notify", Answer::Told {})
}
