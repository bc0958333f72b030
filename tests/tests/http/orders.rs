//! Orders over HTTP: their whole life, time, lists; and the orders that their rules are tested with.

use crate::conventions::problem;
use khata_tests::{Request, TestApp};
use serde_json::{Value, json};

pub const NOTHING: &str = "ord_01890a5d-ac96-774b-bcce-b302099a8057";
pub const NOBODY: &str = "cus_01890a5d-ac96-774b-bcce-b302099a8057";
const PAYMENT: &str = "pay_01890a5d-ac96-774b-bcce-b302099a8057";

pub fn usd(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "USD" })
}

pub fn item(product: &str, quantity: u32, unit_price: &str) -> Value {
    json!({ "product_id": product, "seller_id": "5", "name": format!("Product {product}"), "quantity": quantity, "unit_price": usd(unit_price) })
}

pub fn address() -> Value {
    json!({ "recipient": "Vins et alcools Chevalier", "line1": "59 rue de l'Abbaye", "city": "Reims", "postal_code": "51100", "country": "France" })
}

pub async fn create_for(app: &TestApp, customer: &str, tier: &str) -> String {
    let body = json!({ "customer_id": customer, "currency": "USD", "customer_tier": tier });
    let answer = app.post("/v1/orders", body).await.expect(201);
    format!("/v1/orders/{}", answer["id"].as_str().unwrap())
}

pub async fn create(app: &TestApp) -> String {
    let customer = app.customer(&format!("c{}@example.com", app.count().await)).await;
    create_for(app, &customer, "regular").await
}

/// A draft for 24.50: 2 x 10.00 less 2.5 %, and 5.00 for shipping. Gives its path.
pub async fn draft(app: &TestApp) -> String {
    let path = create(app).await;
    let mut chai = item("11", 2, "10.00");
    chai["discount_rate"] = json!("2.5");
    app.post(&format!("{path}/items"), chai).await.expect(200);
    app.post(&format!("{path}/shipping-address"), address()).await.expect(200);
    app.post(&format!("{path}/shipping-charge"), json!({ "amount": usd("5.00") })).await.expect(200);
    path
}

/// Steps from the draft on, in their order.
const STEPS: [&str; 9] = [
    "place",
    "payment/initiate",
    "payment/confirm",
    "confirm",
    "process",
    "ship",
    "deliver",
    "returns",
    "returns/accept",
];

async fn step(app: &TestApp, path: &str, step: &str) -> Value {
    let body = match step {
        "place" => json!({ "payment_method": "card" }),
        "payment/initiate" => json!({ "payment_id": PAYMENT }),
        "ship" => json!({ "carrier": "Federal Shipping", "tracking": "FS-1" }),
        "deliver" => json!({ "proof": "signed by P. Henriot" }),
        "returns" => json!({ "reason": "corked" }),
        _ => return app.post_empty(&format!("{path}/{step}")).await.expect(200),
    };
    app.post(&format!("{path}/{step}"), body).await.expect(200)
}

/// An order that has come as far as a step.
pub async fn order_after(app: &TestApp, last: &str) -> String {
    let path = draft(app).await;
    let upto = STEPS.iter().position(|step| *step == last).unwrap();
    for name in &STEPS[..=upto] {
        step(app, &path, name).await;
    }
    path
}

fn delete(path: String) -> Request {
    Request { method: "DELETE".into(), ..Request::get(path) }
}

#[tokio::test]
async fn an_order_lives_from_the_draft_to_the_return() {
    let app = TestApp::start();
    let path = draft(&app).await;
    let mut statuses = Vec::new();
    for name in STEPS {
        let answer = step(&app, &path, name).await;
        statuses.push((
            answer["state"]["status"].as_str().unwrap().to_owned(),
            answer["state"]["payment_status"].as_str().unwrap().to_owned(),
        ));
        assert_eq!(answer["events"].as_array().unwrap().len(), 1, "{name}");
        assert_eq!(step(&app, &path, name).await["events"], json!([]), "{name} again");
    }
    let short: Vec<_> =
        statuses.iter().map(|(status, payment)| (status.as_str(), payment.as_str())).collect();
    let paid = ["confirmed", "processing", "shipped", "delivered", "return_requested", "returned"]
        .map(|status| (status, "succeeded"));
    assert_eq!(
        short,
        [&[("placed", "none"), ("placed", "pending"), ("placed", "succeeded")][..], &paid[..]].concat()
    );

    let part = app.post(&format!("{path}/refund"), json!({ "amount": usd("4.50") })).await.expect(200);
    assert_eq!((&part["state"]["status"], &part["state"]["refunded"]), (&json!("returned"), &usd("4.50")));
    let rest = app.post_empty(&format!("{path}/refund")).await.expect(200);
    assert_eq!((&rest["state"]["status"], &rest["state"]["refunded"]), (&json!("refunded"), &usd("24.50")));
    insta::assert_json_snapshot!("order_state", rest["state"]);
}

