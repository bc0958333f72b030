//! Entries that are part of a payment: the newest shapes of what moves money, which name it.

use super::{captured, deposited, fee, withdrawn};
use crate::contract::Sample;
use khata_domain::{
    accounts::{
        AccountEvent, FeeKind,
        account::{FeeCharged, HoldCaptured, MoneyDeposited, MoneyWithdrawn},
    },
    ids::{PaymentId, TypedId},
};
use uuid::Uuid;

pub(super) fn samples() -> Vec<Sample<AccountEvent>> {
    let payment_id = Some(PaymentId::from_uuid(Uuid::from_u128(7)));
    let nothing_said = |event| Sample { label: ".bare", ..event };
    let sample = |version, event| Sample { version, label: "", event };
    let deposit = MoneyDeposited { payment_id, ..deposited() };
    let withdrawal = MoneyWithdrawn { payment_id, ..withdrawn() };
    let capture = HoldCaptured { payment_id, ..captured() };
    let charge = FeeCharged { payment_id, kind: FeeKind::Payment, month: None, due: None, ..fee() };
    vec![
        sample(2, deposit.into()),
        nothing_said(sample(2, deposited().into())),
        sample(3, withdrawal.into()),
        nothing_said(sample(3, withdrawn().into())),
        sample(3, capture.into()),
        nothing_said(sample(3, captured().into())),
        sample(2, charge.into()),
        nothing_said(sample(2, fee().into())),
    ]
}
