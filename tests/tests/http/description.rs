//! The description of the surface: complete, true, and readable without the rest of the world.

use axum::http::header;
use khata_tests::{Request, TestApp};
use serde_json::Value;
use std::collections::BTreeSet;

pub(crate) async fn description() -> Value {
    TestApp::start().get("/openapi.json").await.expect(200)
}

#[tokio::test]
async fn the_description_changes_only_on_purpose() {
    let description = description().await;
    let operations = operations(&description).map(|(method, path, operation)| {
        let parameters: Vec<_> =
            operation["parameters"].as_array().unwrap().iter().map(parameter_in_short).collect();
        let answers = operation["responses"]
            .as_object()
            .unwrap()
            .iter()
            .filter(|(status, _)| status.starts_with('2') || *status == "422");
        let answers: Vec<_> =
            answers.map(|(status, answer)| format!("{status} {}", answer_in_short(answer))).collect();
        let body = contents_in_short(&operation["requestBody"]);
        format!(
            "{} {path} {} ({}) {body} -> {}",
            method.to_uppercase(),
            operation["operationId"].as_str().unwrap(),
            parameters.join(", "),
            answers.join(", ")
        )
    });
    let schemas =
        description["components"]["schemas"].as_object().unwrap().iter().flat_map(|(name, schema)| {
            let properties = schema["properties"].as_object().into_iter().flatten();
            let required: Vec<_> = schema["required"].as_array().into_iter().flatten().collect();
            let of_object = properties.map(move |(property, kind)| {
                let mark = if required.iter().any(|name| *name == property) { "" } else { "?" };
                format!("{name}.{property}{mark}: {}", schema_in_short(kind))
            });
            let of_value =
                schema["properties"].is_null().then(|| format!("{name}: {}", schema_in_short(schema)));
            of_object.chain(of_value).collect::<Vec<_>>()
        });
    insta::assert_snapshot!("openapi", operations.chain(schemas).collect::<Vec<_>>().join("\n"));
}

/// Every operation with its method and path.
pub(crate) fn operations(description: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let paths = description["paths"].as_object().unwrap().iter();
    paths.flat_map(|(path, item)| {
        item.as_object()
            .unwrap()
            .iter()
            .map(|(method, operation)| (method.as_str(), path.as_str(), operation))
    })
}

fn parameter_in_short(parameter: &Value) -> String {
    match parameter["$ref"].as_str() {
        Some(reference) => reference.rsplit('/').next().unwrap().to_owned(),
        None => format!("{}: {}", parameter["name"].as_str().unwrap(), schema_in_short(&parameter["schema"])),
    }
}

fn contents_in_short(of: &Value) -> String {
    let contents = of["content"].as_object().into_iter().flatten();
    let contents: Vec<_> = contents
        .map(|(media, content)| format!("{} as {media}", schema_in_short(&content["schema"])))
        .collect();
    contents.join(" | ")
}

fn answer_in_short(answer: &Value) -> String {
    if let Some(reference) = answer["$ref"].as_str() {
        return reference.rsplit('/').next().unwrap().to_owned();
    }
    let headers: Vec<_> =
        answer["headers"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    format!("{} [{}]", contents_in_short(answer), headers.join(", "))
}

fn schema_in_short(schema: &Value) -> String {
    let limits = ["maxLength", "maxItems", "minimum", "maximum", "pattern"]
        .map(|limit| schema.get(limit).map(|value| format!(" {limit} {value}")));
    let limits: String = limits.into_iter().flatten().collect();
    if let Some(reference) = schema["$ref"].as_str() {
        return reference.rsplit('/').next().unwrap().to_owned();
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let members = parts
            .iter()
            .flat_map(|part| part["properties"].as_object())
            .flatten()
            .map(|(name, kind)| format!("{name}: {}", schema_in_short(kind)));
        return parts
            .iter()
            .filter(|part| part["$ref"].is_string())
            .map(schema_in_short)
            .chain(members)
            .collect::<Vec<_>>()
            .join(" & ");
    }
    if let Some(alternatives) = schema["oneOf"].as_array() {
        return alternatives.iter().map(schema_in_short).collect::<Vec<_>>().join(" | ");
    }
    if let Some(values) = schema["enum"].as_array() {
        return values.iter().map(Value::to_string).collect::<Vec<_>>().join(" | ");
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" | "),
        kind => kind.as_str().unwrap_or("any").to_owned(),
    };
    let elements = if kind.starts_with("array") {
        format!(" of {}", schema_in_short(&schema["items"]))
    } else {
        String::new()
    };
    format!(
        "{kind}{elements}{}{limits}",
        schema["format"].as_str().map(|format| format!(" {format}")).unwrap_or_default()
    )
}

