//! What operators did.

use super::{Asked, Contract, Sample, Step, full, nth};
use khata_domain::{
    ids::OperationId,
    operations::{
        LostTailAccepted, Operation, OperationBegun, OperationCommand, OperationDone, OperationEvent,
        OperationFailed, Record, SeenEvent, WitnessingView,
    },
};

fn skipped() -> OperationDone {
    let (act, target) = ("skip".to_owned(), "accounts/3-1042".to_owned());
    OperationDone { act, target, status: 200, answer: r#"{"released":true,"waiting":0}"#.to_owned() }
}

fn begun() -> OperationEvent {
    let OperationDone { act, target, .. } = skipped();
    OperationBegun { act, target }.into()
}

fn failed() -> OperationEvent {
    OperationFailed { status: 404, code: "not_found".to_owned() }.into()
}

fn done() -> OperationEvent {
    OperationEvent::OperationDone(skipped())
}

/// As it was written before it was an event of the aggregate, too.
fn accepted() -> OperationEvent {
    let seen = |position, digits: &str| SeenEvent { position, hash: digits.repeat(32) };
    let view = WitnessingView { projection: "accounts".to_owned(), generation: 7, seen: seen(6, "cd") };
    OperationEvent::LostTailAccepted(LostTailAccepted { head: seen(4, "ab"), views: vec![view] })
}

impl Contract for Operation {
    const SUBJECTS: u128 = 3;
    const NTH: fn(u128) -> OperationId = nth;

    fn samples() -> Vec<Sample<OperationEvent>> {
        vec![full(begun()), full(done()), full(failed()), full(accepted())]
    }

    fn past() -> Vec<OperationEvent> {
        vec![begun(), done(), failed(), accepted()]
    }

    fn asked(&self, step: &Step) -> Asked<OperationCommand> {
        (step.at(), Record { done: skipped() }.into())
    }
}
