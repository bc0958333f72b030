//! What operators did: no view shows it, so no story tells of it.

use super::{Contract, Sample, full};
use khata_domain::operations::{
    LostTailAccepted, Operation, OperationDone, OperationEvent, SeenEvent, WitnessingView,
};

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

impl Contract for Operation {
    fn samples() -> Vec<Sample<OperationEvent>> {
        vec![full(done()), full(accepted())]
    }

    fn past() -> Vec<OperationEvent> {
        vec![done(), accepted()]
    }
}
