//! The rules of orders, as clients meet them. Those that accounts have too (`amount_not_positive`, `amount_out_of_range`,
//! `currency_mismatch`) and those of customers are told there.

use crate::http::Rule;

/// Every code of its own with which an order's command is refused.
pub(super) const RULES: &[Rule] = &[
    Rule { code: "order_not_created", meaning: "The order is not created." },
    Rule { code: "order_already_created", meaning: "The order is created already." },
    Rule {
        code: "order_not_draft",
        meaning: "Items, address and charge change in the draft only (`actual_status`).",
    },
    Rule {
        code: "order_status_not_allowed",
        meaning: "Where the order stands, this cannot happen to it (`actual_status`, `allowed`).",
    },
    Rule { code: "seller_not_active", meaning: "The seller may not sell now (`seller_id`)." },
    Rule { code: "quantity_not_positive", meaning: "The quantity must be more than none." },
    Rule { code: "quantity_out_of_range", meaning: "A line does not have so many pieces (`maximum`)." },
    Rule { code: "price_negative", meaning: "A price cannot be negative (`unit_price`)." },
    Rule {
        code: "price_differs",
        meaning: "The order has the same product of the same seller at another price or discount (`line`, `unit_price`, `discount_rate`).",
    },
    Rule {
        code: "line_limit_reached",
        meaning: "The order has as many lines as one of such a customer can have (`limit`, `customer_tier`).",
    },
    Rule { code: "line_not_found", meaning: "The order has no such line and never had (`line`)." },
    Rule { code: "charge_negative", meaning: "A charge cannot be negative (`amount`)." },
    Rule { code: "order_empty", meaning: "An order without items is not placed." },
    Rule { code: "total_not_positive", meaning: "An order that costs nothing is not placed (`total`)." },
    Rule { code: "shipping_address_missing", meaning: "An order is placed with an address only." },
    Rule { code: "address_not_serviceable", meaning: "No carrier goes to the order's address." },
    Rule { code: "payment_method_missing", meaning: "An order is placed with a payment method only." },
    Rule { code: "payment_pending", meaning: "Another payment is under way (`payment_id`)." },
    Rule { code: "payment_not_pending", meaning: "No payment is under way (`payment_status`)." },
    Rule { code: "payment_id_differs", meaning: "The order's latest payment is another one (`payment_id`)." },
    Rule { code: "order_already_paid", meaning: "The order is paid already (`payment_id`)." },
    Rule {
        code: "order_not_paid",
        meaning: "The order is not paid, nor to be paid at the door (`payment_status`).",
    },
    Rule {
        code: "delivery_in_past",
        meaning: "The expected delivery lies before today (`expected_delivery`, `business_date`).",
    },
    Rule {
        code: "refund_exceeds_payment",
        meaning: "More than is left of what was paid (`requested`, `refundable`).",
    },
];

/// Codes of the accounts' table with which its commands are refused, too.
pub(super) const SHARED: &[&str] =
    &["amount_not_positive", "amount_out_of_range", "currency_mismatch", "currency_withdrawn"];
