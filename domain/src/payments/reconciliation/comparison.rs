//! Finding differences: by the payment's name, then by the network's; an amount has to be the same.

use super::{Booking, Counts, Difference, DifferenceKind};
use crate::{Money, Text, ids::PaymentId, payments::PaymentStatus};
use std::collections::{BTreeMap, BTreeSet};

/// What Khata knows of a payment, or of money that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ours {
    pub booking: Booking,
    /// Of money that came there is none.
    pub payment_id: Option<PaymentId>,
    pub gateway_reference: Option<Text<128>>,
    pub amount: Money,
    /// How far the payment has come; of money that came, as completed.
    pub status: PaymentStatus,
    /// It counts for the day, so the network must have it; otherwise it is here since the network names it.
    pub is_of_the_day: bool,
}

/// What the network has booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theirs {
    pub booking: Booking,
    pub payment_id: Option<PaymentId>,
    pub gateway_reference: Text<128>,
    pub amount: Money,
    /// It was booked on the day; otherwise on one beside it, where what is missing here may stand.
    pub is_of_the_day: bool,
}

/// What came of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    pub counts: Counts,
    /// In the order of their names.
    pub differences: Vec<Difference>,
}

/// Whether a payment that stands so has been paid.
fn is_paid(status: PaymentStatus) -> bool {
    matches!(status, PaymentStatus::Completed | PaymentStatus::Returned)
}

type Name = (Booking, String);

/// How a booking is found on the other side.
fn name(booking: Booking, payment_id: Option<PaymentId>, reference: Option<&Text<128>>) -> Name {
    let of_payment = payment_id.map(|id| id.to_string());
    (booking, of_payment.or(reference.map(ToString::to_string)).unwrap_or_default())
}

/// Compares what both have.
pub fn compare(ours: &[Ours], theirs: &[Theirs]) -> Compared {
    let by_name: BTreeMap<Name, &Ours> = ours
        .iter()
        .map(|known| (name(known.booking, known.payment_id, known.gateway_reference.as_ref()), known))
        .collect();
    let (mut differences, mut seen, mut matched) = (Vec::new(), BTreeSet::new(), 0_u32);
    for booked in theirs {
        let name = name(booked.booking, booked.payment_id, Some(&booked.gateway_reference));
        let known = by_name.get(&name).copied();
        let is_again = !seen.insert(name);
        if !booked.is_of_the_day && !is_again {
            continue;
        }
        match differing(booked, known, is_again) {
            None => matched += 1,
            Some(kind) => differences.push(Difference {
                kind,
                booking: booked.booking,
                payment_id: booked.payment_id,
                gateway_reference: Some(booked.gateway_reference.clone()),
                ours: known.map(|known| known.amount),
                theirs: Some(booked.amount),
                status: known.map(|known| known.status),
            }),
        }
    }
    let of_the_day = |known: &&&Ours| known.is_of_the_day;
    let missing = by_name.iter().filter(|(name, known)| known.is_of_the_day && !seen.contains(*name));
    differences.extend(missing.map(|(_, known)| Difference {
        kind: DifferenceKind::OnlyOurs,
        booking: known.booking,
        payment_id: known.payment_id,
        gateway_reference: known.gateway_reference.clone(),
        ours: Some(known.amount),
        theirs: None,
        status: Some(known.status),
    }));
    differences.sort_by_key(Difference::key);
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let counts = Counts {
        theirs: count(theirs.iter().filter(|booked| booked.is_of_the_day).count()),
        ours: count(by_name.values().filter(of_the_day).count()),
        matched,
        differences: count(differences.len()),
    };
    Compared { counts, differences }
}

fn differing(booked: &Theirs, known: Option<&Ours>, is_again: bool) -> Option<DifferenceKind> {
    let Some(known) = known else { return Some(DifferenceKind::OnlyTheirs) };
    if is_again {
        return Some(DifferenceKind::Twice);
    }
    if known.amount != booked.amount {
        return Some(DifferenceKind::Amount);
    }
    let is_done = match booked.booking {
        Booking::Paid => is_paid(known.status),
        Booking::Returned => known.status == PaymentStatus::Returned,
        Booking::Received => true,
    };
    (!is_done).then_some(DifferenceKind::Status)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::TypedId;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn inr(minor: i64) -> Money {
        Money::from_minor(minor, "INR".parse().unwrap())
    }

    fn reference(number: u128) -> Text<128> {
        Text::parse(&format!("VP-{number}")).unwrap()
    }

    fn ours(number: u128, minor: i64, status: PaymentStatus) -> Ours {
        Ours {
            booking: Booking::Paid,
            payment_id: Some(PaymentId::from_uuid(Uuid::from_u128(number))),
            gateway_reference: Some(reference(number)),
            amount: inr(minor),
            status,
            is_of_the_day: true,
        }
    }

    fn theirs(number: u128, minor: i64) -> Theirs {
        Theirs {
            booking: Booking::Paid,
            payment_id: Some(PaymentId::from_uuid(Uuid::from_u128(number))),
            gateway_reference: reference(number),
            amount: inr(minor),
            is_of_the_day: true,
        }
    }

    fn kinds(compared: &Compared) -> Vec<DifferenceKind> {
        compared.differences.iter().map(|difference| difference.kind).collect()
    }

    #[test]
    fn each_kind_of_difference_is_found() {
        use DifferenceKind::{Amount, OnlyOurs, OnlyTheirs, Status, Twice};
        use PaymentStatus::{Compensated, Completed};
        for (ours, theirs, expected) in [
            (vec![ours(1, 5, Completed)], vec![theirs(1, 5)], vec![]),
            (vec![ours(1, 5, Completed)], vec![], vec![OnlyOurs]),
            (vec![], vec![theirs(1, 5)], vec![OnlyTheirs]),
            (vec![ours(1, 5, Completed)], vec![theirs(1, 6)], vec![Amount]),
            (vec![ours(1, 5, Compensated)], vec![theirs(1, 5)], vec![Status]),
            (vec![ours(1, 5, Completed)], vec![theirs(1, 5), theirs(1, 5)], vec![Twice]),
        ] {
            assert_eq!(kinds(&compare(&ours, &theirs)), expected, "{ours:?} {theirs:?}");
        }
    }

    #[test]
    fn what_was_booked_on_the_day_beside_is_not_missing_and_is_not_counted() {
        let beside = Theirs { is_of_the_day: false, ..theirs(1, 5) };
        let compared = compare(&[ours(1, 5, PaymentStatus::Completed)], std::slice::from_ref(&beside));
        assert_eq!((kinds(&compared), compared.counts.theirs), (vec![], 0));
        assert_eq!(kinds(&compare(&[], &[beside])), []);
    }

    proptest! {
        #[test]
        fn everything_is_either_matched_or_a_difference(
            known in prop::collection::btree_map(0_u128..20, 1_i64..4, 0..15),
            booked in prop::collection::vec((0_u128..20, 1_i64..4), 0..20),
        ) {
            let ours: Vec<Ours> =
                known.iter().map(|(number, minor)| ours(*number, *minor, PaymentStatus::Completed)).collect();
            let theirs: Vec<Theirs> = booked.iter().map(|(number, minor)| theirs(*number, *minor)).collect();
            let Compared { counts, differences } = compare(&ours, &theirs);
            let only_ours =
                differences.iter().filter(|difference| difference.kind == DifferenceKind::OnlyOurs).count();
            prop_assert_eq!(counts.matched as usize + differences.len() - only_ours, theirs.len());
        }
    }
}
