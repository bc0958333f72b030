//! Random input: whatever is sent, no answer is a server's error, and nothing but a problem or a success
//! comes back.

use axum::http::StatusCode;
use khata_tests::{Random, Request, TestApp, test_app::inr};
use serde_json::{Map, Value, json};

/// Requests per route.
const ROUNDS: u64 = 40;

/// The POST routes with a JSON body: path with real ids in it, and schema.
fn routes(description: &Value, ids: &[(&str, &str)]) -> Vec<(String, Value)> {
    let with_body = description["paths"].as_object().unwrap().iter().filter_map(|(path, item)| {
        let schema = item["post"]["requestBody"]["content"].get("application/json")?["schema"].clone();
        let of_path = ids.iter().find(|(start, _)| path.starts_with(start)).map_or("x", |(_, id)| id);
        let path = path
            .replacen("{id}", of_path, 1)
            .replace("{hold_id}", "hold_01890a5d-ac96-774b-bcce-b302099a8057");
        let path = path
            .replace("{authorization_id}", "auth-1")
            .replace("{line}", "1")
            .replace("{dispute_id}", "dsp_01890a5d-ac96-774b-bcce-b302099a8057");
        Some((path, schema))
    });
    with_body.collect()
}

/// A value that a schema describes, most of the time.
fn value_of(random: &mut Random, description: &Value, schema: &Value, depth: u32) -> Value {
    if depth > 5 || random.once_in(12) {
        return nonsense(random, 0);
    }
    if let Some(reference) = schema["$ref"].as_str() {
        return value_of(random, description, description.pointer(&reference[1..]).unwrap(), depth + 1);
    }
    if let Some(value) = schema["enum"].as_array().and_then(|values| random.pick(values)) {
        return value.clone();
    }
    if let Some(alternative) = schema["oneOf"].as_array().and_then(|alternatives| random.pick(alternatives)) {
        return value_of(random, description, alternative, depth + 1);
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or("object");
    match kind {
        "object" => {
            let mut members = Map::new();
            for (name, of) in schema["properties"].as_object().into_iter().flatten() {
                if !random.once_in(10) {
                    members.insert(name.clone(), value_of(random, description, of, depth + 1));
                }
            }
            Value::Object(members)
        }
        "array" => {
            (0..random.below(4)).map(|_| value_of(random, description, &schema["items"], depth + 1)).collect()
        }
        "string" => text(random).into(),
        "integer" => random.below(1_000).into(),
        "boolean" => random.once_in(2).into(),
        _ => nonsense(random, 0),
    }
}

/// A text that fits somewhere, or nowhere.
fn text(random: &mut Random) -> String {
    const TEXTS: [&str; 22] = [
        "1.00",
        "0.00",
        "-5.00",
        "99999999999999999999",
        "92233720368547758.07",
        "1e5",
        "INR",
        "USD",
        "JPY",
        "XXX",
        "2026-03-02",
        "2026-02-30",
        "2026-03",
        "2026-03-02T12:00:00Z",
        "9999-12-31T23:59:59Z",
        "0000-01-01T00:00:00Z",
        "maria@example.com",
        "+91 98765 43210",
        "passport",
        "cus_01890a5d-ac96-774b-bcce-b302099a8057",
        "\u{202e}\u{feff}💶",
        "x y",
    ];
    random.pick(&TEXTS).copied().unwrap_or_default().to_owned()
}

/// Any JSON.
fn nonsense(random: &mut Random, depth: u32) -> Value {
    match random.below(if depth > 3 { 6 } else { 8 }) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(i64::MIN),
        3 => json!(1.5e300),
        4 => text(random).into(),
        5 => "x".repeat(random.below(2_000) as usize).into(),
        6 => (0..random.below(4)).map(|_| nonsense(random, depth + 1)).collect(),
        _ => {
            Value::Object((0..random.below(4)).map(|_| (text(random), nonsense(random, depth + 1))).collect())
        }
    }
}

