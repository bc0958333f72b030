//! Instances that began under an earlier version of their definition: each ends under that, or is lifted by a function
//! of a name. What a test finds of that is shown by a definition of this one.

use crate::traces::{played, taken_over};
use jiff::ToSpan;
use khata_application::processes::{
    At, Concern, Effect, Hear, InstanceCommand, Outcome, Process, Trigger, Way,
};
use khata_domain::ids::{OrderId, TypedId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// A delivery: it is picked and billed; since version 2 it is weighed between these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Delivery<const VERSION: u32, const MANNER: u8>;

/// Keeps the ways of all versions.
const KEEPS: u8 = 0;
/// Has forgotten how deliveries of before go on.
const FORGETS: u8 = 1;
/// Lifts deliveries of before.
const LIFTS: u8 = 2;
/// Does otherwise than its version did.
const CHANGED: u8 = 3;

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Parcel {
    is_heavy: bool,
}

/// What was not weighed counts as heavy.
fn unweighed_is_heavy(_: Parcel) -> Parcel {
    Parcel { is_heavy: true }
}

impl<const VERSION: u32, const MANNER: u8> Process for Delivery<VERSION, MANNER> {
    const CATEGORY: &'static str = "process_delivery";
    const VERSION: u32 = VERSION;
    type Subject = OrderId;
    type Fact = String;
    type Command = String;
    type Call = String;
    type Answer = String;
    type State = Parcel;

    fn of_version(_: u32) -> Way<Parcel> {
        match MANNER {
            LIFTS => Way::Lifted { to: VERSION, by: unweighed_is_heavy },
            _ => Way::Kept,
        }
    }

    fn apply(_: &mut Parcel, _: &Trigger<'_, Self>) {}

    fn react(parcel: &Parcel, happened: &Trigger<'_, Self>, at: &At<'_>) -> Vec<Effect<Self>> {
        let weighs = at.version > 1 || MANNER == FORGETS || MANNER == CHANGED;
        let bill = if parcel.is_heavy { "bill a heavy one" } else { "bill" };
        match happened {
            Trigger::Started(_) => vec![
                Effect::Call { step: "pick".into(), call: "pick".into() },
                Effect::Timer { name: "late".into(), due: at.now + 1.hour() },
            ],
            Trigger::Answered { step: "pick", .. } if weighs => {
                vec![Effect::Call { step: "weigh".into(), call: "weigh".into() }]
            }
            Trigger::Answered { .. } => vec![Effect::Command { step: "bill".into(), command: bill.into() }],
            Trigger::Done { .. } => vec![Effect::Finish(Outcome::Completed)],
            _ => vec![],
        }
    }
}

fn told<P: Process<Fact = String, Answer = String>>(steps: &[&str]) -> Vec<InstanceCommand<P>> {
    let hears = InstanceCommand::Hear(Hear {
        process_id: format!("process_delivery-{}", OrderId::from_uuid(Uuid::from_u128(1))),
        fact: "ordered".into(),
        concern: Concern::Starts,
        position: 1,
        correlation_id: "c-1".into(),
    });
    let answered = |step: &&str| {
        let (step, is_command) = ((*step).to_owned(), *step == "bill");
        InstanceCommand::Done { answer: (!is_command).then(|| "so it is".to_owned()), step, undo: false }
    };
    [hears].into_iter().chain(steps.iter().map(answered)).collect()
}

/// The trace of the first version, as its Khata froze it.
fn first() -> Value {
    let golden = played::<Delivery<1, KEEPS>>(&told(&["pick", "bill"]), 1).0;
    assert!(golden.to_string().contains("\"completed\""), "{golden}");
    golden
}

#[test]
fn what_a_definition_does_otherwise_under_the_same_version_is_found() {
    assert_ne!(played::<Delivery<1, CHANGED>>(&told(&["pick", "bill"]), 1).0, first());
}

#[test]
fn an_instance_ends_under_the_version_that_it_began_with_wherever_a_newer_khata_takes_over() {
    let lines = first();
    for cut in 1..=3 {
        assert_eq!(taken_over::<Delivery<2, KEEPS>>(&told(&["pick", "bill"]), &lines, cut), lines, "{cut}");
    }
    let new = played::<Delivery<2, KEEPS>>(&told(&["pick", "weigh", "bill"]), 2).0;
    assert!(new.to_string().contains("weigh") && new[0]["events"][0]["started"]["definition_version"] == 2);
}

#[test]
fn a_newer_definition_that_has_forgotten_how_older_instances_go_on_is_found() {
    let lines = first();
    assert_ne!(taken_over::<Delivery<2, FORGETS>>(&told(&["pick", "bill"]), &lines, 1), lines);
}

#[test]
fn an_older_instance_that_is_lifted_goes_on_under_the_newer_version() {
    let lifted = taken_over::<Delivery<2, LIFTS>>(&told(&["pick", "weigh", "bill"]), &first(), 1);
    assert_eq!(lifted[0], first()[0], "what has happened has happened");
    assert_eq!(lifted[1]["events"][1]["step_requested"]["step"], "weigh");
    assert_eq!(lifted[2]["events"][1]["step_requested"]["request"]["command"], "bill a heavy one");
    assert_eq!(lifted[3]["status"], "completed");
}
