//! `disbursements`: how loans are being paid out, or were.

use crate::{
    Query, Value,
    current::{Stand, Viewed},
    query::{Comparison, Direction},
    row,
};
use jiff::{Timestamp, civil::Date};
use khata_domain::{
    Currency, Money,
    ids::LoanId,
    lending::{Disbursement, disbursement::DisbursementCreated},
};

row! {
    /// How the disbursement of a loan stands.
    pub struct DisbursementRow in "disbursements", partition disbursement_id, owner customer_id, key [disbursement_id],
        index [customer_id, disbursement_id],
        index [status, disbursement_id],
        index [loan_id, created_at, disbursement_id],
    of (id: String, state: &Disbursement, created: &DisbursementCreated, version: u64) {
        /// `disb_…`
        pub disbursement_id: String = id,
        pub loan_id: String = created.loan_id.to_string(),
        /// Whose loan it is, `cus_…`
        pub customer_id: String = created.customer_id.to_string(),
        /// The account that it is paid out to, `acc_…`
        pub account_id: String = created.account_id.to_string(),
        pub amount_minor: i64 = created.amount.minor(),
        pub currency: Currency = created.amount.currency(),
        /// `created`, `transferred`, `completed`, `reversed` or `cancelled`.
        pub status: String = state.status().name().to_owned(),
        /// The entry of the account, `txn_…`
        pub transaction_id: Option<String> = state.transfer().map(|transfer| transfer.transaction_id.to_string()),
        /// The day that it counts for.
        pub transferred_on: Option<Date> = state.transfer().map(|transfer| transfer.transferred_on),
        /// The day on which the loan was paid out.
        pub disbursed_on: Option<Date> = state.disbursed_on(),
        /// Why it was reversed or given up.
        pub reason: Option<String> = state.reason().map(str::to_owned),
        pub created_at: Timestamp = created.created_at,
        /// When it changed last.
        pub changed_at: Timestamp = state.changed_at(),
        /// How many events the disbursement has.
        pub version: u64 = version,
    }
}

impl DisbursementRow {
    /// How much is paid out.
    pub fn amount(&self) -> Money {
        Money::from_minor(self.amount_minor, self.currency)
    }

    /// The latest of a loan.
    pub fn latest_of(loan_id: LoanId) -> Query {
        Query::of::<Self>(1)
            .only("loan_id", Comparison::Equal, Value::Text(loan_id.to_string()))
            .ordered(&["created_at", "disbursement_id"], Direction::Descending)
    }
}

impl Viewed for Disbursement {
    const VIEW: &'static str = "disbursements";
    const VIEW_VERSION: u32 = 1;
    type Row = DisbursementRow;
    type Notes = ();

    fn row(&self, id: &str, stand: &Stand<()>) -> Option<DisbursementRow> {
        Some(DisbursementRow::of(id.to_owned(), self, self.created()?, stand.version))
    }
}
