//! Entries that are part of a payment: the newest shapes of what moves money, which name it.

use super::{captured, day, deposited, fee, inr, withdrawn};
use crate::contract::Sample;
use khata_domain::{
    accounts::{
        AccountEvent, FeeKind,
        account::{
            FeeCharged, HoldCaptured, HoldPlaced, MoneyDeposited, MoneyWithdrawn, PaymentAttemptNoted,
        },
    },
    ids::{PaymentId, TypedId},
};
use uuid::Uuid;

fn payment_id() -> PaymentId {
    PaymentId::from_uuid(Uuid::from_u128(7))
}

pub(super) fn placed(number: u128) -> HoldPlaced {
    HoldPlaced { payment_id: Some(payment_id()), fee: Some(inr(25)), ..super::placed(number) }
}

pub(super) fn samples() -> Vec<Sample<AccountEvent>> {
    let payment_id = Some(payment_id());
    let nothing_said = |event| Sample { label: ".bare", ..event };
    let sample = |version, event| Sample { version, label: "", event };
    let deposit = MoneyDeposited { payment_id, ..deposited() };
    let withdrawal = MoneyWithdrawn { payment_id, ..withdrawn() };
    let capture = HoldCaptured { payment_id, ..captured() };
    let charge = FeeCharged { payment_id, kind: FeeKind::Payment, month: None, due: None, ..fee() };
    let noted = PaymentAttemptNoted { payment_id: self::payment_id(), business_date: day("2026-01-05") };
    vec![
        sample(2, deposit.into()),
        nothing_said(sample(2, deposited().into())),
        sample(3, withdrawal.into()),
        nothing_said(sample(3, withdrawn().into())),
        sample(3, placed(1).into()),
        nothing_said(sample(3, super::placed(1).into())),
        sample(1, noted.into()),
        sample(3, capture.into()),
        nothing_said(sample(3, captured().into())),
        sample(2, charge.into()),
        nothing_said(sample(2, fee().into())),
    ]
}
