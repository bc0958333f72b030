//! A loan as Khata stored it before applications told their arithmetic, with rates that do not end and a tie
//! in its first period: what its holder was told then is what it is now, to the minor unit.

use crate::events::Stored;
use jiff::civil::{Date, date};
use khata_domain::{
    Aggregate, Money, Rules,
    lending::{
        Arithmetic, DueDates, Loan, LoanCommand, LoanEvent, PrepaymentEffect, PrepaymentRule,
        loan::{RecordPayment, Restructure},
    },
    testing::decided_on,
};
use khata_infrastructure::CODEC;

const TODAY: Date = date(2026, 11, 30);

/// Written by the last Khata that stored `loan_applied` in its first version.
fn stored() -> Vec<LoanEvent> {
    let lines = include_str!("loan_of_before.jsonl").lines();
    let events = lines.map(|line| {
        let stored: Stored = serde_json::from_str(line).unwrap();
        assert_eq!(stored.schema_version, 1, "{line}");
        CODEC.decode(&stored.event_type, 1, stored.data.get(), || TODAY).unwrap()
    });
    events.collect()
}

fn folded(events: &[LoanEvent]) -> Loan {
    let mut loan = Loan::default();
    events.iter().for_each(|event| loan.evolve(event));
    loan
}

/// Principal, interest, balance, paid: of each instalment.
fn rows(loan: &Loan) -> Vec<[i64; 4]> {
    let instalments = &loan.schedule().unwrap().instalments;
    instalments
        .iter()
        .map(|row| [row.principal_minor, row.interest_minor, row.balance_after_minor, row.paid_minor()])
        .collect()
}

#[test]
fn its_schedule_is_what_it_was() {
    let events = stored();
    // Exactly 0.835 of interest, which an exact schedule rounds to 0.84.
    assert_eq!(rows(&folded(&events[..3]))[..2], [[798, 83, 9222, 0], [804, 77, 8418, 0]]);
    let loan = folded(&events);
    let told = [
        [798, 83, 9222, 881],
        [804, 77, 7299, 881],
        [820, 61, 6479, 881],
        [365, 54, 6114, 419],
        [589, 56, 5546, 645],
        [594, 51, 4952, 55],
        [600, 45, 4352, 0],
        [605, 40, 3747, 0],
        [611, 34, 3136, 0],
        [616, 29, 2520, 0],
        [622, 23, 1898, 0],
        [628, 17, 1270, 0],
        [633, 12, 637, 0],
        [637, 6, 0, 0],
    ];
    assert_eq!(rows(&loan), told);
    assert_eq!(loan.payoff(date(2024, 7, 1)).map(Money::minor), Some(5518));
    let application = loan.application().unwrap();
    assert_eq!(
        (application.arithmetic, application.prepayment),
        (Arithmetic::RoundedRates, PrepaymentRule::Period)
    );
}

#[test]
fn the_same_commands_would_still_come_to_the_same_events() {
    let events = stored();
    for (place, event) in events.iter().enumerate() {
        let command = match event {
            LoanEvent::LoanPaymentMade(paid) => LoanCommand::from(RecordPayment {
                amount: paid.amount,
                date: paid.paid_on,
                account_transaction: None,
                effect: PrepaymentEffect::ShorterTerm,
            }),
            LoanEvent::LoanRestructured(anew) => LoanCommand::from(Restructure {
                annual_rate: Some(anew.annual_rate),
                term_months: anew.term_months,
                from: anew.from,
                dues: DueDates::default(),
                reason: None,
            }),
            _ => continue,
        };
        assert_eq!(
            folded(&events[..place]).decide(command, decided_on(TODAY), Rules::All).as_deref(),
            Ok(&events[place..=place]),
            "event {place}"
        );
    }
}

#[test]
fn its_restructurings_keep_the_arithmetic() {
    let mut loan = folded(&stored());
    let dues = DueDates::default();
    let restructure = Restructure { annual_rate: None, term_months: 3, from: TODAY, dues, reason: None };
    let events = loan.decide(restructure.into(), decided_on(TODAY), Rules::All).unwrap();
    events.iter().for_each(|event| loan.evolve(event));
    assert_eq!(loan.schedule().map(|schedule| schedule.arithmetic), Some(Arithmetic::RoundedRates));
}
