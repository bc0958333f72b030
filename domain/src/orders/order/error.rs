//! Why an order refuses. The code is the rule; the members are its facts.

use super::state::{OrderStatus, PaymentStatus};
use crate::{
    Currency, Money, Text,
    currency::CurrencyWithdrawn,
    ids::PaymentId,
    orders::{CustomerTier, DiscountRate},
};
use jiff::civil::Date;
use serde::Serialize;

/// Why an order refuses. Serialises as `{"code": "<rule>", …facts}`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum OrderError {
    #[error("the order is not created")]
    OrderNotCreated,
    #[error("the order is created already")]
    OrderAlreadyCreated,
    #[error("the order is {status}, no draft any more")]
    OrderNotDraft { status: OrderStatus },
    #[error("the order is {status}")]
    OrderStatusNotAllowed { status: OrderStatus, allowed: &'static [OrderStatus] },
    #[error("the seller {seller_id} is not active")]
    SellerNotActive { seller_id: Text<64> },
    #[error("the quantity must be more than none")]
    QuantityNotPositive,
    #[error("the line would have more than {maximum} pieces")]
    QuantityOutOfRange { maximum: u32 },
    #[error("a price cannot be negative")]
    PriceNegative { unit_price: Money },
    #[error("line {line} has the same product of the same seller at another price or discount")]
    PriceDiffers { line: u32, unit_price: Money, discount_rate: DiscountRate },
    #[error("an order of a {customer_tier} customer has at most {limit} lines")]
    LineLimitReached { limit: u32, customer_tier: CustomerTier },
    #[error("there is no line {line}")]
    LineNotFound { line: u32 },
    #[error("a charge cannot be negative")]
    ChargeNegative { amount: Money },
    #[error("the amount must be more than zero")]
    AmountNotPositive { amount: Money },
    #[error("the order would come to more than the books can hold")]
    AmountOutOfRange,
    #[error("the amount is in {}, the order in {expected}", amount.currency())]
    CurrencyMismatch { amount: Money, expected: Currency },
    #[error("{currency} is in use no longer; its last day was {last_day}")]
    CurrencyWithdrawn { currency: Currency, last_day: Date },
    #[error("the order has no items")]
    OrderEmpty,
    #[error("the order comes to {total}")]
    TotalNotPositive { total: Money },
    #[error("the order has no shipping address")]
    ShippingAddressMissing,
    #[error("no carrier goes to the shipping address")]
    AddressNotServiceable,
    #[error("the order has no payment method")]
    PaymentMethodMissing,
    #[error("the payment {payment_id} is under way")]
    PaymentPending { payment_id: PaymentId },
    #[error("no payment is under way")]
    PaymentNotPending { payment_status: PaymentStatus },
    #[error("the order's payment is {payment_id}")]
    PaymentIdDiffers { payment_id: PaymentId },
    #[error("the order is paid already")]
    OrderAlreadyPaid { payment_id: PaymentId },
    #[error("the order is not paid")]
    OrderNotPaid { payment_status: PaymentStatus },
    #[error("{expected_delivery} lies before {business_date}")]
    DeliveryInPast { expected_delivery: Date, business_date: Date },
    #[error("{requested} is more than the {refundable} that can be given back")]
    RefundExceedsPayment { requested: Money, refundable: Money },
}

impl From<CurrencyWithdrawn> for OrderError {
    fn from(CurrencyWithdrawn { currency, last_day }: CurrencyWithdrawn) -> Self {
        Self::CurrencyWithdrawn { currency, last_day }
    }
}