#[tokio::test]
async fn every_body_has_an_example_that_can_be_read() {
    let app = TestApp::start();
    let description = app.get("/openapi.json").await.expect(200);
    let mut tried = 0;
    for (method, path, operation) in operations(&description) {
        let Some(schema) = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str()
        else {
            continue;
        };
        let example = &description.pointer(&schema[1..]).unwrap()["examples"][0];
        assert!(example.is_object(), "{method} {path}: {schema} has no example");
        // What it is done to is not there; what matters is that nothing in the body is a mistake.
        let names = operation["parameters"].as_array().unwrap().iter().filter(|of| of["in"] == "path");
        let path = names.fold(path.to_owned(), |path, parameter| {
            let name = parameter["name"].as_str().unwrap();
            path.replace(&format!("{{{name}}}"), &some_name(parameter))
        });
        let answer = app.post(&path, example.clone()).await;
        assert!(answer.status != 400 && answer.status < 500, "{method} {path}: {}", answer.text());
        tried += 1;
    }
    assert!(tried > 50, "{tried} examples");
}

/// Something that a parameter of a path could name: an id by its prefix, `card_…`; a number; a name.
fn some_name(parameter: &Value) -> String {
    let meaning = parameter["description"].as_str().unwrap();
    match meaning.strip_prefix('`').and_then(|id| id.split_once("_…`")) {
        Some((prefix, _)) => format!("{prefix}_00000000-0000-4000-8000-000000000001"),
        None if parameter["schema"]["type"] == "integer" => "1".to_owned(),
        None => "customers".to_owned(),
    }
}

#[tokio::test]
async fn it_is_openapi_3_1_and_every_reference_leads_somewhere() {
    let description = description().await;
    assert_eq!(description["openapi"], "3.1.0");
    let mut references = Vec::new();
    collect_references(&description, &mut references);
    assert!(references.len() > 50, "{} references", references.len());
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} leads outside"));
        assert!(description.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

pub(crate) fn collect_references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| collect_references(member, found));
        }
        Value::Array(elements) => elements.iter().for_each(|element| collect_references(element, found)),
        _ => {}
    }
}

#[tokio::test]
async fn every_route_of_the_contract_is_described() {
    let description = description().await;
    for route in CONTRACT.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (method, path) = route.split_once(' ').unwrap();
        assert!(description["paths"][path][method.to_lowercase()].is_object(), "{route}");
    }
}

