//! One of each event of loans.

use crate::contract::{Sample, bare, customer::customer_id, full};
use jiff::civil::Date;
use khata_domain::{
    Money, Text,
    ids::{AccountId, TransactionId, TypedId},
    lending::{
        Arithmetic, Bucket, DayCount, DueDay, LoanEvent, LoanType, PrepaymentEffect, PrepaymentRule,
        loan::{
            AccountTransaction, Allocation, BureauReference, ChargeKind, EarlyMoney, InstalmentPart,
            LoanApplied, LoanApprovalReversed, LoanApproved, LoanAssessed, LoanBecameDelinquent,
            LoanDisbursed, LoanFullyRepaid, LoanPaymentMade, LoanPaymentReversed, LoanPenaltyCharged,
            LoanRecovered, LoanRejected, LoanRestructured, LoanWrittenOff, OverdueInstalment, Payout,
            Prepayment, Reallocated, StandingDebitCancelled, StandingDebitFailed, StandingDebitSet,
        },
    },
};
use uuid::Uuid;

fn inr(minor: i64) -> Money {
    Money::from_minor(minor, "INR".parse().unwrap())
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn account_id() -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(5))
}

fn applied() -> LoanApplied {
    LoanApplied {
        customer_id: customer_id(),
        account_id: Some(account_id()),
        loan_type: LoanType::Personal,
        principal: inr(10_000),
        income: Some(inr(90_000_000)),
        annual_rate: "15.678".parse().unwrap(),
        term_months: 6,
        day_count: DayCount::Actual365,
        prepayment: PrepaymentRule::Daily,
        arithmetic: Arithmetic::Exact,
        start_date: Some(day("2024-01-01")),
        first_due_date: Some(day("2024-02-05")),
        due_day: DueDay::try_from(5).ok(),
        applied_on: day("2023-12-20"),
    }
}

fn approved() -> LoanApproved {
    LoanApproved {
        approver: "officer 7".into(),
        role: "loan_officer".into(),
        conditions: Some("salary paid to us".into()),
        minimum_score: Some(700),
        limit: Some(inr(500_000_000)),
        approved_on: day("2023-12-22"),
        starts_on: day("2024-01-01"),
        payout: Some(Payout { approval: 2, account_id: account_id(), amount: inr(10_000) }),
    }
}

fn paid() -> LoanPaymentMade {
    let part = |number, interest, principal| InstalmentPart {
        number,
        interest: inr(interest),
        principal: inr(principal),
    };
    LoanPaymentMade {
        amount: inr(5_020),
        paid_on: day("2024-02-01"),
        allocation: Allocation {
            penalties: inr(100),
            fees: inr(200),
            instalments: vec![part(1, 133, 1_610), part(2, 105, 1_638)],
            prepayment: Some(Prepayment { after: 2, principal: inr(1_224) }),
            unearned_interest: Some(inr(10)),
            early: Some(EarlyMoney { during: 2, amount: inr(2_900) }),
        },
        surplus: Some(inr(20)),
        account_transaction: Some(AccountTransaction {
            account_id: account_id(),
            transaction_id: TransactionId::from_uuid(Uuid::from_u128(77)),
        }),
        effect: PrepaymentEffect::SmallerInstalment,
    }
}

fn bare_paid() -> LoanPaymentMade {
    let allocation = Allocation {
        penalties: inr(0),
        fees: inr(5_000),
        instalments: Vec::new(),
        prepayment: None,
        unearned_interest: None,
        early: None,
    };
    LoanPaymentMade {
        amount: inr(5_000),
        allocation,
        surplus: None,
        account_transaction: None,
        effect: PrepaymentEffect::ShorterTerm,
        ..paid()
    }
}

fn taken_back(payment: LoanPaymentMade) -> LoanEvent {
    LoanEvent::LoanPaymentReversed(Box::new(reversal(payment)))
}

fn taken_back_alone() -> LoanEvent {
    LoanEvent::LoanPaymentReversed(Box::new(LoanPaymentReversed {
        reallocated: Vec::new(),
        principal: inr(0),
        reopened: false,
        ..reversal(bare_paid())
    }))
}

fn reversal(payment: LoanPaymentMade) -> LoanPaymentReversed {
    LoanPaymentReversed {
        payment_id: TransactionId::from_uuid(Uuid::from_u128(99)),
        number: 1,
        payment,
        reallocated: vec![Reallocated {
            payment: bare_paid(),
            allocation: paid().allocation,
            surplus: Some(inr(20)),
        }],
        principal: inr(4_462),
        reopened: true,
        reason: "the direct debit came back".into(),
        reversed_on: day("2024-02-09"),
    }
}

fn charged(kind: ChargeKind) -> LoanPenaltyCharged {
    LoanPenaltyCharged {
        kind,
        amount: inr(50_000),
        reason: "cheque returned".into(),
        charged_on: day("2024-01-20"),
        instalment: Some(OverdueInstalment { number: 1, due_date: day("2024-01-15") }),
    }
}

