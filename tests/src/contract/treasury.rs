//! Treasuries in the stories: money comes and goes, is reserved and spent.

use super::{Asked, Contract, Sample, Step, bare, full, inr, nth, text};
use khata_domain::{
    Money,
    lending::{
        Treasury, TreasuryCommand, TreasuryEvent, TreasuryId,
        treasury::{
            Fund, FundsReserved, FundsReturned, FundsSpent, Release, ReservationReleased, Reserve, SetLimit,
            Spend, TakeBack, TakeOut, TreasuryFunded, TreasuryLimitSet, TreasuryWithdrawn,
        },
    },
};

/// The treasury of the nth currency.
fn nth_treasury(number: u128) -> TreasuryId {
    let codes = ["INR", "EUR", "USD"];
    codes[usize::try_from(number).unwrap() % codes.len()].parse().unwrap()
}

impl Contract for Treasury {
    const SUBJECTS: u128 = 3;
    const NTH: fn(u128) -> TreasuryId = nth_treasury;

    fn samples() -> Vec<Sample<TreasuryEvent>> {
        let (loan_id, amount, currency) = (nth(1), inr(300), nth_treasury(0).0);
        let reason = || text("capital");
        vec![
            full(TreasuryFunded { amount, balance: inr(500), reason: Some(reason()) }.into()),
            bare(TreasuryFunded { amount, balance: inr(500), reason: None }.into()),
            full(TreasuryWithdrawn { amount, balance: inr(200), reason: Some(reason()) }.into()),
            bare(TreasuryWithdrawn { amount, balance: inr(200), reason: None }.into()),
            full(TreasuryLimitSet { currency, limit: Some(inr(400)) }.into()),
            bare(TreasuryLimitSet { currency, limit: None }.into()),
            full(FundsReserved { loan_id, amount, available: inr(200), limit: Some(inr(400)) }.into()),
            bare(FundsReserved { loan_id, amount, available: inr(200), limit: None }.into()),
            full(ReservationReleased { loan_id, amount, reason: reason() }.into()),
            full(FundsSpent { loan_id, amount, balance: inr(200) }.into()),
            full(FundsReturned { loan_id, amount, balance: inr(500), reason: reason() }.into()),
        ]
    }

    fn past() -> Vec<TreasuryEvent> {
        let (loan_id, limit) = (nth(1), Some(inr(400)));
        vec![
            TreasuryFunded { amount: inr(500), balance: inr(500), reason: None }.into(),
            TreasuryLimitSet { currency: nth_treasury(0).0, limit }.into(),
            FundsReserved { loan_id, amount: inr(300), available: inr(200), limit }.into(),
        ]
    }

    fn asked(&self, step: &Step) -> Asked<TreasuryCommand> {
        let treasury = nth_treasury(step.subject);
        let money = |minor| Money::from_minor(minor, treasury.0);
        let (loan_id, part) = (nth(step.number), money(step.minor / 20 + 1));
        let reserved = self.reserved_for(loan_id).unwrap_or(part);
        let command = match step.deed {
            0..=4 => Fund { treasury, amount: money(step.minor), reason: None }.into(),
            5 => TakeOut { treasury, amount: part, reason: Some(text("story")) }.into(),
            6 => SetLimit { treasury, limit: (step.number > 0).then(|| money(step.minor)) }.into(),
            7..=10 => Reserve { loan_id, amount: part }.into(),
            11 => Release { loan_id, reason: text("story") }.into(),
            12..=14 => Spend { loan_id, amount: reserved }.into(),
            _ => TakeBack { loan_id, amount: part, reason: text("story") }.into(),
        };
        (step.at(), command)
    }
}
