//! The assessment of loans by a credit bureau: a process that begins with an application, takes down what the bureau
//! knows of the customer, and decides where the house has configured that.
//!
//! Without a bureau it does not run, and assessments are recorded by hand.

mod definition;
mod ports;
mod surroundings;

pub use definition::{Answer, Call, Command, Fact, LoanAssessment};
pub use ports::{BureauFile, BureauQuestion, CreditBureau};
pub use surroundings::LoanAssessmentSurroundings;