const CONTRACT: &str = "
    POST /v1/customers
    GET /v1/customers
    GET /v1/customers/{id}
    GET /v1/customers/{id}/events
    GET /v1/customers/{id}/overview
    GET /v1/customers/{id}/onboarding
    POST /v1/customers/{id}/kyc
    POST /v1/accounts
    GET /v1/accounts/{id}
    GET /v1/accounts
    GET /v1/accounts/{id}/events
    GET /v1/accounts/{id}/transactions
    GET /v1/accounts/{id}/statement
    POST /v1/accounts/{id}/deposits
    POST /v1/accounts/{id}/withdrawals
    POST /v1/accounts/{id}/holds
    POST /v1/accounts/{id}/holds/{hold_id}/capture
    POST /v1/accounts/{id}/holds/{hold_id}/release
    POST /v1/accounts/{id}/freeze
    POST /v1/accounts/{id}/unfreeze
    POST /v1/accounts/{id}/limits
    POST /v1/accounts/{id}/signatories
    POST /v1/accounts/{id}/interest/accrue
    POST /v1/accounts/{id}/interest/post
    POST /v1/accounts/{id}/fees
    POST /v1/accounts/{id}/reversals
    POST /v1/accounts/{id}/close
    POST /v1/cards
    GET /v1/cards
    GET /v1/cards/{id}
    GET /v1/cards/{id}/events
    GET /v1/cards/{id}/transactions
    GET /v1/cards/{id}/authorizations
    GET /v1/cards/{id}/statements
    POST /v1/cards/{id}/activate
    POST /v1/cards/{id}/authorizations
    POST /v1/cards/{id}/authorizations/{authorization_id}/capture
    POST /v1/cards/{id}/authorizations/{authorization_id}/clear
    POST /v1/cards/{id}/authorizations/{authorization_id}/confirm-fraud
    GET /v1/authorizations
    POST /v1/cards/{id}/authorizations/{authorization_id}/void
    POST /v1/cards/{id}/authorizations/{authorization_id}/expire
    POST /v1/cards/{id}/refunds
    POST /v1/cards/{id}/payments
    POST /v1/cards/{id}/statements
    POST /v1/cards/{id}/interest
    POST /v1/cards/{id}/fees
    POST /v1/cards/{id}/rewards/redeem
    POST /v1/cards/{id}/limit
    POST /v1/cards/{id}/block
    POST /v1/cards/{id}/unblock
    POST /v1/cards/{id}/disputes
    POST /v1/cards/{id}/disputes/{dispute_id}/resolve
    POST /v1/cards/{id}/close
    POST /v1/orders
    GET /v1/orders
    GET /v1/orders/{id}
    GET /v1/orders/{id}/events
    POST /v1/orders/{id}/items
    POST /v1/orders/{id}/items/{line}/quantity
    DELETE /v1/orders/{id}/items/{line}
    POST /v1/orders/{id}/shipping-address
    POST /v1/orders/{id}/shipping-charge
    POST /v1/orders/{id}/place
    POST /v1/orders/{id}/payment/initiate
    POST /v1/orders/{id}/payment/confirm
    POST /v1/orders/{id}/payment/fail
    POST /v1/orders/{id}/confirm
    POST /v1/orders/{id}/process
    POST /v1/orders/{id}/ship
    POST /v1/orders/{id}/deliver
    POST /v1/orders/{id}/cancel
    POST /v1/orders/{id}/returns
    POST /v1/orders/{id}/returns/accept
    POST /v1/orders/{id}/refund
    POST /v1/loans
    GET /v1/loans
    GET /v1/loans/{id}
    GET /v1/loans/{id}/events
    GET /v1/loans/{id}/schedule
    GET /v1/loans/{id}/payments
    GET /v1/loans/{id}/payoff
    POST /v1/loans/{id}/assessment
    POST /v1/loans/{id}/approve
    POST /v1/loans/{id}/reject
    POST /v1/loans/{id}/reverse-approval
    POST /v1/loans/{id}/disburse
    POST /v1/loans/{id}/payments
    POST /v1/loans/{id}/penalties
    POST /v1/loans/{id}/delinquency
    POST /v1/loans/{id}/restructure
    POST /v1/loans/{id}/write-off
    GET /v1/events
    GET /healthz
    GET /readyz
    GET /metrics
    POST /v1/admin/import
    GET /v1/admin/projections
    POST /v1/admin/projections/{name}/rebuild
    GET /v1/admin/projections/{name}/parked
    POST /v1/admin/projections/{name}/parked/{id}/retry
    POST /v1/admin/projections/{name}/parked/{id}/skip
";

#[tokio::test]
async fn every_described_route_exists() {
    let app = TestApp::start();
    let description = app.get("/openapi.json").await.expect(200);
    for (method, path, _) in operations(&description) {
        // Nothing is asked for that does anything: no body, ids that name nothing.
        let path = path.replace("{id}", "x").replace(['{', '}'], "");
        let answer = app.open(&Request { method: method.to_uppercase(), ..Request::get(&path) }).await;
        assert_ne!(answer.status(), 405, "{method} {path}");
        assert!(answer.status().as_u16() < 500, "{method} {path}: {}", answer.status());
    }
}

