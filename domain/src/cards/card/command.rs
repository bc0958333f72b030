//! What a credit card can be asked to do. Every fact from outside arrives here: ids, verdicts, terms. Which rule
//! decides on which stands in `decisions`.

use crate::{
    Money, Text,
    cards::{CardTerms, CardType, MerchantId, Request},
    fraud::{CardScreening, Reviewer},
    ids::{AccountTransaction, AuthorizationId, CustomerId, DisputeId, TransactionId},
    names::names,
};
use jiff::civil::Date;

/// Issue the card. The caller has made sure that the customer is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    pub customer_id: CustomerId,
    /// What kind of card it is, if that is told.
    pub card_type: Option<CardType>,
    /// The credit limit; more than nothing. Its currency is the card's.
    pub limit: Money,
    /// The limit is made up, since imported data lacks it.
    pub limit_is_synthetic: bool,
    /// What it is issued on; see `CardProduct::terms`.
    pub terms: CardTerms,
}

/// Let it be used from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Activate;

/// Set credit aside for a merchant, or decline to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorize {
    pub authorization_id: AuthorizationId,
    /// What is asked for.
    pub request: Request,
    /// What was found when it was judged whether it looks like fraud; nothing where the caller brings a verdict.
    pub screening: Option<Box<CardScreening>>,
}

/// Let pass what was declined for somebody to look at: once, if it is asked for again in time, it is decided anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClearAuthorization {
    pub authorization_id: AuthorizationId,
    pub reason: Text<500>,
    /// Who has looked at it, if they have proved who they are.
    pub reviewer: Option<Reviewer>,
    /// Fact: for how many hours it may be asked for again.
    pub hours: u16,
}

/// Leave declined what was declined for somebody to look at: it is fraud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfirmFraud {
    pub authorization_id: AuthorizationId,
    pub reason: Text<500>,
    /// Who has looked at it, if they have proved who they are.
    pub reviewer: Option<Reviewer>,
}

/// Book what was authorised; what is left of the authorisation is released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capture {
    pub authorization_id: AuthorizationId,
    /// How much, at most what was authorised; by default all of it.
    pub amount: Option<Money>,
}

/// Give up an authorisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VoidAuthorization {
    pub authorization_id: AuthorizationId,
}

/// Record that an authorisation has run out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpireAuthorization {
    pub authorization_id: AuthorizationId,
}

/// Take back money that a merchant returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// How much; more than nothing, at most what the merchant has captured and not returned.
    pub amount: Money,
    pub merchant_id: MerchantId,
    pub reason: Text<500>,
}

/// Take a payment of the cardholder; what goes beyond the debt becomes the cardholder's credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordPayment {
    /// How much; more than nothing.
    pub amount: Money,
    /// The entry of the account that it comes from, if it comes from one.
    pub account_transaction: Option<AccountTransaction>,
}

/// Pay out what the bank owes the cardholder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PayOutCredit {
    /// How much; more than nothing, at most the credit; all of it, if nothing is told.
    pub amount: Option<Money>,
    /// The entry of the account that it goes to, if it goes to one.
    pub account_transaction: Option<AccountTransaction>,
}

/// Close the statement of the period that ends with a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CloseStatement {
    pub closing_date: Date,
}

/// Charge the interest of the open statement period, on the balances at the end of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChargeInterest {
    pub date: Date,
}

/// Charge a fee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargeFee {
    /// How much; more than nothing, at most the available credit.
    pub amount: Money,
    pub reason: Text<500>,
}

/// Spend reward points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RedeemRewards {
    /// How many; more than none.
    pub points: u64,
}

/// Change the credit limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeLimit {
    /// The new limit; more than nothing.
    pub limit: Money,
}

/// Decline everything from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    pub reason: Text<500>,
}

/// Lift the block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unblock;

/// Object to a captured transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenDispute {
    pub dispute_id: DisputeId,
    /// The transaction, as the cardholder knows it.
    pub transaction_id: TransactionId,
    /// The authorisation that it captured, as the caller found it in this card's events.
    pub authorization_id: AuthorizationId,
    pub reason: Text<500>,
}

/// End a dispute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResolveDispute {
    pub dispute_id: DisputeId,
    pub outcome: DisputeOutcome,
}

names! {
    /// In whose favour a dispute ends.
    pub enum DisputeOutcome {
        /// The transaction stands.
        Merchant = "merchant",
        /// The amount is credited.
        Cardholder = "cardholder",
    }
}

/// End the card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Close {
    /// Why, if somebody said so.
    pub reason: Option<Text<500>>,
}
