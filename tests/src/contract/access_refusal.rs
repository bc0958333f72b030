//! What was refused for lack of rights.

use super::{Asked, Contract, Sample, Step, bare, full, nth};
use khata_domain::{
    access_audit::{
        AccessRefusal, AccessRefusalCommand, AccessRefusalEvent, AccessRefused, Note, RefusalReason,
    },
    ids::RefusalId,
};

fn refused() -> AccessRefused {
    AccessRefused {
        actor: "anna".to_owned(),
        operation: "freeze_account".to_owned(),
        resource: Some("acc_01890a5d-ac96-774b-bcce-b302099a8057".to_owned()),
        reason: RefusalReason::Role,
        count: 1,
        refused_at: "2026-01-08T12:00:00Z".parse().unwrap(),
    }
}

impl Contract for AccessRefusal {
    const SUBJECTS: u128 = 3;
    const NTH: fn(u128) -> RefusalId = nth;

    fn samples() -> Vec<Sample<AccessRefusalEvent>> {
        let counted = AccessRefused { resource: None, count: 990, ..refused() };
        vec![
            full(AccessRefusalEvent::AccessRefused(refused())),
            bare(AccessRefusalEvent::AccessRefused(counted)),
        ]
    }

    fn past() -> Vec<AccessRefusalEvent> {
        vec![AccessRefusalEvent::AccessRefused(refused())]
    }

    fn asked(&self, step: &Step) -> Asked<AccessRefusalCommand> {
        (step.at(), Note { refused: refused() }.into())
    }
}