fn debit_set() -> LoanEvent {
    StandingDebitSet { account_id: account_id(), set_on: day("2024-01-02") }.into()
}

fn debit_failed() -> LoanEvent {
    let failed = StandingDebitFailed {
        account_id: account_id(),
        due_date: day("2024-02-01"),
        amount: inr(1_743),
        code: Text::fitted("insufficient_funds"),
        attempt: 2,
        tried_on: day("2024-02-02"),
    };
    failed.into()
}

fn delinquent() -> LoanBecameDelinquent {
    LoanBecameDelinquent {
        previous: Bucket::Current,
        bucket: Bucket::UpTo30,
        days_past_due: Some(12),
        as_of: day("2024-03-13"),
    }
}

fn restructured() -> LoanRestructured {
    LoanRestructured {
        previous_principal: inr(5_528),
        capitalised_interest: inr(45),
        principal: inr(5_573),
        previous_annual_rate: "15.678".parse().unwrap(),
        annual_rate: "12.5".parse().unwrap(),
        term_months: 3,
        from: day("2024-03-15"),
        first_due_date: Some(day("2024-05-01")),
        due_day: DueDay::try_from(31).ok(),
        reason: Some("illness".into()),
    }
}

fn written_off() -> LoanWrittenOff {
    LoanWrittenOff {
        principal: inr(5_573),
        interest: inr(60),
        penalties: inr(49_900),
        fees: inr(0),
        reason: "insolvent".into(),
        written_off_on: day("2024-06-30"),
    }
}

fn assessed() -> LoanAssessed {
    let bureau = BureauReference {
        source: Text::fitted("bureau.internal:8080"),
        reference: Text::fitted("B-1"),
        answered_at: khata_domain::testing::noon_of(day("2023-12-21")),
    };
    LoanAssessed {
        credit_score: 720,
        income_verified: true,
        assessed_on: day("2023-12-21"),
        bureau: Some(bureau),
    }
}

fn rejected() -> LoanRejected {
    LoanRejected {
        reasons: vec!["too much debt".into(), "no income shown".into()],
        rejected_on: day("2023-12-22"),
    }
}

fn reversed() -> LoanApprovalReversed {
    LoanApprovalReversed { reason: "treasury short of funds".into(), reversed_on: day("2023-12-23") }
}

fn disbursed() -> LoanDisbursed {
    LoanDisbursed { amount: inr(10_000), disbursed_on: day("2024-01-01") }
}

/// An application of before its arithmetic was told.
fn before(applied: LoanApplied) -> LoanEvent {
    LoanEvent::LoanApplied(Box::new(LoanApplied {
        arithmetic: Arithmetic::RoundedRates,
        prepayment: PrepaymentRule::Period,
        ..before_due_dates(applied)
    }))
}

/// An application of before it could say on which days instalments are due.
fn before_due_dates(applied: LoanApplied) -> LoanApplied {
    LoanApplied { first_due_date: None, due_day: None, ..applied }
}

/// A payment of before any could save interest from its day on.
fn paid_before() -> LoanPaymentMade {
    LoanPaymentMade { allocation: Allocation { early: None, ..paid().allocation }, ..paid_before_effects() }
}

/// A payment of before it could make later instalments smaller.
fn paid_before_effects() -> LoanPaymentMade {
    LoanPaymentMade { effect: PrepaymentEffect::ShorterTerm, ..paid() }
}

fn restructured_before() -> LoanRestructured {
    LoanRestructured { first_due_date: None, due_day: None, ..restructured() }
}

fn recovered() -> LoanRecovered {
    LoanRecovered {
        amount: inr(1_200),
        recovered_on: day("2024-09-02"),
        recovered: inr(3_100),
        account_transaction: Some(AccountTransaction {
            account_id: account_id(),
            transaction_id: TransactionId::from_uuid(Uuid::from_u128(78)),
        }),
        reason: Some("sale of the car".into()),
    }
}

fn of_version<E>(version: u32, label: &'static str, event: E) -> Sample<E> {
    Sample { version, label, event }
}

