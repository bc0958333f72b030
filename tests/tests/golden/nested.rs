//! Payloads of events that lie inside other events are stored there in the shape of their time. So a new
//! shape of the inner event is one of the outer, too, and what lifts the inner one's old shapes lifts them
//! inside the outer.

use crate::{Files, aggregates, events::Stored};
use khata_application::codec::Codec;
use khata_infrastructure::CODEC;
use khata_tests::contract::DAY;
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs, path::Path};

/// An event whose payload lies inside another one's.
struct Nesting {
    outer: &'static str,
    /// The member of the outer payload that holds one of it, or a list.
    member: &'static str,
    inner: &'static str,
    /// The inner event's schema version inside each schema version of the outer one, from 1 on.
    shapes: &'static [u32],
}

const NESTINGS: &[Nesting] = &[
    Nesting {
        outer: "bank_account.interest_adjusted",
        member: "days",
        inner: "bank_account.interest_accrued",
        shapes: &[1],
    },
    Nesting {
        outer: "loan.loan_payment_reversed",
        member: "payment",
        inner: "loan.loan_payment_made",
        shapes: &[2, 3],
    },
];

impl Nesting {
    /// What is not as it must be, by the present versions of both events, the stored data of each version of
    /// the outer one, and what lifts them.
    fn breaches(&self, versions: [u32; 2], stored: impl Fn(u32) -> Value, codec: &Codec) -> Vec<String> {
        let Self { outer, member, inner, shapes } = self;
        let [of_outer, of_inner] = versions;
        if (shapes.len(), shapes.last()) != (of_outer as usize, Some(&of_inner)) {
            return vec![format!(
                "{outer} has version {of_outer} and holds {inner} in version {of_inner}: with a new version of the inner event the outer one \
                 gets one, an upcaster that lifts its `{member}` as that of the inner event does, and a number in `shapes` here"
            )];
        }
        let steps = (1..).zip(shapes.windows(2)).map(|(version, shapes)| {
            let lifted = lift(codec, outer, version, stored(version))[*member].clone();
            let expected = each(&stored(version)[*member], |nested| (shapes[0]..shapes[1]).fold(nested, |data, from| lift(codec, inner, from, data)));
            (lifted != expected).then(|| format!("{outer}: the upcaster from version {version} makes `{member}` {lifted}, and not {expected}"))
        });
        steps.flatten().collect()
    }
}

/// One step of a codec.
fn lift(codec: &Codec, event_type: &str, version: u32, data: Value) -> Value {
    let step = codec.upcasters.iter().find(|(of, from, _)| *of == event_type && *from == version);
    let (_, _, upcast) = step.unwrap_or_else(|| panic!("nothing lifts {event_type} from version {version}"));
    upcast(data, DAY).unwrap()
}

/// Something done to a value, or to each in a list.
fn each(value: &Value, lift: impl Fn(Value) -> Value) -> Value {
    match value {
        Value::Array(values) => values.iter().cloned().map(lift).collect(),
        one => lift(one.clone()),
    }
}

fn version_of(event_type: &str) -> u32 {
    let (category, name) = event_type.split_once('.').unwrap();
    let aggregate = aggregates().into_iter().find(|aggregate| aggregate.category == category).unwrap();
    aggregate.schema.iter().find(|(known, _)| *known == name).unwrap().1
}

#[test]
fn what_lifts_a_payload_lifts_it_inside_others() {
    for nesting in NESTINGS {
        let stored = |version| {
            let golden = Files::untouched().expect(&format!("{}.v{version}.json", nesting.outer), "");
            serde_json::from_str(serde_json::from_str::<Stored>(&golden).unwrap().data.get()).unwrap()
        };
        let versions = [nesting.outer, nesting.inner].map(version_of);
        assert_eq!(nesting.breaches(versions, stored, &CODEC), [""; 0]);
        assert_ne!(stored(1)[nesting.member], Value::Null, "{}", nesting.outer);
    }
}

#[test]
fn every_payload_inside_another_is_known() {
    let mut found = BTreeSet::new();
    nested_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain/src"), &mut found);
    let names = |event_type: &str| event_type.split_once('.').unwrap().1.to_owned();
    let known = NESTINGS
        .iter()
        .map(|nesting| (names(nesting.outer), nesting.member.to_owned(), names(nesting.inner)));
    assert_eq!(found, known.collect());
}

/// Outer event, member, inner event: of all payloads that a file declares and that hold another one of its
/// events.
fn nested_in(folder: &Path, found: &mut BTreeSet<(String, String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            nested_in(&path, found);
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let structs =
            text.split("pub struct ").skip(1).filter_map(|rest| rest.split_once("\n}").map(|(body, _)| body));
        for body in structs {
            let outer = body.split(' ').next().unwrap();
            for (member, of) in
                body.lines().filter_map(|line| line.trim().strip_prefix("pub ")?.split_once(": "))
            {
                let words = of.split(|letter: char| !letter.is_alphanumeric());
                let inner = words.map(snake).filter(|name| is_event(name));
                found.extend(
                    inner
                        .filter(|_| is_event(&snake(outer)))
                        .map(|inner| (snake(outer), member.to_owned(), inner)),
                );
            }
        }
    }
}

fn is_event(name: &str) -> bool {
    aggregates().iter().any(|aggregate| aggregate.schema.iter().any(|(known, _)| *known == name))
}

/// `LoanPaymentMade` is `loan_payment_made`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

#[test]
fn a_nested_payload_that_is_forgotten_is_found() {
    const TWICE: Nesting =
        Nesting { outer: "parcel.sent_back", member: "sent", inner: "parcel.sent", shapes: &[1, 2] };
    fn weighed(mut data: Value, _: jiff::civil::Date) -> Result<Value, String> {
        data["weight"] = json!(0);
        Ok(data)
    }
    static FORGETFUL: Codec =
        Codec { upcasters: &[("parcel.sent", 1, weighed), ("parcel.sent_back", 1, |data, _| Ok(data))] };
    static WHOLE: Codec = Codec {
        upcasters: &[
            ("parcel.sent", 1, weighed),
            ("parcel.sent_back", 1, |mut data, day| {
                data["sent"] = weighed(data["sent"].take(), day)?;
                Ok(data)
            }),
        ],
    };
    let stored = |_| json!({ "sent": { "to": "Asha" } });
    assert_eq!(TWICE.breaches([2, 2], stored, &WHOLE), [""; 0]);
    assert_eq!(TWICE.breaches([2, 2], stored, &FORGETFUL).len(), 1);
    for versions in [[2, 3], [3, 2]] {
        assert_eq!(TWICE.breaches(versions, stored, &WHOLE).len(), 1, "{versions:?}");
    }
}
