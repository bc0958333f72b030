//! Loans: applying, approving, schedules, payments, delinquency.
//!
//! `loan` is the aggregate with all its rules, `schedule` the arithmetic of instalments; the files beside
//! them are the words they speak in.

pub mod delinquency;
pub mod disbursement;
pub mod loan;
pub mod penalties;
pub mod schedule;
pub mod terms;
pub mod treasury;

pub use delinquency::Bucket;
pub use disbursement::{
    Disbursement, DisbursementCommand, DisbursementError, DisbursementEvent, DisbursementId,
    DisbursementStatus,
};
pub use loan::{Loan, LoanCommand, LoanError, LoanEvent};
pub use schedule::{
    Arithmetic, DayCount, DueDates, DueDay, Instalment, InstalmentStatus, PaidEarly, Plan, Schedule,
};
pub use terms::{LendingTerms, LoanType, PenaltyTerms, PrepaymentEffect, PrepaymentRule};
pub use treasury::{Treasury, TreasuryCommand, TreasuryError, TreasuryEvent, TreasuryId};
