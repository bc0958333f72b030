//! The row of an instalment.

use crate::{
    Query, Value,
    query::{Comparison, Direction},
    row,
};
use jiff::civil::Date;
use khata_domain::{
    Currency, Money,
    lending::{
        Instalment, InstalmentStatus, Loan,
        loan::{ClosedReason, Status},
    },
};

row! {
    /// An instalment of a loan.
    pub struct InstalmentRow in "loan_schedule", partition loan_id, owner customer_id, key [loan_id, number],
        index [customer_id, due_date, loan_id, number],
        index [loan_status, is_paid, due_date, loan_id, number] {
        /// `loan_…`
        pub loan_id: String,
        /// From 1 on.
        pub number: u32,
        /// Whose it is, `cus_…`
        pub customer_id: String,
        /// `approved` while it is only planned, `active`, or `closed`.
        pub loan_status: String,
        /// The loan was written off before it was paid.
        pub written_off: bool,
        /// The first day of its period.
        pub from_date: Date,
        /// The day on which it must be paid.
        pub due_date: Date,
        /// The currency of all its amounts.
        pub currency: Currency,
        pub principal_minor: i64,
        /// What it pays for its period.
        pub interest_minor: i64,
        pub total_minor: i64,
        /// The balance once it is paid.
        pub balance_after_minor: i64,
        /// Principal paid in its period beyond it.
        pub prepaid_minor: i64,
        /// What is paid of its principal.
        pub paid_principal_minor: i64,
        /// What is paid of its interest.
        pub paid_interest_minor: i64,
        /// Whether all of it is paid.
        pub is_paid: bool,
    }
}

impl InstalmentRow {
    /// All instalments of a loan, as it stands, in order of their numbers.
    pub fn all_of(loan_id: &str, loan: &Loan) -> Vec<Self> {
        let instalments = loan.schedule().into_iter().flat_map(|schedule| &schedule.instalments);
        instalments.filter_map(|instalment| Self::of(loan_id, loan, instalment)).collect()
    }

    /// The row of one of a loan's instalments; `None` before its application is known.
    pub fn of(loan_id: &str, loan: &Loan, instalment: &Instalment) -> Option<Self> {
        let (application, schedule) = loan.application().zip(loan.schedule())?;
        let given_up = loan.closing().is_some_and(|closing| closing.reason == ClosedReason::WrittenOff);
        Some(Self {
            loan_id: loan_id.to_owned(),
            number: instalment.number,
            customer_id: application.customer_id.to_string(),
            loan_status: loan.status().name().to_owned(),
            written_off: given_up && !instalment.is_paid(),
            from_date: instalment.from,
            due_date: instalment.due_date,
            currency: schedule.currency,
            principal_minor: instalment.principal_minor,
            interest_minor: instalment.interest_minor,
            total_minor: instalment.total_minor(),
            balance_after_minor: instalment.balance_after_minor,
            prepaid_minor: instalment.prepaid_minor,
            paid_principal_minor: instalment.paid_principal_minor,
            paid_interest_minor: instalment.paid_interest_minor,
            is_paid: instalment.is_paid(),
        })
    }

    /// The instalments of a loan, in order of their numbers.
    pub fn of_loan(loan_id: &str, limit: usize) -> Query {
        Query::of::<Self>(limit).only("loan_id", Comparison::Equal, Value::Text(loan_id.to_owned()))
    }

    /// The unpaid instalments of active loans that are due by a day, the oldest first.
    pub fn due_by(day: Date, limit: usize) -> Query {
        let active = Value::Text(Status::Active.name().to_owned());
        Query::of::<Self>(limit)
            .only("loan_status", Comparison::Equal, active)
            .only("is_paid", Comparison::Equal, Value::Boolean(false))
            .only("due_date", Comparison::AtMost, Value::Date(day))
            .ordered(&["due_date", "loan_id", "number"], Direction::Ascending)
    }

    /// How it stands on a day.
    pub fn status(&self, on: Date) -> InstalmentStatus {
        if self.written_off {
            return InstalmentStatus::WrittenOff;
        }
        InstalmentStatus::on(on, self.due_date, self.total_minor, self.paid_minor())
    }

    /// What is paid of it.
    pub const fn paid_minor(&self) -> i64 {
        self.paid_principal_minor.saturating_add(self.paid_interest_minor)
    }

    /// An amount of this instalment's loan.
    pub fn money(&self, minor: i64) -> Money {
        Money::from_minor(minor, self.currency)
    }
}