async fn answered_well(app: &TestApp, request: &Request) {
    let answer = app.send(request).await;
    let body = String::from_utf8_lossy(&answer.body);
    assert!(
        answer.status < 500,
        "{} {} {:?}: {body}",
        request.method,
        request.path,
        request.body.as_deref().map(String::from_utf8_lossy)
    );
    if answer.status >= 400 {
        assert_eq!(
            answer.header("content-type"),
            Some("application/problem+json"),
            "{} {}: {body}",
            request.method,
            request.path
        );
        assert_eq!(
            answer.header("x-content-type-options"),
            Some("nosniff"),
            "{} {}",
            request.method,
            request.path
        );
        assert_eq!(answer.json()["status"], StatusCode::from_u16(answer.status).unwrap().as_u16());
    }
}

#[tokio::test]
async fn random_bodies_against_the_description_never_give_a_servers_error() {
    let app = TestApp::start();
    let account = app.account("1000.00").await;
    let customer = app.get_now(&format!("/v1/accounts/{account}")).await.json()["customer_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let card = app.card("100000.00").await;
    let request = json!({ "authorization_id": "auth-1", "amount": inr("10.00"), "merchant_id": "m-1", "category": "grocery", "channel": "pos" });
    app.post(&format!("/v1/cards/{card}/authorizations"), request).await.expect(200);
    let order = app.order().await;
    let description = app.get("/openapi.json").await.json();
    let loan = crate::loans::lent(&app, "borrower@example.com").await;
    let loan = loan.trim_start_matches("/v1/loans/");
    let ids = [
        ("/v1/accounts/", &account[..]),
        ("/v1/cards/", &card),
        ("/v1/customers/", &customer),
        ("/v1/loans/", loan),
        ("/v1/orders/", &order),
    ];
    let routes = routes(&description, &ids);
    let mut random = Random::seeded(2026);
    assert!(routes.len() > 15, "{} routes", routes.len());
    for (path, schema) in &routes {
        for _ in 0..ROUNDS {
            let body = value_of(&mut random, &description, schema, 0);
            answered_well(&app, &Request::post(path, &body)).await;
        }
    }
    app.get("/v1/admin/audit/verify").await.expect(200);
}

#[tokio::test]
async fn random_bytes_never_give_a_servers_error() {
    let app = TestApp::start();
    let account = app.account("1000.00").await;
    let mut random = Random::seeded(7);
    let good = json!({ "amount": { "amount": "1.00", "currency": "INR" }, "reference": "r" })
        .to_string()
        .into_bytes();
    for _ in 0..2_000 {
        let mut body = good.clone();
        for _ in 0..=random.below(3) {
            let place = random.below(body.len() as u64) as usize;
            match random.below(3) {
                0 => body[place] = random.below(256) as u8,
                1 => drop(body.remove(place)),
                _ => body.insert(place, random.below(256) as u8),
            }
        }
        answered_well(
            &app,
            &Request::post_bytes(format!("/v1/accounts/{account}/deposits"), "application/json", body),
        )
        .await;
    }
}

#[tokio::test]
async fn random_query_strings_never_give_a_servers_error() {
    let app = TestApp::start();
    let account = app.account("1000.00").await;
    let (card, order) = (app.card("1000.00").await, app.order().await);
    let description = app.get("/openapi.json").await.json();
    let mut random = Random::seeded(11);
    let paths = description["paths"].as_object().unwrap().iter();
    for (path, item) in paths.filter(|(path, _)| path.starts_with("/v1/")) {
        let Some(parameters) = item["get"]["parameters"].as_array() else { continue };
        let id = match path.split('/').nth(2) {
            Some("cards") => &card,
            Some("orders") => &order,
            _ => &account,
        };
        let path = path
            .replace("{id}", id)
            .replace("{stream}", &format!("bank_account-{account}"))
            .replace("{name}", "accounts");
        for _ in 0..ROUNDS {
            let given = parameters
                .iter()
                .filter(|parameter| parameter["in"] == "query")
                .filter(|_| random.once_in(2))
                .collect::<Vec<_>>();
            let pairs: Vec<_> = given
                .iter()
                .map(|parameter| {
                    format!("{}={}", parameter["name"].as_str().unwrap(), encoded(&text(&mut random)))
                })
                .collect();
            answered_well(&app, &Request::get(format!("{path}?{}", pairs.join("&")))).await;
        }
    }
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(
            |byte| {
                if byte.is_ascii_alphanumeric() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            },
        )
        .collect()
}