#[tokio::test]
async fn a_new_order_is_a_draft_with_a_place_of_its_own() {
    let app = TestApp::start();
    let customer = app.customer("maria@example.com").await;
    let body = json!({ "id": NOTHING, "customer_id": customer, "currency": "USD", "customer_tier": "premium", "reference": "10248" });
    let response = app.post("/v1/orders", body.clone()).await;
    let answer = response.expect(201);
    assert_eq!(
        (response.header("location"), response.header("etag")),
        (Some(format!("/v1/orders/{NOTHING}").as_str()), Some("\"1\""))
    );
    let state = &answer["state"];
    assert_eq!(
        (&state["status"], &state["total"], &state["reference"], &state["items"]),
        (&json!("draft"), &usd("0.00"), &json!("10248"), &json!([]))
    );
    assert_eq!(app.post("/v1/orders", body.clone()).await.expect(201), answer, "the same again");
    let mut other = body;
    other["reference"] = json!("10249");
    problem(&app.post("/v1/orders", other).await, 409, "already_exists");
}

#[tokio::test]
async fn items_add_up_change_and_go() {
    let app = TestApp::start();
    let path = create(&app).await;
    app.post(&format!("{path}/items"), item("11", 2, "10.00")).await.expect(200);
    app.post(&format!("{path}/items"), item("42", 1, "9.80")).await.expect(200);
    let added = app.post(&format!("{path}/items"), item("11", 3, "10.00")).await.expect(200);
    let lines = |answer: &Value| -> Vec<_> {
        let items = answer["state"]["items"].as_array().unwrap().iter();
        items.map(|item| (item["line"].as_u64().unwrap(), item["quantity"].as_u64().unwrap())).collect()
    };
    assert_eq!((lines(&added), &added["state"]["total"]), (vec![(1, 5), (2, 1)], &usd("59.80")));
    let changed = app.post(&format!("{path}/items/2/quantity"), json!({ "quantity": 4 })).await.expect(200);
    assert_eq!((lines(&changed), &changed["state"]["total"]), (vec![(1, 5), (2, 4)], &usd("89.20")));
    let removed = app.send(&delete(format!("{path}/items/1"))).await.expect(200);
    assert_eq!(
        (lines(&removed), &removed["state"]["items_summary"]),
        (vec![(2, 4)], &json!("4 x Product 42"))
    );
    assert_eq!(app.send(&delete(format!("{path}/items/1"))).await.expect(200)["events"], json!([]));
    assert_eq!(
        problem(&app.send(&delete(format!("{path}/items/7"))).await, 422, "line_not_found")["line"],
        7
    );
    problem(&app.send(&delete(format!("{path}/items/x"))).await, 404, "not_found");
}

#[tokio::test]
async fn taking_a_line_out_is_a_command_like_any_other() {
    let app = TestApp::start();
    let path = draft(&app).await;
    let stale = delete(format!("{path}/items/1")).header("If-Match", "\"1\"");
    assert_eq!(problem(&app.send(&stale).await, 412, "version_conflict")["actual_version"], 4);
    let keyed = delete(format!("{path}/items/1")).key("k-1").header("If-Match", "\"4\"");
    let first = app.send(&keyed).await;
    app.post(&format!("{path}/items"), item("11", 1, "1.00")).await.expect(200);
    let again = app.send(&keyed).await;
    assert_eq!((first.status, &again.body), (200, &first.body));
    assert_eq!(
        (first.header("idempotent-replayed"), again.header("idempotent-replayed")),
        (None, Some("true"))
    );
    problem(&app.send(&delete(format!("{path}/items/2")).key("k-1")).await, 422, "idempotency_key_reused");
}

#[tokio::test]
async fn cash_on_delivery_goes_its_way_unpaid_and_is_paid_at_the_door() {
    let app = TestApp::start();
    let path = draft(&app).await;
    app.post(&format!("{path}/place"), json!({ "payment_method": "cash_on_delivery" })).await.expect(200);
    for name in ["confirm", "process", "ship", "deliver", "payment/initiate", "payment/confirm"] {
        step(&app, &path, name).await;
    }
    let shown = app.get_now(&path).await.expect(200);
    assert_eq!((&shown["status"], &shown["paid"]), (&json!("delivered"), &usd("24.50")));
}

#[tokio::test]
async fn a_row_shows_what_the_answer_of_the_last_command_showed_and_the_customers_present_name() {
    let app = TestApp::start();
    let path = order_after(&app, "deliver").await;
    let answered = step(&app, &path, "returns").await["state"].clone();
    let response = app.get_now(&path).await;
    let mut shown = response.expect(200);
    assert_eq!(response.header("etag"), Some("\"12\""));
    let members = shown.as_object_mut().unwrap();
    assert_eq!(members.remove("customer_name"), Some(json!("Maria Anders")));
    let times = members.remove("status_times").unwrap();
    assert_eq!(
        (&times["delivered_at"], &times["cancelled_at"]),
        (&json!("2026-03-02T12:00:00.000000Z"), &Value::Null)
    );
    assert_eq!(members.remove("updated_at"), Some(json!("2026-03-02T12:00:00.000000Z")));
    assert_eq!(shown, answered);
}

