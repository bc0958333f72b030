//! What requests to orders look like, for the OpenAPI description.

use crate::http::Example;

/// An example of every body.
pub(super) const EXAMPLES: &[Example] = &[
    Example {
        schema: "NewOrder",
        body: r#"{"customer_id": "cus_01890a5d-ac96-774b-bcce-b302099a8057", "currency": "INR", "customer_tier": "regular"}"#,
    },
    Example {
        schema: "NewOrderItem",
        body: r#"{"product_id": "11", "seller_id": "5", "name": "Queso Cabrales", "quantity": 12, "unit_price": {"amount": "14.00", "currency": "INR"}, "discount_rate": "5"}"#,
    },
    Example { schema: "OrderItemQuantity", body: r#"{"quantity": 10}"# },
    Example {
        schema: "NewShippingAddress",
        body: r#"{"recipient": "Asha Rao", "line1": "12 MG Road", "city": "Pune", "postal_code": "411001", "country": "IN"}"#,
    },
    Example { schema: "OrderShippingCharge", body: r#"{"amount": {"amount": "32.38", "currency": "INR"}}"# },
    Example { schema: "OrderPlacing", body: r#"{"payment_method": "card"}"# },
    Example { schema: "OrderPayment", body: r#"{"payment_id": "pay_01890a5d-ac96-774b-bcce-b302099a805a"}"# },
    Example { schema: "OrderPaymentFailure", body: r#"{"reason": "card expired"}"# },
    Example { schema: "OrderConfirmation", body: r#"{"expected_delivery": "2027-03-31"}"# },
    Example { schema: "OrderShipment", body: r#"{"carrier": "Speedy Express", "tracking": "SE-4711"}"# },
    Example { schema: "OrderDelivery", body: r#"{"proof": "signed by A. Rao"}"# },
    Example { schema: "OrderCancellation", body: r#"{"reason": "ordered twice"}"# },
    Example { schema: "OrderReturn", body: r#"{"reason": "does not fit"}"# },
    Example { schema: "OrderRefund", body: r#"{"amount": {"amount": "159.60", "currency": "INR"}}"# },
];
