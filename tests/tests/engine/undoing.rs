//! Undoing: what is undone, in which order, and what an operator says about one step of several.

use crate::{
    bench::{Bench, chore},
    chore::{Chore, Done, Lane, Manner, Script, Wish},
    gateway::Manners,
};
use khata_application::{
    command::CommandError,
    processes::{
        Concern, Decision, Fail, Hear, Instance, InstanceCommand, ProcessEvent, StepError, Verb, Which,
    },
};
use khata_domain::{
    Aggregate, Rules,
    processes::{ProcessStatus, StepStatus},
    testing::decided_on,
};
use khata_tests::contract::DAY;
use proptest::{prelude::*, sample::Index};

type Told = InstanceCommand<Chore<false>>;

fn call(step: &str) -> Vec<Wish> {
    vec![Wish::Call(step.into(), Lane::Wide)]
}

/// What a refusal says.
#[track_caller]
fn refused(error: CommandError) -> (String, serde_json::Value) {
    let CommandError::Refused { code, facts, .. } = error else { panic!("{error:?}") };
    (code, facts)
}

async fn parked(steps: &[&str]) -> Bench {
    let mut bench: Bench = Bench::new().await;
    steps.iter().for_each(|step| bench.gateway.set(step, Manners::Fails));
    bench.begin(1, steps.iter().flat_map(|step| call(step)).collect()).await;
    for step in steps {
        let status = if step.ends_with("once") { StepStatus::Parked } else { StepStatus::Failed };
        bench.until("it has failed", async |b| b.step(1, step).await == Some(status)).await;
    }
    bench
}

#[tokio::test]
async fn a_decision_about_one_of_several_steps_has_to_name_it() {
    let mut bench = parked(&["pay_once", "ship_once"]).await;
    for verb in [Verb::Retry, Verb::Skip, Verb::Resolve] {
        let (code, facts) = refused(bench.decide(1, verb).await.unwrap_err());
        assert_eq!(code, "step_ambiguous");
        let candidates =
            ["pay_once", "ship_once"].map(|step| serde_json::json!({ "step": step, "undo": false }));
        assert_eq!(facts["candidates"], serde_json::json!(candidates));
    }
    let (code, facts) = refused(bench.decide_about(1, Verb::Skip, Some("sing"), None).await.unwrap_err());
    assert_eq!((code.as_str(), &facts["step"]), ("step_not_waiting", &"sing".into()));
    let of_undo = bench.decide_about(1, Verb::Skip, Some("pay_once"), Some(true)).await.unwrap_err();
    assert_eq!(refused(of_undo).0, "step_not_waiting");
    bench.decide_about(1, Verb::Skip, Some("ship_once"), Some(false)).await.unwrap();
    assert_eq!(bench.step(1, "ship_once").await, Some(StepStatus::Skipped));
    assert_eq!(bench.step(1, "pay_once").await, Some(StepStatus::Parked));
    bench.gateway.set("pay_once", Manners::Answers);
    bench.decide(1, Verb::Retry).await.expect("it is the only one now");
    bench.until("it is done", async |b| b.step(1, "pay_once").await == Some(StepStatus::Done)).await;
}

#[tokio::test]
async fn a_parked_step_comes_before_one_that_is_tried_again_by_itself() {
    let bench = parked(&["ship", "sing", "pay_once"]).await;
    bench.decide(1, Verb::Retry).await.unwrap();
    assert_eq!(bench.step(1, "pay_once").await, Some(StepStatus::Requested));
    // Now two wait for their next attempt, and none is parked.
    assert_eq!(refused(bench.decide(1, Verb::Retry).await.unwrap_err()).0, "step_ambiguous");
    assert_eq!(refused(bench.decide(1, Verb::Skip).await.unwrap_err()).0, "process_not_parked");
    bench.decide_about(1, Verb::Retry, Some("sing"), None).await.unwrap();
    assert_eq!(bench.step(1, "sing").await, Some(StepStatus::Requested));
    assert_eq!(bench.step(1, "ship").await, Some(StepStatus::Failed));
}

#[tokio::test]
async fn a_call_that_was_skipped_is_undone_since_nobody_knows_whether_it_was_done() {
    let mut bench = parked(&["pay_once"]).await;
    bench.decide(1, Verb::Skip).await.unwrap();
    bench.decide(1, Verb::Compensate).await.unwrap();
    bench.until("it is over", async |b| b.status(1).await == ProcessStatus::Compensated).await;
    assert_eq!(bench.gateway.count("pay_once/undo"), 1, "{:?}", bench.gateway.keys());
}

#[tokio::test]
async fn a_call_that_was_dropped_under_way_is_undone() {
    let mut bench: Bench = Bench::new().await;
    bench.gateway.set("pay", Manners::Hangs);
    bench.begin(1, call("pay")).await;
    bench.until("it is under way", async |b| b.gateway.under_way("pay") == 1).await;
    bench.tell(1, vec![Wish::Drop("pay".into()), Wish::Compensate]).await;
    bench.until("it is dropped", async |b| b.step(1, "pay").await == Some(StepStatus::Skipped)).await;
    bench.rounds(10).await;
    assert_eq!(bench.gateway.count("pay/undo"), 0, "it waits for what it undoes");
    bench.gateway.set("pay", Manners::Answers);
    bench.until("it is over", async |b| b.status(1).await == ProcessStatus::Compensated).await;
    assert_eq!(bench.gateway.count("pay/undo"), 1);
}

