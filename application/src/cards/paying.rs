//! Money between a card and an account of the bank: both are booked in one append.

use super::{Cards, Unfit};
use crate::{
    accounts::moving,
    command::{Answer, CommandContext, CommandError},
    executor::{Participant, Unit},
};
use khata_domain::{
    Money,
    accounts::BankAccount,
    cards::{
        CreditCard,
        card::{PayOutCredit, RecordPayment},
    },
    ids::{AccountId, CardId},
};

impl Cards {
    /// Takes a payment of the cardholder: with a debit of an account in the same append, or what came in otherwise. Only
    /// whoever reaches everybody's cards is believed that something came in.
    ///
    /// # Errors
    /// Refused as `paying_account_needed`, by the card's rules, or by those of the account; `OutOfReach` for somebody
    /// else's account; those of [`crate::Executor::transact`].
    pub async fn pay(
        &self,
        context: &CommandContext,
        card_id: CardId,
        amount: Money,
        from_account: Option<AccountId>,
    ) -> Result<Answer<CreditCard>, CommandError> {
        if from_account.is_none() && !context.reach.is_all() {
            return Err(CommandError::refused(&Unfit::PayingAccountNeeded));
        }
        let others: Vec<Participant> = from_account.into_iter().map(Participant::of::<BankAccount>).collect();
        let body = |unit: &mut Unit<'_>| {
            unit.existing::<CreditCard>(card_id)?;
            // What the card refuses is said before the account is asked.
            unit.would::<CreditCard>(card_id, [RecordPayment { amount, account_transaction: None }.into()])?;
            let debited = from_account.map(|id| moving::debit(unit, id, amount, card_id.to_string()));
            let pay = RecordPayment { amount, account_transaction: debited.transpose()? };
            unit.decide::<CreditCard>(card_id, pay).map(drop)
        };
        self.executor.transact::<CreditCard>(context, card_id, &others, body).await
    }

    /// Pays out what the bank owes the cardholder, all of it if nothing is told: to an account of theirs in the same
    /// append, or otherwise.
    ///
    /// # Errors
    /// Refused as `payout_account_needed`, `no_credit_to_pay_out` or `credit_exceeded`, as `account_of_another_customer`, by the card's other
    /// rules, or by those of the account; those of [`crate::Executor::transact`].
    pub async fn pay_out(
        &self,
        context: &CommandContext,
        card_id: CardId,
        amount: Option<Money>,
        to_account: Option<AccountId>,
    ) -> Result<Answer<CreditCard>, CommandError> {
        if to_account.is_none() && !context.reach.is_all() {
            return Err(CommandError::refused(&Unfit::PayoutAccountNeeded));
        }
        let others: Vec<Participant> = to_account.into_iter().map(Participant::of::<BankAccount>).collect();
        let body = |unit: &mut Unit<'_>| {
            let card = unit.existing::<CreditCard>(card_id)?;
            let Some(account_id) = to_account else {
                let alone = PayOutCredit { amount, account_transaction: None };
                return unit.decide::<CreditCard>(card_id, alone).map(drop);
            };
            let cardholder = card.issuance().map(|issuance| issuance.customer_id);
            let Some(amount) = amount.or_else(|| card.payable_credit(context.now)) else {
                return Err(CommandError::NotFound(card_id.to_string()));
            };
            let account = unit.existing::<BankAccount>(account_id)?;
            if account.opening().map(|opening| opening.customer_id) != cardholder {
                return Err(CommandError::refused(&Unfit::AccountOfAnotherCustomer { account_id }));
            }
            let would = PayOutCredit { amount: Some(amount), account_transaction: None };
            unit.would::<CreditCard>(card_id, [would.into()])?;
            let credited = moving::credit(unit, account_id, amount, card_id.to_string())?;
            let pay_out = PayOutCredit { amount: Some(amount), account_transaction: Some(credited) };
            unit.decide::<CreditCard>(card_id, pay_out).map(drop)
        };
        self.executor.transact::<CreditCard>(context, card_id, &others, body).await
    }
}
