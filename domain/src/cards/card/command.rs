//! What a credit card can be asked to do. Every fact from outside arrives here: ids, times, verdicts, terms.

pub use crate::deciding::Moment;

use crate::{
    Money, Text,
    cards::{CardTerms, CardType, MerchantId, Request},
    ids::{AuthorizationId, CustomerId, DisputeId, TransactionId},
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A command, and when it is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardCommand {
    /// The day that what happens counts for: today, or an earlier day of imported history.
    pub business_date: Date,
    /// When it is decided.
    pub moment: Moment,
    pub request: CardRequest,
}

/// What a credit card can be asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CardRequest {
    /// Issue the card. The caller has made sure that the customer is verified.
    Issue(Box<Issue>),
    /// Let it be used from now on.
    Activate,
    /// Set credit aside for a merchant, or decline to.
    Authorize(Authorize),
    /// Book what was authorised; what is left of the authorisation is released.
    Capture(Capture),
    /// Give up an authorisation.
    VoidAuthorization(AuthorizationId),
    /// Record that an authorisation has run out.
    ExpireAuthorization(AuthorizationId),
    /// Take back money that a merchant returns.
    Refund(Refund),
    /// Take a payment of the cardholder; what goes beyond the debt becomes the cardholder's credit.
    RecordPayment(Money),
    /// Close the statement of the period that ends with a day.
    CloseStatement(Date),
    /// Charge the interest of the open statement period, on the balances at the end of a day.
    ChargeInterest(Date),
    /// Charge a fee.
    ChargeFee(ChargeFee),
    /// Spend reward points.
    RedeemRewards(u64),
    /// Change the credit limit.
    ChangeLimit(Money),
    /// Decline everything from now on.
    Block(Text<500>),
    /// Lift the block.
    Unblock,
    /// Object to a captured transaction.
    OpenDispute(OpenDispute),
    /// End a dispute.
    ResolveDispute(ResolveDispute),
    /// End the card.
    Close(Option<Text<500>>),
}

/// Issue the card.
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

/// Set credit aside for a merchant, or decline to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorize {
    pub authorization_id: AuthorizationId,
    /// What is asked for.
    pub request: Request,
}

/// Book what was authorised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capture {
    pub authorization_id: AuthorizationId,
    /// How much, at most what was authorised; all of it if nothing is said.
    pub amount: Option<Money>,
}

/// Take back money that a merchant returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// How much; more than nothing, at most what the merchant has captured and not returned.
    pub amount: Money,
    pub merchant_id: MerchantId,
    pub reason: Text<500>,
}

/// Charge a fee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargeFee {
    /// How much; more than nothing, at most the available credit.
    pub amount: Money,
    pub reason: Text<500>,
}

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

/// In whose favour a dispute ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisputeOutcome {
    /// The transaction stands.
    Merchant,
    /// The amount is credited.
    Cardholder,
}

impl DisputeOutcome {
    /// Its name as events and answers write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Merchant => "merchant",
            Self::Cardholder => "cardholder",
        }
    }
}
