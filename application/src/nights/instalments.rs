//! What is due of loans, debited from the accounts that they name: one after the other, since each is an append over two
//! of them.

use super::pages::{Page, failed, left, processed};
use khata_domain::{ids::LoanId, lending::Loan, nights::Tally};

/// What is said of a loan whose account refused the debit: that is recorded, and tried again on a later day.
const REFUSED: &str = "debit_refused";

impl Page<'_> {
    /// Debits what is due of each.
    pub(super) async fn pay_instalments(&self) -> Tally {
        let (ids, mut tally) = self.ids::<Loan>();
        for id in ids {
            tally.add(self.pay(id).await);
        }
        tally
    }

    /// What came of it is told by the loan itself, so that a night that goes on counts as one that was not cut off.
    async fn pay(&self, id: LoanId) -> Tally {
        let date = self.evening.date;
        let context = self.desk.now(self.context, date);
        let loan = match self.desk.loans.debit_due(&context, id, Some(date)).await {
            Ok(answer) => answer.state,
            Err(error) => return failed(&id.to_string(), &error),
        };
        match loan.standing_debit() {
            Some(debit) if debit.tried_on == Some(date) => left(REFUSED),
            Some(_) if loan.last_payment_on() == Some(date) => processed(),
            Some(_) | None => Tally::default(),
        }
    }
}
