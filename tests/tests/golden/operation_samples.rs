//! The one event of operations.

use crate::{Sample, full};
use khata_domain::operations::{OperationDone, OperationEvent};

fn done() -> OperationEvent {
    let (act, target) = ("skip".to_owned(), "accounts/3-1042".to_owned());
    OperationEvent::OperationDone(OperationDone { act, target, status: 200, answer: r#"{"released":true,"waiting":0}"#.to_owned() })
}

pub fn operation() -> Vec<Sample<OperationEvent>> {
    vec![full(done())]
}

/// The past of an operation whose state fills every field.
pub fn operation_past() -> Vec<OperationEvent> {
    vec![done()]
}
