//! What is done with loans: each command gets its facts (configured terms), and what spans the
//! loan, its customer and the account it is paid out to is decided on all of them at once.

mod application;
pub mod assessing;
pub mod disbursing;
mod paying;
mod payoff;
mod reversal;
mod standing_debit;
mod treasury;

pub use application::NewLoan;
pub use paying::{NewLoanPayment, NewRecovery};

use crate::{
    EventStore, Executor, IdSource, StreamName, accounts,
    command::{Answer, CommandContext, CommandError},
    context::{AggregateType, Context, Port},
    customers,
    executor::{Participant, Unit},
    fold::{Until, fold},
    processes::ProcessKind,
};
use khata_domain::{
    customers::{Customer, ProductId, customer::DetachProduct},
    ids::{AccountId, CustomerId, LoanId},
    lending::{Disbursement, Loan, LoanCommand, Treasury, loan::Status},
    refusal::Refusal,
    refusals,
};
use std::sync::Arc;

/// The loan, for the commands of others: nights note how late it is.
pub const LOAN: Port = Port { context: "lending", name: "loan", aggregate: AggregateType::of::<Loan>() };

/// The context of loans: a loan stands with its customer as a product, and is paid out to an account.
pub const CONTEXT: Context = Context {
    name: "lending",
    version: 1,
    imports: &[customers::CUSTOMER, accounts::ACCOUNT],
    exports: &[LOAN],
    aggregates: &[
        AggregateType::of::<Loan>(),
        AggregateType::of::<Treasury>(),
        AggregateType::of::<Disbursement>(),
    ],
    processes: &[
        ProcessKind::of::<assessing::LoanAssessment>(),
        ProcessKind::of::<disbursing::LoanDisbursement>(),
    ],
};

/// The use cases of loans.
#[derive(Clone)]
pub struct Loans {
    executor: Arc<Executor>,
    store: Arc<dyn EventStore>,
    ids: Arc<dyn IdSource>,
}

refusals! {
    /// What is refused before a loan is asked.
    enum Unfit {
        /// The account is another customer's (`account_id`).
        #[error("the account {account_id} is another customer's")]
        AccountOfAnotherCustomer { account_id: AccountId },
        /// The account is in another currency than the loan (`account_id`, `currency`, `expected`).
        #[error("the account {account_id} is in {currency}, the loan in {expected}")]
        AccountCurrencyMismatch {
            account_id: AccountId,
            currency: khata_domain::Currency,
            expected: khata_domain::Currency,
        },
        /// A payment comes from an account that is debited with it, or from an entry there is already, not from both.
        #[error("a payment names an account to be debited or the entry it came from, not both")]
        PaymentSourceUnclear,
        /// Whoever is not of the bank pays from an account of theirs: `from_account`.
        #[error("name the account that pays")]
        PayingAccountNeeded,
        /// The account that the loan is to be paid out to is closed (`account_id`).
        #[error("the account {account_id} is closed")]
        PayoutAccountClosed { account_id: AccountId },
        /// The account that the loan is to be paid out to is frozen (`account_id`).
        #[error("the account {account_id} is frozen")]
        PayoutAccountFrozen { account_id: AccountId },
    }
}

/// What commands are refused by before a loan is asked.
pub const REFUSALS: &[Refusal] = Unfit::REFUSALS;

impl Loans {
    /// Works on a store through an executor of that store.
    pub fn new(executor: Arc<Executor>, store: Arc<dyn EventStore>, ids: Arc<dyn IdSource>) -> Self {
        Self { executor, store, ids }
    }

    /// Puts a command to a loan that it may end (a rejection, a payment, a write-off); a loan that has ended leaves its
    /// customer in the same append.
    ///
    /// # Errors
    /// The loan's refusal; those of [`Executor::transact`].
    pub async fn execute_to_the_end(
        &self,
        context: &CommandContext,
        loan_id: LoanId,
        command: LoanCommand,
    ) -> Result<Answer<Loan>, CommandError> {
        // A loan never changes hands, so whoever has it by what is durable now, has it still when this is
        // decided.
        let stored =
            fold::<Loan>(&*self.store, &StreamName::of::<Loan>(loan_id), Until::default()).await?.known()?;
        let owner = stored.state.application().map(|application| application.customer_id);
        let others: Vec<Participant> = owner.into_iter().map(Participant::of::<Customer>).collect();
        let body = |unit: &mut Unit<'_>| {
            unit.existing::<Loan>(loan_id)?;
            unit.decide::<Loan>(loan_id, command.clone())?;
            let Some(owner) = owner else {
                // Applied for since it was looked up: whoever asks again finds it.
                return Err(CommandError::Contended);
            };
            leave_if_ended(unit, loan_id, owner)
        };
        self.executor.transact::<Loan>(context, loan_id, &others, body).await
    }
}

/// A loan that has ended leaves its customer.
fn leave_if_ended(unit: &mut Unit<'_>, loan_id: LoanId, owner: CustomerId) -> Result<(), CommandError> {
    let has_ended = matches!(unit.state::<Loan>(loan_id)?.status(), Status::Rejected | Status::Closed);
    if has_ended && holds_product(unit.state::<Customer>(owner)?, loan_id) {
        unit.note::<Customer>(owner, DetachProduct { product: ProductId::of(loan_id) })?;
    }
    Ok(())
}

fn holds_product(customer: &Customer, loan_id: LoanId) -> bool {
    customer.profile().is_some_and(|profile| profile.products.contains(&ProductId::of(loan_id)))
}

impl std::fmt::Debug for Loans {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loans").finish_non_exhaustive()
    }
}