#[tokio::test]
async fn every_command_takes_a_key_and_every_operation_tells_problems() {
    let description = description().await;
    for (method, path, operation) in operations(&description) {
        assert_eq!(
            operation["responses"]["default"]["$ref"], "#/components/responses/Problem",
            "{method} {path}"
        );
        let tells_client_errors =
            operation["responses"].as_object().unwrap().keys().any(|status| status.starts_with('4'));
        assert!(tells_client_errors, "{method} {path}");
        let takes_key = operation["parameters"].to_string().contains("IdempotencyKey");
        let is_command = method != "get" && path.starts_with("/v1/") && !path.starts_with("/v1/admin/");
        assert_eq!(takes_key, is_command, "{method} {path}");
    }
}

#[tokio::test]
async fn whoever_asks_for_the_root_is_led_to_something_that_can_be_read() {
    let app = TestApp::start();
    let (root, base) = (app.get("/").await, app.get("/v1").await);
    assert_eq!((root.status, root.header("location")), (307, Some("/docs/")));
    assert_eq!((base.status, base.header("location")), (307, Some("/openapi.json")));
    let errors = app.get("/docs/errors.md").await;
    assert_eq!((errors.status, errors.header("content-type")), (200, Some("text/plain; charset=utf-8")));
    assert!(errors.text().contains("`insufficient_funds`"));
    let description = description().await;
    assert_eq!(description["externalDocs"]["url"], "/docs/errors.md");
    let overview = description["info"]["description"].as_str().unwrap();
    assert!(overview.lines().count() < 12 && !overview.contains("| code |"), "routes come first: {overview}");
    let described: BTreeSet<_> =
        description["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    let used: BTreeSet<_> =
        operations(&description).map(|(_, _, operation)| operation["tags"][0].as_str().unwrap()).collect();
    assert_eq!(described, used);
}

#[tokio::test]
async fn the_docs_page_needs_nothing_from_elsewhere() {
    let app = TestApp::start();
    let away = app.get("/docs").await;
    assert_eq!((away.status, away.header("location")), (308, Some("/docs/")));
    let page = app.get("/docs/").await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("<title>Khata</title>"), "{}", page.text());
    let policy = page.header(header::CONTENT_SECURITY_POLICY.as_str()).unwrap();
    assert!(
        policy.starts_with("default-src 'none'") && !policy.contains("http") && !policy.contains('*'),
        "{policy}"
    );
    let mut assets = BTreeSet::from(["swagger-initializer.js".to_owned()]);
    for attribute in ["src=\"", "href=\""] {
        assets.extend(
            page.text().split(attribute).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()),
        );
    }
    assert!(assets.len() > 4, "{assets:?}");
    for asset in &assets {
        assert!(!asset.contains("//"), "{asset} lies elsewhere");
        let answer = app.get(&format!("/docs/{}", asset.trim_start_matches("./"))).await;
        assert_eq!(answer.status, 200, "{asset}");
        assert!(!answer.body.is_empty(), "{asset}");
    }
    let initializer = app.get("/docs/swagger-initializer.js").await;
    assert!(
        initializer.text().contains("\"/openapi.json\"") && !initializer.text().contains("http"),
        "{}",
        initializer.text()
    );
    crate::conventions::problem(&app.get("/docs/nothing.js").await, 404, "not_found");
}

#[tokio::test]
async fn the_description_comes_compressed_where_that_is_understood() {
    let app = TestApp::start();
    let plain = app.get("/openapi.json").await;
    let compressed = app.send(&Request::get("/openapi.json").header("Accept-Encoding", "gzip")).await;
    assert_eq!(compressed.header("content-encoding"), Some("gzip"));
    assert!(
        compressed.body.len() * 4 < plain.body.len(),
        "{} of {} bytes",
        compressed.body.len(),
        plain.body.len()
    );
}
