//! The paying out of loans: a process that begins with an approval which says so, and ends when the loan is disbursed or
//! everything is undone, the approval too.
//!
//! `definition` is when which step follows and what undoes it; `surroundings` puts its commands to the loan, the
//! treasury, the account and the record.

mod definition;
mod surroundings;

pub use definition::{Act, Command, Fact, LoanDisbursement, NoAnswer, NoCall};
pub use surroundings::LoanDisbursementSurroundings;