#[tokio::test]
async fn orders_are_filtered_and_a_cursor_keeps_the_filters() {
    let app = TestApp::start();
    let (maria, jan) = (app.customer("maria@example.com").await, app.customer("jan@example.com").await);
    let mut of_maria = Vec::new();
    for _ in 0..3 {
        of_maria.push(create_for(&app, &maria, "new").await);
    }
    let of_jan = create_for(&app, &jan, "new").await;
    app.post(&format!("{}/cancel", of_maria[0]), json!({ "reason": "r" })).await.expect(200);
    let paths = |page: &Value| -> Vec<String> {
        page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|order| format!("/v1/orders/{}", order["order_id"].as_str().unwrap()))
            .collect()
    };
    let whole = app.get_now("/v1/orders").await;
    assert_eq!(paths(&whole.expect(200)), [&of_maria[..], std::slice::from_ref(&of_jan)].concat());
    assert!(
        whole.expect(200)["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|order| order["customer_name"] == "Maria Anders")
    );
    assert!(whole.header("khata-position").is_some());
    for (query, expected) in [
        (format!("customer_id={jan}"), vec![of_jan.clone()]),
        ("status=cancelled".into(), vec![of_maria[0].clone()]),
        (format!("customer_id={maria}&status=draft"), of_maria[1..].to_vec()),
        (format!("customer_id={NOBODY}"), vec![]),
    ] {
        assert_eq!(
            paths(&app.get_now(&format!("/v1/orders?{query}")).await.expect(200)),
            expected,
            "{query}"
        );
    }
    let first = app.get_now(&format!("/v1/orders?customer_id={maria}&limit=2")).await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = app.get_now(&format!("/v1/orders?cursor={cursor}")).await.expect(200);
    assert_eq!([paths(&first), paths(&rest)].concat(), of_maria);
    problem(&app.get(&format!("/v1/orders?cursor={cursor}&customer_id={jan}")).await, 400, "invalid_cursor");
    for query in ["status=lost", "customer_id=7", "limit=0"] {
        problem(&app.get(&format!("/v1/orders?{query}")).await, 400, "invalid_parameter");
    }
}

#[tokio::test]
async fn an_orders_past_can_be_asked_and_its_history_read() {
    let app = TestApp::start();
    let path = draft(&app).await;
    app.at("2026-03-03T12:00:00Z");
    step(&app, &path, "place").await;
    for (query, status) in [
        ("as_of=2026-03-02T12:00:00Z", "draft"),
        ("as_of=2026-03-03T12:00:00Z", "placed"),
        ("as_of_version=4", "draft"),
        ("as_of_version=5", "placed"),
        ("effective_on=2026-03-02", "draft"),
        ("effective_on=2026-03-03", "placed"),
    ] {
        let order = app.get(&format!("{path}?{query}")).await.expect(200);
        assert_eq!((&order["status"], &order["total"]), (&json!(status), &usd("24.50")), "{query}");
    }
    assert_eq!(app.get(&format!("{path}?as_of_version=2")).await.expect(200)["total"], usd("19.50"));
    problem(&app.get(&format!("{path}?as_of=2026-03-02T11:59:59Z")).await, 404, "not_found");
    problem(&app.get(&format!("{path}?as_of_version=6")).await, 404, "not_found");
    problem(&app.get_now(&format!("/v1/orders/{NOTHING}")).await, 404, "not_found");

    let history = app.get(&format!("{path}/events")).await.expect(200);
    let types: Vec<_> =
        history["items"].as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap()).collect();
    let expected = [
        "order_created",
        "item_added_to_order",
        "shipping_address_set",
        "shipping_charge_set",
        "order_placed",
    ];
    assert_eq!(types, expected.map(|name| format!("order.{name}")));
    let of_category = app.get("/v1/events?category=order&type=order.order_placed").await.expect(200);
    assert_eq!(of_category["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn whoever_has_just_placed_an_order_reads_it_so() {
    let app = TestApp::start();
    let path = draft(&app).await;
    let answer = step(&app, &path, "place").await;
    let position = answer["position"].as_u64().unwrap();
    for asked in [path.as_str(), "/v1/orders?status=placed"] {
        let response = app.send(&Request::get(asked).header("Khata-Min-Position", position)).await;
        assert!(response.expect(200).to_string().contains("\"status\":\"placed\""), "{asked}");
        assert!(response.header("khata-position").unwrap().parse::<u64>().unwrap() >= position);
    }
    problem(&app.send(&Request::get(&path).header("Khata-Min-Position", "x")).await, 400, "invalid_header");
}
