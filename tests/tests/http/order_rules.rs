//! Every rule of orders that a client can run into, with its code and its facts; and bodies that are odd.

use crate::{
    conventions::problem,
    orders::{NOBODY, NOTHING, address, create, create_for, draft, item, order_after, usd},
};
use khata_tests::TestApp;
use serde_json::{Value, json};

const PAYMENT: &str = "pay_01890a5d-ac96-774b-bcce-b302099a8057";
const OTHER_PAYMENT: &str = "pay_01890a5d-ac96-774b-bcce-b302099a8058";

async fn refused(app: &TestApp, path: &str, body: Value, code: &str) -> Value {
    problem(&app.post(path, body).await, 422, code)
}

async fn refused_empty(app: &TestApp, path: &str, code: &str) -> Value {
    problem(&app.post_empty(path).await, 422, code)
}

#[tokio::test]
async fn beginning_an_order_has_its_rules() {
    let app = TestApp::start();
    let body = |customer: &str| json!({ "customer_id": customer, "currency": "USD", "customer_tier": "new" });
    problem(&app.post("/v1/orders", body(NOBODY)).await, 404, "not_found");
    let customer = app.customer("maria@example.com").await;
    app.post(&format!("/v1/customers/{customer}/suspend"), json!({ "reason": "r" })).await.expect(200);
    refused(&app, "/v1/orders", body(&customer), "customer_suspended").await;
    app.post_empty(&format!("/v1/customers/{customer}/reactivate")).await.expect(200);
    app.post_empty(&format!("/v1/customers/{customer}/close")).await.expect(200);
    refused(&app, "/v1/orders", body(&customer), "customer_closed").await;
}

#[tokio::test]
async fn items_have_their_rules() {
    let app = TestApp::start();
    let path = draft(&app).await;
    let items = format!("{path}/items");
    let with = |member: &str, value: Value| {
        let mut body = item("77", 1, "1.00");
        body[member] = value;
        body
    };
    assert_eq!(
        refused(&app, &items, with("seller_active", json!(false)), "seller_not_active").await["seller_id"],
        "5"
    );
    refused(&app, &items, item("77", 0, "1.00"), "quantity_not_positive").await;
    refused(&app, &format!("{items}/1/quantity"), json!({ "quantity": 0 }), "quantity_not_positive").await;
    assert_eq!(
        refused(&app, &items, item("77", u32::MAX, "1.00"), "quantity_out_of_range").await["maximum"],
        1_000_000_000
    );
    assert_eq!(
        refused(&app, &items, item("77", 1, "-0.01"), "price_negative").await["unit_price"],
        usd("-0.01")
    );
    let inr = json!({ "amount": "1.00", "currency": "INR" });
    let told = refused(&app, &items, with("unit_price", inr.clone()), "currency_mismatch").await;
    assert_eq!((&told["amount"], &told["expected"]), (&inr, &json!("USD")));
    let told = refused(&app, &items, item("11", 1, "11.00"), "price_differs").await;
    assert_eq!(
        (&told["line"], &told["unit_price"], &told["discount_rate"]),
        (&json!(1), &usd("10.00"), &json!("2.5"))
    );
    refused(&app, &items, item("77", 2, "92233720368547758.07"), "amount_out_of_range").await;
    refused(&app, &format!("{path}/shipping-charge"), json!({ "amount": usd("-1.00") }), "charge_negative")
        .await;

    let customer = app.customer("maria@example.com").await;
    let short = create_for(&app, &customer, "new").await;
    for number in 1..=10 {
        app.post(&format!("{short}/items"), item(&format!("p{number}"), 1, "1.00")).await.expect(200);
    }
    let told = refused(&app, &format!("{short}/items"), item("p11", 1, "1.00"), "line_limit_reached").await;
    assert_eq!((&told["limit"], &told["customer_tier"]), (&json!(10), &json!("new")));
}

