//! Who may act for the bank, and in which role.

use crate::names::names;

names! {
    /// The part that somebody has in the bank: what a token's bearer may do follows from it.
    pub enum Role {
        /// A customer of the bank: their own data only.
        Customer = "customer",
        /// Serves customers at the counter.
        Teller = "teller",
        /// Decides on loans, up to a limit.
        LoanOfficer = "loan_officer",
        /// Looks after the customers assigned to them.
        RelationshipManager = "relationship_manager",
        /// States verdicts about money laundering and fraud, and sees what is confidential.
        ComplianceOfficer = "compliance_officer",
        /// Reads all history and writes nothing.
        Auditor = "auditor",
        /// Looks after projections and parked work.
        Operator = "operator",
        /// May do everything.
        Admin = "admin",
    }
}
