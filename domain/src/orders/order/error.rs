//! Why an order refuses. The code is the rule; the members are its facts.

use super::state::{OrderStatus, PaymentStatus};
use crate::{
    Currency, Money, Text,
    currency::CurrencyWithdrawn,
    ids::PaymentId,
    orders::{CustomerTier, DiscountRate},
    refusals,
};
use jiff::civil::Date;

refusals! {
    /// Why an order refuses.
    pub enum OrderError {
        /// The order is not created.
        #[error("the order is not created")]
        OrderNotCreated,
        /// The order is created already.
        #[error("the order is created already")]
        OrderAlreadyCreated,
        /// Items, address and charge change in the draft only (`actual_status`).
        #[error("the order is {status}, no draft any more")]
        OrderNotDraft { status: OrderStatus },
        /// The order's status does not allow this (`actual_status`, `allowed`).
        #[error("the order is {status}")]
        OrderStatusNotAllowed { status: OrderStatus, allowed: &'static [OrderStatus] },
        /// The seller may not sell now (`seller_id`).
        #[error("the seller {seller_id} is not active")]
        SellerNotActive { seller_id: Text<64> },
        /// The quantity must be more than zero.
        #[error("the quantity must be more than none")]
        QuantityNotPositive,
        /// The quantity of a line is too large (`maximum`).
        #[error("the line would have more than {maximum} pieces")]
        QuantityOutOfRange { maximum: u32 },
        /// A price cannot be negative (`unit_price`).
        #[error("a price cannot be negative")]
        PriceNegative { unit_price: Money },
        /// The order has the same product of the same seller at another price or discount (`line`,
        /// `unit_price`, `discount_rate`).
        #[error("line {line} has the same product of the same seller at another price or discount")]
        PriceDiffers { line: u32, unit_price: Money, discount_rate: DiscountRate },
        /// The order has as many lines as one of such a customer can have (`limit`, `customer_tier`).
        #[error("an order of a {customer_tier} customer has at most {limit} lines")]
        LineLimitReached { limit: u32, customer_tier: CustomerTier },
        /// The order has no such line and never had (`line`).
        #[error("there is no line {line}")]
        LineNotFound { line: u32 },
        /// A charge cannot be negative (`amount`).
        #[error("a charge cannot be negative")]
        ChargeNegative { amount: Money },
        /// An order without items is not placed.
        #[error("the order has no items")]
        OrderEmpty,
        /// An order that costs nothing is not placed (`total`).
        #[error("the order comes to {total}")]
        TotalNotPositive { total: Money },
        /// An order can only be placed with an address.
        #[error("the order has no shipping address")]
        ShippingAddressMissing,
        /// No carrier delivers to the order's address.
        #[error("no carrier goes to the shipping address")]
        AddressNotServiceable,
        /// An order can only be placed with a payment method.
        #[error("the order has no payment method")]
        PaymentMethodMissing,
        /// Another payment is pending (`payment_id`).
        #[error("the payment {payment_id} is under way")]
        PaymentPending { payment_id: PaymentId },
        /// No payment is pending (`payment_status`).
        #[error("no payment is under way")]
        PaymentNotPending { payment_status: PaymentStatus },
        /// The order's latest payment is another one (`payment_id`).
        #[error("the order's payment is {payment_id}")]
        PaymentIdDiffers { payment_id: PaymentId },
        /// The order is paid already (`payment_id`).
        #[error("the order is paid already")]
        OrderAlreadyPaid { payment_id: PaymentId },
        /// The order is not paid, nor to be paid on delivery (`payment_status`).
        #[error("the order is not paid")]
        OrderNotPaid { payment_status: PaymentStatus },
        /// The expected delivery lies before today (`expected_delivery`, `business_date`).
        #[error("{expected_delivery} lies before {business_date}")]
        DeliveryInPast { expected_delivery: Date, business_date: Date },
        /// More than is left of what was paid (`requested`, `refundable`).
        #[error("{requested} is more than the {refundable} that can be given back")]
        RefundExceedsPayment { requested: Money, refundable: Money },
        #[error("the amount must be more than zero")]
        AmountNotPositive { amount: Money },
        #[error("the order would come to more than the books can hold")]
        AmountOutOfRange,
        #[error("the amount is in {}, the order in {expected}", amount.currency())]
        CurrencyMismatch { amount: Money, expected: Currency },
        #[error("{currency} is in use no longer; its last day was {last_day}")]
        CurrencyWithdrawn { currency: Currency, last_day: Date },
    }
}

impl From<CurrencyWithdrawn> for OrderError {
    fn from(CurrencyWithdrawn { currency, last_day }: CurrencyWithdrawn) -> Self {
        Self::CurrencyWithdrawn { currency, last_day }
    }
}