#[tokio::test]
async fn placing_has_its_rules() {
    let app = TestApp::start();
    let place = json!({ "payment_method": "card" });
    let path = create(&app).await;
    refused(&app, &format!("{path}/place"), place.clone(), "order_empty").await;
    app.post(&format!("{path}/items"), item("11", 1, "0.00")).await.expect(200);
    assert_eq!(
        refused(&app, &format!("{path}/place"), place.clone(), "total_not_positive").await["total"],
        usd("0.00")
    );
    app.post(&format!("{path}/items"), item("12", 1, "1.00")).await.expect(200);
    refused(&app, &format!("{path}/place"), place.clone(), "shipping_address_missing").await;
    let mut far = address();
    far["serviceable"] = json!(false);
    app.post(&format!("{path}/shipping-address"), far).await.expect(200);
    refused(&app, &format!("{path}/place"), place.clone(), "address_not_serviceable").await;
    problem(&app.post(&format!("{path}/place"), json!({})).await, 400, "missing_field");
    problem(
        &app.post(&format!("{path}/place"), json!({ "payment_method": "barter" })).await,
        400,
        "invalid_value",
    );
    app.post(&format!("{path}/shipping-address"), address()).await.expect(200);
    app.post(&format!("{path}/place"), place).await.expect(200);
    let told = refused(&app, &format!("{path}/items"), item("13", 1, "1.00"), "order_not_draft").await;
    assert_eq!(told["actual_status"], "placed");
}

#[tokio::test]
async fn payments_have_their_rules() {
    let app = TestApp::start();
    let path = order_after(&app, "place").await;
    let [initiate, confirm, fail] =
        ["initiate", "confirm", "fail"].map(|deed| format!("{path}/payment/{deed}"));
    assert_eq!(refused_empty(&app, &confirm, "payment_not_pending").await["payment_status"], "none");
    assert_eq!(
        refused_empty(&app, &format!("{path}/confirm"), "order_not_paid").await["payment_status"],
        "none"
    );
    let drawn =
        app.post_empty(&initiate).await.expect(200)["state"]["payment_id"].as_str().unwrap().to_owned();
    assert!(drawn.starts_with("pay_"), "{drawn}");
    assert_eq!(
        refused(&app, &initiate, json!({ "payment_id": PAYMENT }), "payment_pending").await["payment_id"],
        drawn.as_str()
    );
    let failed = app.post(&fail, json!({ "reason": "card expired" })).await.expect(200);
    assert_eq!(
        (&failed["state"]["payment_status"], &failed["state"]["payment_failure"]),
        (&json!("failed"), &json!("card expired"))
    );
    app.post(&initiate, json!({ "payment_id": PAYMENT })).await.expect(200);
    assert_eq!(
        refused(&app, &confirm, json!({ "payment_id": OTHER_PAYMENT }), "payment_id_differs").await["payment_id"],
        PAYMENT
    );
    let paid = app.post(&confirm, json!({ "payment_id": PAYMENT })).await.expect(200);
    assert_eq!((&paid["state"]["paid"], &paid["state"]["payment_failure"]), (&usd("24.50"), &Value::Null));
    assert_eq!(
        refused(&app, &initiate, json!({ "payment_id": OTHER_PAYMENT }), "order_already_paid").await["payment_id"],
        PAYMENT
    );
}

#[tokio::test]
async fn confirming_and_shipping_have_their_rules() {
    let app = TestApp::start();
    let path = order_after(&app, "payment/confirm").await;
    let told = refused(
        &app,
        &format!("{path}/confirm"),
        json!({ "expected_delivery": "2026-03-01" }),
        "delivery_in_past",
    )
    .await;
    assert_eq!(
        (&told["expected_delivery"], &told["business_date"]),
        (&json!("2026-03-01"), &json!("2026-03-02"))
    );
    let told = refused_empty(&app, &format!("{path}/process"), "order_status_not_allowed").await;
    assert_eq!((&told["actual_status"], &told["allowed"]), (&json!("placed"), &json!(["confirmed"])));
    let confirmed = app.post_empty(&format!("{path}/confirm")).await.expect(200);
    assert_eq!(confirmed["state"]["expected_delivery"], "2026-03-09");
    problem(
        &app.post(&format!("{path}/ship"), json!({ "carrier": "Federal Shipping" })).await,
        400,
        "missing_field",
    );
}

