//! From the application to the disbursement. The loan stands with its customer as a product from the
//! application on.

use super::{Loans, Unfit};
use crate::{
    StreamName,
    clock::fresh,
    command::{Answer, CommandContext, CommandError},
    executor::{Participant, Unit},
    fold::{Until, fold},
};
use jiff::civil::Date;
use khata_domain::{
    Currency, Money, Percent,
    accounts::{BankAccount, account},
    customers::{Customer, ProductId, customer::AttachProduct},
    ids::{AccountId, CustomerId, LoanId},
    lending::{
        DayCount, DueDates, Loan, LoanType, PrepaymentRule,
        loan::{Apply, Disburse},
    },
};

/// What loan is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLoan {
    /// The id, where the client gives one.
    pub loan_id: Option<LoanId>,
    /// Whose it will be.
    pub customer_id: CustomerId,
    /// The customer's account that it is to be paid out to.
    pub account_id: Option<AccountId>,
    /// What it is for.
    pub loan_type: LoanType,
    pub principal: Money,
    /// The customer's yearly income.
    pub income: Option<Money>,
    /// Percent per year.
    pub annual_rate: Percent,
    /// How many monthly instalments.
    pub term_months: u32,
    /// How the days of a period count.
    pub day_count: DayCount,
    /// From when on early payments save interest; as the terms of its type say if nothing is said.
    pub prepayment: Option<PrepaymentRule>,
    /// The day on which it shall begin, if agreed.
    pub start_date: Option<Date>,
    /// When its instalments are due, if agreed.
    pub dues: DueDates,
}

impl Loans {
    /// Applies for a loan of a verified customer.
    ///
    /// # Errors
    /// `NotFound` for an unknown customer or account; refused as `customer_not_verified`, if the account is
    /// not the customer's, is closed or in another currency, or by the loan's own rules; those of
    /// [`crate::Executor::create`].
    pub async fn apply(&self, context: &CommandContext, new: NewLoan) -> Result<Answer<Loan>, CommandError> {
        let loan_id = new.loan_id.unwrap_or_else(|| fresh(&*self.ids));
        let NewLoan {
            customer_id,
            account_id,
            loan_type,
            principal,
            income,
            annual_rate,
            term_months,
            day_count,
            start_date,
            dues,
            ..
        } = new;
        let prepayment =
            new.prepayment.unwrap_or_else(|| context.settings.rules().lending.prepayment(loan_type));
        let apply = Apply {
            customer_id,
            account_id,
            loan_type,
            principal,
            income,
            annual_rate,
            term_months,
            day_count,
            prepayment,
            start_date,
            dues,
        };
        let body = |unit: &mut Unit<'_>| {
            unit.existing::<Customer>(customer_id)?;
            if let Some(account_id) = account_id {
                let of_loan = (customer_id, apply.principal.currency());
                fit_for_payout(unit.existing::<BankAccount>(account_id)?, account_id, of_loan)?;
            }
            unit.decide::<Customer>(customer_id, AttachProduct { product: ProductId::of(loan_id) })?;
            unit.decide::<Loan>(loan_id, apply.clone()).map(drop)
        };
        let account = account_id.map(Participant::of::<BankAccount>);
        let others: Vec<Participant> =
            [Participant::of::<Customer>(customer_id)].into_iter().chain(account).collect();
        self.executor.create::<Loan>(context, loan_id, &others, body).await
    }

    /// Notes that the money is paid out: on the day given, or else on the day agreed, or today.
    ///
    /// # Errors
    /// The loan's refusal; those of [`crate::Executor::execute`].
    pub async fn disburse(
        &self,
        context: &CommandContext,
        loan_id: LoanId,
        date: Option<Date>,
    ) -> Result<Answer<Loan>, CommandError> {
        let (_, dated) = context.on(self.day_of_disbursement(loan_id, date, context.today()).await?);
        self.executor.execute::<Loan>(&dated, loan_id, Disburse { date }.into()).await
    }

    /// The day given, or else the day agreed, which never changes; `None` for today.
    async fn day_of_disbursement(
        &self,
        loan_id: LoanId,
        date: Option<Date>,
        today: Date,
    ) -> Result<Option<Date>, CommandError> {
        if date.is_some() {
            return Ok(date);
        }
        let stored =
            fold::<Loan>(&*self.store, &StreamName::of::<Loan>(loan_id), Until::default()).await?.known()?;
        let agreed = stored.state.application().and_then(|application| application.start_date);
        Ok(agreed.filter(|agreed| *agreed <= today))
    }
}

/// A loan is paid out to an open account of its customer, in its currency.
pub(super) fn fit_for_payout(
    account: &BankAccount,
    account_id: AccountId,
    (customer_id, expected): (CustomerId, Currency),
) -> Result<(), CommandError> {
    let opening = account.opening().ok_or_else(|| CommandError::NotFound(account_id.to_string()))?;
    if opening.customer_id != customer_id {
        return Err(CommandError::refused(&Unfit::AccountOfAnotherCustomer { account_id }));
    }
    if account.status() == account::Status::Closed {
        return Err(CommandError::refused(&Unfit::PayoutAccountClosed { account_id }));
    }
    let currency = opening.currency;
    if currency != expected {
        return Err(CommandError::refused(&Unfit::AccountCurrencyMismatch {
            account_id,
            currency,
            expected,
        }));
    }
    Ok(())
}
