//! One of each event of bank accounts.

mod payments;

use crate::contract::{DAY, Sample, bare, customer::customer_id, full};
use jiff::{Timestamp, civil::Date};
use khata_domain::{
    Money, Percent,
    accounts::{
        AccountEvent, AccountType, AmlVerdict, Channel, CustomerType, Direction, EntryKind, FeeKind,
        InterestRates, RateTier, Terms, TransactionQuota,
        account::{
            AccountClosed, AccountFrozen, AccountOpened, AccountUnfrozen, DailyLimitChanged, FeeCharged,
            HoldCaptured, HoldExpired, HoldPlaced, HoldReleased, InterestAccrued, InterestAdjusted,
            InterestPosted, LargeWithdrawalInitiated, MoneyDeposited, MoneyWithdrawn,
            OpeningBalanceTakenOver, OverdraftLimitChanged, SignatoryAdded, SignatoryRemoved,
            TransactionReversed,
        },
    },
    ids::{CustomerId, HoldId, TransactionId, TypedId},
};
use uuid::Uuid;

fn inr(minor: i64) -> Money {
    Money::from_minor(minor, "INR".parse().unwrap())
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn hold_id(number: u128) -> HoldId {
    HoldId::from_uuid(Uuid::from_u128(number))
}

fn other_customer() -> CustomerId {
    CustomerId::from_uuid(Uuid::from_u128(2))
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn expiry() -> Timestamp {
    "2026-01-12T12:00:00.123456Z".parse().unwrap()
}

fn opened() -> AccountOpened {
    let tier = |up_to, basis_points| RateTier { up_to, rate: Percent::from_basis_points(basis_points) };
    let interest = InterestRates::try_tiered(vec![
        tier(Some(inr(100_000)), 50),
        tier(Some(inr(1_000_000)), 150),
        tier(None, 250),
    ]);
    AccountOpened {
        customer_id: customer_id(),
        customer_type: CustomerType::Business,
        opener: customer_id(),
        account_type: AccountType::BusinessPremium,
        currency: "INR".parse().unwrap(),
        terms: Terms {
            interest: interest.unwrap(),
            daily_limit: inr(500_000_000),
            minimum_balance: inr(100),
            overdraft_limit: inr(2_500_000),
            maintenance_fee: Some(inr(100_000)),
            transaction_quota: Some(TransactionQuota { free_per_month: 200, fee: inr(500) }),
        },
        business_date: day("2026-01-02"),
    }
}

fn bare_opened() -> AccountOpened {
    let yen = Money::zero("JPY".parse().unwrap());
    AccountOpened {
        customer_type: CustomerType::Individual,
        account_type: AccountType::Savings,
        currency: "JPY".parse().unwrap(),
        terms: Terms {
            interest: InterestRates::flat(Percent::from_basis_points(200)),
            daily_limit: Money::from_minor(200_000, "JPY".parse().unwrap()),
            minimum_balance: yen,
            overdraft_limit: yen,
            maintenance_fee: None,
            transaction_quota: None,
        },
        ..opened()
    }
}

fn deposited() -> MoneyDeposited {
    MoneyDeposited {
        amount: inr(150_000_050),
        business_date: day("2026-01-05"),
        channel: Channel::Cash,
        counterparty: text("till 3"),
        reference: text("R-1"),
        description: text("takings, \"week 1\""),
        tax_reportable: true,
        value_date: None,
        payment_id: None,
    }
}

fn withdrawn() -> MoneyWithdrawn {
    MoneyWithdrawn {
        amount: inr(20_000_001),
        business_date: day("2026-01-05"),
        channel: Channel::Transfer,
        counterparty: text("DE89 3704 0044 0532 0130 00"),
        reference: text("R-2"),
        description: text("miete"),
        aml_verdict: Some(AmlVerdict::Approved),
        booked_on: Some(day("2026-01-07")),
        value_date: None,
        payment_id: None,
    }
}

fn placed(number: u128) -> HoldPlaced {
    HoldPlaced {
        hold_id: hold_id(number),
        amount: inr(5_000),
        expires_at: Some(expiry()),
        business_date: day("2026-01-05"),
        aml_verdict: Some(AmlVerdict::Approved),
        booked_on: Some(day("2026-01-07")),
        payment_id: None,
        fee: None,
    }
}

fn captured() -> HoldCaptured {
    HoldCaptured {
        hold_id: hold_id(1),
        amount: inr(4_000),
        held: inr(5_000),
        business_date: day("2026-01-06"),
        channel: Channel::Card,
        counterparty: text("shop 9"),
        reference: text("R-3"),
        description: text("shoes"),
        aml_verdict: Some(AmlVerdict::Rejected),
        booked_on: Some(day("2026-01-08")),
        payment_id: None,
    }
}

fn accrued(date: &str) -> InterestAccrued {
    let amount = "2.054794521".parse().unwrap();
    InterestAccrued {
        date: day(date),
        balance: inr(5_000_000),
        rate: Percent::from_basis_points(150),
        amount,
    }
}

fn posted() -> InterestPosted {
    InterestPosted {
        month: "2026-01".parse().unwrap(),
        through: day("2026-01-31"),
        accrued: "2.054794521".parse().unwrap(),
        amount: inr(205),
        residual: "0.004794521".parse().unwrap(),
        business_date: day("2026-01-31"),
        tax_reportable: false,
        days: Some(1),
        missing_days: Some(29),
        value_date: None,
    }
}

fn fee() -> FeeCharged {
    FeeCharged {
        amount: inr(90_000),
        kind: FeeKind::Maintenance,
        reason: "maintenance 2026-01".into(),
        month: Some("2026-01".parse().unwrap()),
        due: Some(inr(100_000)),
        business_date: day("2026-01-31"),
        value_date: None,
        payment_id: None,
    }
}

fn reversed() -> TransactionReversed {
    TransactionReversed {
        transaction_id: TransactionId::from_uuid(Uuid::from_u128(77)),
        original_kind: EntryKind::HoldCapture,
        original_business_date: day("2026-01-06"),
        direction: Direction::Credit,
        amount: inr(4_000),
        reason: "goods returned".into(),
        business_date: day("2026-02-01"),
        value_date: None,
    }
}

fn brought_forward() -> OpeningBalanceTakenOver {
    OpeningBalanceTakenOver {
        direction: Direction::Debit,
        amount: inr(12_345),
        business_date: day("2025-08-31"),
    }
}

/// The samples of an event in its second shape and, without what that added, in its first.
fn two_shapes(
    second: AccountEvent,
    second_bare: AccountEvent,
    first: AccountEvent,
    first_bare: AccountEvent,
) -> [Sample<AccountEvent>; 4] {
    let sample = |version, label, event| Sample { version, label, event };
    [sample(2, "", second), sample(2, ".bare", second_bare), full(first), bare(first_bare)]
}

fn withdrawals() -> [Sample<AccountEvent>; 4] {
    let unsaid = MoneyWithdrawn {
        counterparty: None,
        reference: None,
        description: None,
        aml_verdict: None,
        booked_on: None,
        ..withdrawn()
    };
    let [unsaid, first] =
        [unsaid, MoneyWithdrawn { booked_on: None, ..withdrawn() }].map(AccountEvent::MoneyWithdrawn);
    two_shapes(AccountEvent::MoneyWithdrawn(withdrawn()), unsaid.clone(), first, unsaid)
}

fn placements() -> [Sample<AccountEvent>; 4] {
    let unsaid = HoldPlaced { expires_at: None, aml_verdict: None, booked_on: None, ..placed(1) };
    let [unsaid, first] = [unsaid, HoldPlaced { booked_on: None, ..placed(1) }].map(AccountEvent::HoldPlaced);
    two_shapes(AccountEvent::HoldPlaced(placed(1)), unsaid.clone(), first, unsaid)
}

fn captures() -> [Sample<AccountEvent>; 4] {
    let unsaid = HoldCaptured {
        counterparty: None,
        reference: None,
        description: None,
        aml_verdict: None,
        booked_on: None,
        ..captured()
    };
    let [unsaid, first] =
        [unsaid, HoldCaptured { booked_on: None, ..captured() }].map(AccountEvent::HoldCaptured);
    two_shapes(AccountEvent::HoldCaptured(captured()), unsaid.clone(), first, unsaid)
}

fn postings() -> [Sample<AccountEvent>; 3] {
    let first = AccountEvent::InterestPosted(InterestPosted { days: None, missing_days: None, ..posted() });
    let second = |label, event| Sample { version: 2, label, event };
    [second("", AccountEvent::InterestPosted(posted())), second(".bare", first.clone()), full(first)]
}

fn overdrafts() -> [Sample<AccountEvent>; 2] {
    let changed = |business_date| {
        AccountEvent::OverdraftLimitChanged(OverdraftLimitChanged {
            previous: inr(2_500_000),
            limit: inr(0),
            business_date,
        })
    };
    [Sample { version: 2, label: "", event: changed(day("2026-01-09")) }, full(changed(DAY))]
}

fn entries() -> Vec<Sample<AccountEvent>> {
    let initiated = LargeWithdrawalInitiated {
        amount: inr(20_000_001),
        threshold: inr(10_000_000),
        business_date: day("2026-01-05"),
        channel: Channel::Transfer,
        counterparty: text("DE89 3704 0044 0532 0130 00"),
    };
    let nothing_said = MoneyDeposited {
        channel: Channel::Internal,
        counterparty: None,
        reference: None,
        description: None,
        tax_reportable: false,
        ..deposited()
    };
    vec![
        full(AccountEvent::MoneyDeposited(deposited())),
        bare(AccountEvent::MoneyDeposited(nothing_said)),
        full(AccountEvent::LargeWithdrawalInitiated(initiated.clone())),
        bare(AccountEvent::LargeWithdrawalInitiated(LargeWithdrawalInitiated {
            counterparty: None,
            ..initiated
        })),
        full(AccountEvent::FeeCharged(fee())),
        bare(AccountEvent::FeeCharged(FeeCharged {
            kind: FeeKind::PenaltyInterest,
            month: None,
            due: None,
            ..fee()
        })),
        full(AccountEvent::TransactionReversed(reversed())),
        full(AccountEvent::OpeningBalanceTakenOver(brought_forward())),
    ]
}

/// Entries of which their bank told a value date: a member more, which shapes of before may lack.
fn valued() -> Vec<Sample<AccountEvent>> {
    let value_date = Some(day("2026-02-03"));
    let sample = |version, event| Sample { version, label: ".valued", event };
    vec![
        sample(1, AccountEvent::MoneyDeposited(MoneyDeposited { value_date, ..deposited() })),
        sample(2, AccountEvent::MoneyWithdrawn(MoneyWithdrawn { value_date, ..withdrawn() })),
        sample(2, AccountEvent::InterestPosted(InterestPosted { value_date, ..posted() })),
        sample(1, AccountEvent::FeeCharged(FeeCharged { value_date, ..fee() })),
        sample(1, AccountEvent::TransactionReversed(TransactionReversed { value_date, ..reversed() })),
    ]
}

fn holds() -> Vec<Sample<AccountEvent>> {
    vec![
        full(AccountEvent::HoldReleased(HoldReleased { hold_id: hold_id(1), amount: inr(5_000) })),
        full(AccountEvent::HoldExpired(HoldExpired {
            hold_id: hold_id(1),
            amount: inr(5_000),
            expires_at: expiry(),
        })),
    ]
}

fn interest() -> Vec<Sample<AccountEvent>> {
    let adjusted = InterestAdjusted {
        from: day("2026-01-03"),
        to: day("2026-01-04"),
        amount: "-0.000000001".parse().unwrap(),
        days: vec![accrued("2026-01-03"), accrued("2026-01-04")],
    };
    vec![
        full(AccountEvent::InterestAccrued(accrued("2026-01-03"))),
        full(AccountEvent::InterestAdjusted(adjusted)),
    ]
}

fn controls() -> Vec<Sample<AccountEvent>> {
    let closed =
        AccountClosed { reason: text("moved abroad"), lapsed_interest: "0.004794521".parse().unwrap() };
    vec![
        full(AccountEvent::AccountOpened(Box::new(opened()))),
        bare(AccountEvent::AccountOpened(Box::new(bare_opened()))),
        full(AccountEvent::AccountFrozen(AccountFrozen { reason: "court order 7/2026".into() })),
        full(AccountEvent::AccountUnfrozen(AccountUnfrozen {})),
        full(AccountEvent::DailyLimitChanged(DailyLimitChanged {
            previous: inr(500_000_000),
            limit: inr(400_000_000),
        })),
        full(AccountEvent::SignatoryAdded(SignatoryAdded { signatory: other_customer() })),
        full(AccountEvent::SignatoryRemoved(SignatoryRemoved { signatory: other_customer() })),
        full(AccountEvent::AccountClosed(closed.clone())),
        bare(AccountEvent::AccountClosed(AccountClosed { reason: None, ..closed })),
    ]
}

pub(super) fn samples() -> Vec<Sample<AccountEvent>> {
    let reshaped =
        withdrawals().into_iter().chain(placements()).chain(captures()).chain(postings()).chain(overdrafts());
    let plain = [controls(), entries(), valued(), holds(), interest(), payments::samples()];
    plain.into_iter().flatten().chain(reshaped).collect()
}

/// The past of an account whose state fills every field.
pub(super) fn past() -> Vec<AccountEvent> {
    vec![
        AccountEvent::AccountOpened(Box::new(opened())),
        AccountEvent::OpeningBalanceTakenOver(brought_forward()),
        AccountEvent::MoneyDeposited(deposited()),
        AccountEvent::SignatoryAdded(SignatoryAdded { signatory: other_customer() }),
        AccountEvent::MoneyWithdrawn(MoneyWithdrawn {
            business_date: day("2025-09-01"),
            booked_on: None,
            ..withdrawn()
        }),
        AccountEvent::OverdraftLimitChanged(OverdraftLimitChanged {
            previous: inr(2_500_000),
            limit: inr(2_600_000),
            business_date: day("2026-01-03"),
        }),
        AccountEvent::MoneyWithdrawn(withdrawn()),
        AccountEvent::HoldPlaced(placed(1)),
        AccountEvent::HoldPlaced(payments::placed(2)),
        AccountEvent::HoldCaptured(captured()),
        AccountEvent::InterestAccrued(accrued("2026-01-06")),
        AccountEvent::FeeCharged(fee()),
        AccountEvent::InterestPosted(posted()),
        AccountEvent::TransactionReversed(reversed()),
        AccountEvent::InterestAccrued(accrued("2026-02-01")),
        AccountEvent::AccountFrozen(AccountFrozen { reason: "court order 7/2026".into() }),
    ]
}