#[tokio::test]
async fn cancelling_and_refunding_have_their_rules() {
    let app = TestApp::start();
    let path = order_after(&app, "payment/confirm").await;
    refused_empty(&app, &format!("{path}/refund"), "order_status_not_allowed").await;
    let cancelled = app
        .post(&format!("{path}/cancel"), json!({ "reason": "ordered twice", "by": "customer" }))
        .await
        .expect(200);
    let state = &cancelled["state"];
    assert_eq!(
        (&state["status"], &state["cancel_reason"], &state["cancelled_by"]),
        (&json!("cancelled"), &json!("ordered twice"), &json!("customer"))
    );
    let refund = format!("{path}/refund");
    let told = refused(&app, &refund, json!({ "amount": usd("24.51") }), "refund_exceeds_payment").await;
    assert_eq!((&told["requested"], &told["refundable"]), (&usd("24.51"), &usd("24.50")));
    assert_eq!(
        refused(&app, &refund, json!({ "amount": usd("0.00") }), "amount_not_positive").await["amount"],
        usd("0.00")
    );
    let refunded = app.post_empty(&refund).await.expect(200);
    assert_eq!(
        (&refunded["state"]["status"], &refunded["state"]["refunded"]),
        (&json!("cancelled"), &usd("24.50"))
    );

    let unpaid = order_after(&app, "place").await;
    let cancelled = app.post(&format!("{unpaid}/cancel"), json!({ "reason": "r" })).await.expect(200);
    assert_eq!(cancelled["state"]["cancelled_by"], "local");
    assert_eq!(
        refused_empty(&app, &format!("{unpaid}/refund"), "order_not_paid").await["payment_status"],
        "none"
    );
    let shipped = order_after(&app, "ship").await;
    refused(&app, &format!("{shipped}/cancel"), json!({ "reason": "r" }), "order_status_not_allowed").await;
}

#[tokio::test]
async fn odd_bodies_are_refused_with_the_member_that_is_odd() {
    let app = TestApp::start();
    let path = draft(&app).await;
    let items = format!("{path}/items");
    for (member, value, code) in [
        ("quantity", json!(-1), "invalid_value"),
        ("quantity", json!("two"), "invalid_type"),
        ("quantity", json!(1.5), "invalid_type"),
        ("discount_rate", json!("101"), "invalid_value"),
        ("discount_rate", json!(5), "invalid_type"),
        ("discount_rate", json!("0.00001"), "invalid_value"),
        ("product_id", json!(""), "invalid_text"),
        ("product_id", json!("x".repeat(65)), "text_too_long"),
        ("unit_price", json!({ "amount": "1.005", "currency": "USD" }), "invalid_amount"),
        ("colour", json!("red"), "unknown_field"),
    ] {
        let mut body = item("11", 1, "1.00");
        body[member] = value;
        assert_eq!(problem(&app.post(&items, body).await, 400, code)["field"], member);
    }
    problem(
        &app.post(&format!("{path}/payment/initiate"), json!({ "payment_id": NOTHING })).await,
        400,
        "invalid_id",
    );
    problem(
        &app.post("/v1/orders", json!({ "customer_id": NOBODY, "currency": "usd", "customer_tier": "new" }))
            .await,
        400,
        "unknown_currency",
    );
    problem(
        &app.post("/v1/orders", json!({ "customer_id": NOBODY, "currency": "USD", "customer_tier": "vip" }))
            .await,
        400,
        "invalid_value",
    );
    for (deed, body) in
        [("cancel", json!({ "reason": "r" })), ("process", json!({})), ("items", item("11", 1, "1.00"))]
    {
        problem(&app.post(&format!("/v1/orders/{NOTHING}/{deed}"), body).await, 404, "not_found");
    }
}
