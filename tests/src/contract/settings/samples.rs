//! The one event of the settings.

use crate::contract::{Sample, bare, full};
use khata_domain::{
    accounts::{
        Products,
        product::{Product, ProductRate},
    },
    cards::CardProduct,
    fraud::{CardBands, FraudNumbers, FraudWeights, PaymentBands},
    lending::{LendingTerms, PrepaymentRule},
    payments::{GatewayNumbers, PaymentNumbers},
    settings::{Basis, CustomerNumbers, OrderNumbers, Rules, SettingsChanged, SettingsEvent},
};
use rust_decimal::Decimal;

/// Every number another one, so that none is taken for its neighbour.
fn product(number: u32) -> Product {
    Product {
        rates: vec![
            ProductRate {
                up_to: Some(Decimal::from(1_000 + number)),
                rate: format!("0.{number}").parse().unwrap(),
            },
            ProductRate { up_to: None, rate: format!("1.{number}").parse().unwrap() },
        ],
        daily_limit: Decimal::from(200_000 + number),
        minimum_balance: Decimal::from(10 + number),
        overdraft_limit: Decimal::from(20 + number),
        maintenance_fee: Decimal::from(30 + number),
        free_transactions: Some(40 + number),
        transaction_fee: Decimal::new(i64::from(50 + number), 1),
    }
}

fn basis() -> Basis {
    let rules = Rules {
        customers: CustomerNumbers { required_documents: 3 },
        accounts: Products {
            savings: product(1),
            premium: product(2),
            business: product(3),
            business_premium: product(4),
        },
        lending: LendingTerms {
            minimum_score_personal: 701,
            minimum_score_home: 682,
            minimum_score_business: 653,
            officer_limit: Decimal::from(5_000_004),
            automatic_disbursement: true,
            debit_attempts: 12,
            failed_debit_fee: Decimal::from(13),
            overdue_penalty: Decimal::from(108),
            overdue_penalty_rate: "1.9".parse().unwrap(),
            overdue_grace_days: 11,
            automatic_rejection_below: 405,
            automatic_approval_from: 806,
            automatic_approval_up_to: Decimal::from(7_007),
            prepayment_personal: PrepaymentRule::Daily,
            prepayment_home: PrepaymentRule::Period,
            prepayment_business: PrepaymentRule::Daily,
        },
        cards: CardProduct {
            purchase_rate: "19.91".parse().unwrap(),
            cash_rate: "24.92".parse().unwrap(),
            minimum_due_rate: "1.3".parse().unwrap(),
            minimum_due_floor: Decimal::from(24),
            payment_window_days: 25,
            authorization_lifetime_days: 6,
            dispute_window_days: 127,
            daily_online_limit: Decimal::from(100_008),
            points_per_hundred: 9,
            points_multipliers: [(khata_domain::Text::parse("grocery").unwrap(), Decimal::from(2))].into(),
        },
        orders: OrderNumbers { delivery_days: 8 },
        payments: PaymentNumbers {
            internal_fee: Decimal::new(15, 1),
            external_fee: Decimal::new(125, 1),
            days_ahead: 367,
            gateway: GatewayNumbers { key_window_hours: 25, quiet_minutes: 16, inquiries: 4 },
        },
        fraud: fraud(),
    };
    Basis::try_new("Asia/Kolkata".to_owned(), rules).unwrap()
}

fn fraud() -> FraudNumbers {
    let score = |text: &str| text.parse().unwrap();
    FraudNumbers {
        payments: PaymentBands { approved_below: score("0.51"), rejected_from: score("0.72") },
        cards: CardBands { approved_up_to: score("0.53"), verified_up_to: score("0.84") },
        clearance_hours: 23,
        weights: FraudWeights {
            unusual_amount: score("0.41"),
            no_history: score("0.12"),
            new_payee: score("0.13"),
            night: score("0.14"),
            many_today: score("0.26"),
            round_amount: score("0.07"),
            small_town: score("0.08"),
        },
    }
}

/// As settings of the first shape are read: what was not there yet is as Khata began with it.
fn of_before(basis: &Basis) -> SettingsEvent {
    let basis = by_hand(basis);
    let rules = Rules {
        payments: PaymentNumbers::default(),
        fraud: FraudNumbers::default(),
        ..basis.rules().clone()
    };
    SettingsChanged { basis: Basis::try_new(basis.time_zone().to_owned(), rules).unwrap() }.into()
}

/// As settings of the second shape are read: loans are paid out by hand.
fn by_hand(basis: &Basis) -> Basis {
    let lending = LendingTerms { automatic_disbursement: false, ..basis.rules().lending.clone() };
    let rules = Rules { lending, ..basis.rules().clone() };
    Basis::try_new(basis.time_zone().to_owned(), rules).unwrap()
}

/// As settings of the third shape are read: what is cleared may be asked for again as long as Khata began with.
fn of_no_clearance(basis: &Basis) -> Basis {
    let fraud =
        FraudNumbers { clearance_hours: FraudNumbers::default().clearance_hours, ..basis.rules().fraud };
    let rules = Rules { fraud, ..basis.rules().clone() };
    Basis::try_new(basis.time_zone().to_owned(), rules).unwrap()
}

/// As settings of the fourth shape are read: nothing is decided, charged or debited by rule.
fn of_loans_by_hand(basis: &Basis) -> Basis {
    let none = LendingTerms::default();
    let lending = LendingTerms {
        debit_attempts: none.debit_attempts,
        failed_debit_fee: none.failed_debit_fee,
        overdue_penalty: none.overdue_penalty,
        overdue_penalty_rate: none.overdue_penalty_rate,
        overdue_grace_days: none.overdue_grace_days,
        automatic_rejection_below: none.automatic_rejection_below,
        automatic_approval_from: none.automatic_approval_from,
        automatic_approval_up_to: none.automatic_approval_up_to,
        ..basis.rules().lending.clone()
    };
    let rules = Rules { lending, ..basis.rules().clone() };
    Basis::try_new(basis.time_zone().to_owned(), rules).unwrap()
}

pub(super) fn samples() -> Vec<Sample<SettingsEvent>> {
    let mut rules = basis().rules().clone();
    rules.accounts.savings.free_transactions = None;
    rules.accounts.savings.rates.remove(0);
    rules.cards.points_multipliers.clear();
    let least = Basis::try_new("UTC".to_owned(), rules).unwrap();
    let sample =
        |version, label, basis: Basis| Sample { version, label, event: SettingsChanged { basis }.into() };
    let fourth = of_loans_by_hand;
    let third = |basis: &Basis| of_no_clearance(&fourth(basis));
    let second = |basis: &Basis| by_hand(&third(basis));
    vec![
        full(of_before(&third(&basis()))),
        bare(of_before(&third(&least))),
        sample(2, "", second(&basis())),
        sample(2, ".bare", second(&least)),
        sample(3, "", third(&basis())),
        sample(3, ".bare", third(&least)),
        sample(4, "", fourth(&basis())),
        sample(4, ".bare", fourth(&least)),
        sample(5, "", basis()),
        sample(5, ".bare", least),
    ]
}

pub(super) fn past() -> Vec<SettingsEvent> {
    vec![SettingsChanged { basis: basis() }.into()]
}
