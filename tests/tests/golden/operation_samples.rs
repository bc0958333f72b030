//! The events of operations.

use crate::{Sample, full};
use khata_domain::operations::{LostTailAccepted, OperationDone, OperationEvent, SeenEvent, WitnessingView};

fn done() -> OperationEvent {
    let (act, target) = ("skip".to_owned(), "accounts/3-1042".to_owned());
    OperationEvent::OperationDone(OperationDone {
        act,
        target,
        status: 200,
        answer: r#"{"released":true,"waiting":0}"#.to_owned(),
    })
}

/// As it was written before it was an event of the aggregate, too.
fn accepted() -> OperationEvent {
    let seen = |position, digits: &str| SeenEvent { position, hash: digits.repeat(32) };
    let view = WitnessingView { projection: "accounts".to_owned(), generation: 7, seen: seen(6, "cd") };
    OperationEvent::LostTailAccepted(LostTailAccepted { head: seen(4, "ab"), views: vec![view] })
}

pub fn operation() -> Vec<Sample<OperationEvent>> {
    vec![full(done()), full(accepted())]
}

/// The past of an operation whose state fills every field.
pub fn operation_past() -> Vec<OperationEvent> {
    vec![done(), accepted()]
}