#[tokio::test]
async fn what_was_surely_not_done_is_not_undone() {
    let mut bench: Bench = Bench::new().await;
    // A command that a rule refuses is not done, however often it is tried.
    bench
        .post(1, Manner::Starts, Script { now: vec![Wish::Do("refused".into())], ..Script::default() })
        .await;
    bench.until("it is refused", async |b| b.step(1, "refused").await == Some(StepStatus::Failed)).await;
    bench.tell(1, vec![Wish::Drop("refused".into())]).await;
    bench.until("it is dropped", async |b| b.step(1, "refused").await == Some(StepStatus::Skipped)).await;
    assert_eq!(bench.outline(1).await.to_undo().count(), 0);
}

/// What happens to a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    IsDone,
    IsResolved,
    IsSkipped,
    IsDropped,
    /// It is still parked when all is undone.
    StaysParked,
}

fn fates() -> impl Strategy<Value = Vec<(Fate, bool, Index)>> {
    let fate = prop_oneof![
        4 => Just(Fate::IsDone),
        1 => Just(Fate::IsResolved),
        1 => Just(Fate::IsSkipped),
        1 => Just(Fate::IsDropped),
        1 => Just(Fate::StaysParked),
    ];
    prop::collection::vec((fate, any::<bool>(), any::<Index>()), 1..12)
}

fn told(instance: &mut Instance<Chore<false>>, told: Told) -> Vec<ProcessEvent<Chore<false>>> {
    let events = instance.decide(told, decided_on(DAY), Rules::All).expect("an instance that takes it");
    events.iter().for_each(|event| instance.evolve(event));
    events
}

fn hears(position: u64, now: Vec<Wish>) -> Told {
    let script = Script { now, ..Script::default() };
    let process_id = format!("process_chore-{}", chore(1));
    let concern = if position == 1 { Concern::Starts } else { Concern::Continues };
    InstanceCommand::Hear(Hear { process_id, fact: script, concern, position, correlation_id: "c".into() })
}

fn fails(step: &str) -> Told {
    InstanceCommand::Fail(Fail {
        step: step.into(),
        undo: false,
        attempt: 1,
        error: StepError { code: "away".into(), message: "it is away".into() },
        is_refusal: false,
        chance: 0,
    })
}

fn decides(verb: Verb, step: Option<&str>) -> Told {
    let which = Which { step: step.map(str::to_owned), undo: None };
    InstanceCommand::Decide(Decision { verb, which, reason: "so".into(), evidence: Some("a letter".into()) })
}

proptest! {
    /// Whatever was done, resolved, skipped, dropped or given up, and in whatever order: it is undone in the reverse.
    #[test]
    fn undoing_goes_back_the_way_that_was_gone(fates in fates()) {
        let mut instance = Instance::<Chore<false>>::default();
        let name = |number: usize| format!("pay_{number}_once");
        let wishes = fates.iter().enumerate().map(|(number, (_, is_call, _))| match is_call {
            true => Wish::Call(name(number), Lane::Wide),
            false => Wish::Do(name(number)),
        });
        told(&mut instance, hears(1, wishes.collect()));
        // In an order of their own.
        let mut left: Vec<usize> = (0..fates.len()).collect();
        let mut expected = Vec::new();
        for (position, turn) in fates.iter().map(|(_, _, turn)| turn).enumerate() {
            let number = left.remove(turn.index(left.len()));
            let (fate, is_call, _) = fates[number];
            let step = name(number);
            let counts = match fate {
                Fate::IsDone => {
                    let answer = is_call.then(|| Done(step.clone()));
                    told(&mut instance, Told::Done { step: step.clone(), undo: false, answer });
                    true
                }
                Fate::IsResolved => {
                    told(&mut instance, fails(&step));
                    told(&mut instance, decides(Verb::Resolve, Some(&step)));
                    true
                }
                Fate::IsSkipped => {
                    told(&mut instance, fails(&step));
                    told(&mut instance, decides(Verb::Skip, Some(&step)));
                    is_call
                }
                Fate::IsDropped => {
                    told(&mut instance, hears(position as u64 + 2, vec![Wish::Drop(step.clone())]));
                    is_call
                }
                Fate::StaysParked => {
                    told(&mut instance, fails(&step));
                    is_call
                }
            };
            expected.extend(counts.then_some(step));
        }
        expected.reverse();
        let mut undone = Vec::new();
        let mut events = told(&mut instance, decides(Verb::Compensate, None));
        while let Some(step) = events.iter().find_map(|event| match event {
            ProcessEvent::StepRequested(requested) if requested.undo => Some(requested.step.clone()),
            _ => None,
        }) {
            undone.push(step.clone());
            let answer = Some(Done("undone".into()));
            events = told(&mut instance, Told::Done { step, undo: true, answer });
        }
        prop_assert_eq!(undone, expected);
        prop_assert_eq!(instance.outline.status(), ProcessStatus::Compensated);
    }
}