pub(super) fn samples() -> Vec<Sample<LoanEvent>> {
    let bare_applied = LoanApplied {
        account_id: None,
        income: None,
        start_date: None,
        first_due_date: None,
        due_day: None,
        loan_type: LoanType::Home,
        day_count: DayCount::Thirty360,
        ..applied()
    };
    let of_no_instalment = LoanPenaltyCharged { instalment: None, ..charged(ChargeKind::Penalty) };
    let by_hand = LoanAssessed { bureau: None, ..assessed() };
    let of_no_payout = LoanApproved { payout: None, ..approved() };
    let bare_approved =
        LoanApproved { conditions: None, minimum_score: None, limit: None, ..of_no_payout.clone() };
    let unrecorded = inr(8_033_000);
    vec![
        full(before(applied())),
        bare(before(bare_applied.clone())),
        of_version(2, "", LoanEvent::LoanApplied(Box::new(before_due_dates(applied())))),
        of_version(2, ".bare", LoanEvent::LoanApplied(Box::new(bare_applied.clone()))),
        of_version(3, "", LoanEvent::LoanApplied(Box::new(applied()))),
        of_version(3, ".bare", LoanEvent::LoanApplied(Box::new(bare_applied))),
        full(LoanEvent::LoanAssessed(by_hand.clone())),
        Sample { version: 2, label: "", event: LoanEvent::LoanAssessed(assessed()) },
        Sample { version: 2, label: ".bare", event: LoanEvent::LoanAssessed(by_hand) },
        full(LoanEvent::LoanApproved(of_no_payout)),
        bare(LoanEvent::LoanApproved(bare_approved.clone())),
        Sample { version: 2, label: "", event: LoanEvent::LoanApproved(approved()) },
        Sample { version: 2, label: ".bare", event: LoanEvent::LoanApproved(bare_approved) },
        full(LoanEvent::LoanRejected(rejected())),
        full(debit_set()),
        full(debit_failed()),
        full(StandingDebitCancelled { cancelled_on: day("2024-03-02") }.into()),
        full(LoanEvent::LoanApprovalReversed(reversed())),
        full(LoanEvent::LoanDisbursed(disbursed())),
        full(LoanEvent::LoanPaymentMade(paid_before())),
        bare(LoanEvent::LoanPaymentMade(bare_paid())),
        of_version(2, "", LoanEvent::LoanPaymentMade(paid_before_effects())),
        of_version(2, ".bare", LoanEvent::LoanPaymentMade(bare_paid())),
        of_version(3, "", LoanEvent::LoanPaymentMade(paid())),
        of_version(3, ".bare", LoanEvent::LoanPaymentMade(bare_paid())),
        full(taken_back(paid_before_effects())),
        bare(taken_back_alone()),
        of_version(2, "", taken_back(paid())),
        of_version(2, ".bare", taken_back_alone()),
        full(LoanEvent::LoanPenaltyCharged(of_no_instalment.clone())),
        Sample { version: 2, label: "", event: LoanEvent::LoanPenaltyCharged(charged(ChargeKind::Penalty)) },
        Sample { version: 2, label: ".bare", event: LoanEvent::LoanPenaltyCharged(of_no_instalment) },
        full(LoanEvent::LoanBecameDelinquent(delinquent())),
        bare(LoanEvent::LoanBecameDelinquent(LoanBecameDelinquent {
            bucket: Bucket::NonPerforming,
            days_past_due: None,
            ..delinquent()
        })),
        full(LoanEvent::LoanRestructured(restructured_before())),
        bare(LoanEvent::LoanRestructured(LoanRestructured { reason: None, ..restructured_before() })),
        of_version(2, "", LoanEvent::LoanRestructured(restructured())),
        of_version(
            2,
            ".bare",
            LoanEvent::LoanRestructured(LoanRestructured { reason: None, ..restructured_before() }),
        ),
        full(LoanEvent::LoanWrittenOff(written_off())),
        full(LoanEvent::LoanFullyRepaid(LoanFullyRepaid {
            repaid_on: day("2024-06-30"),
            unrecorded,
            unrecorded_principal: inr(8_000_000),
        })),
        full(LoanEvent::LoanRecovered(recovered())),
        bare(LoanEvent::LoanRecovered(LoanRecovered {
            account_transaction: None,
            reason: None,
            ..recovered()
        })),
    ]
}

/// The past of a loan whose state fills every field.
pub(super) fn past() -> Vec<LoanEvent> {
    vec![
        LoanEvent::LoanApplied(Box::new(applied())),
        LoanEvent::LoanAssessed(assessed()),
        LoanEvent::LoanRejected(rejected()),
        LoanEvent::LoanApprovalReversed(reversed()),
        LoanEvent::LoanApproved(approved()),
        LoanEvent::LoanDisbursed(disbursed()),
        debit_set(),
        debit_failed(),
        LoanEvent::LoanPenaltyCharged(charged(ChargeKind::Penalty)),
        LoanEvent::LoanPaymentMade(paid()),
        LoanEvent::LoanBecameDelinquent(delinquent()),
        LoanEvent::LoanRestructured(restructured()),
        LoanEvent::LoanPenaltyCharged(charged(ChargeKind::Fee)),
        LoanEvent::LoanPaymentMade(paid()),
        taken_back(paid()),
        LoanEvent::LoanPaymentMade(paid()),
        LoanEvent::LoanPaymentMade(bare_paid()),
        LoanEvent::LoanWrittenOff(written_off()),
        LoanEvent::LoanRecovered(recovered()),
    ]
}
