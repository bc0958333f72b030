//! Every field that is not shown to everybody: who sees it, wherever it stands.

use super::{
    Bank,
    feed::{blocks, position_of},
    staff,
};
use khata_application::access::{FIELDS, Field, Part, Role};
use khata_tests::{Badges, Request, test_app::inr};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const MANAGER: &str = "r.iyer";
const CLEARED: &str = "cleared";

/// What a test of all fields looks at: the ids of one of each category, for which something of every field is told.
struct Told {
    bank: Bank,
    ids: Vec<(&'static str, &'static str, String)>,
}

/// A bank in which compliance has had to do with Maria.
async fn told() -> Told {
    let bank = Bank::open().await;
    let (admin, compliance, maria) = (&staff(Role::Admin), &staff(Role::ComplianceOfficer), &bank.maria);
    let assign = format!("/v1/customers/{}/assign-manager", maria.id);
    bank.post(admin, &assign, json!({ "manager": MANAGER })).await.expect(200);
    let card = format!("/v1/cards/{}", maria.card);
    bank.post(admin, &format!("{card}/activate"), json!({})).await.expect(200);
    for amount in ["10.00", "900000.00"] {
        let asked =
            json!({ "amount": inr(amount), "merchant_id": "m", "category": "grocery", "channel": "pos" });
        bank.post(&maria.badge, &format!("{card}/authorizations"), asked).await.expect(200);
    }
    look_at_authorizations(&bank, &card).await;
    bank.post(compliance, &format!("{card}/block"), json!({ "reason": "under investigation" }))
        .await
        .expect(200);
    let [approved, rejected] = reviewed(&bank).await;
    let freeze = format!("/v1/accounts/{}/freeze", maria.account);
    bank.post(compliance, &freeze, json!({ "reason": "under investigation" })).await.expect(200);
    let ids = vec![
        ("customer", "customers", maria.id.clone()),
        ("bank_account", "accounts", maria.account.clone()),
        ("credit_card", "cards", maria.card.clone()),
        ("payment", "payments", approved),
        ("payment", "payments", rejected),
    ];
    Told { bank, ids }
}

/// Two authorisations that somebody has to look at: one is cleared, one is fraud.
async fn look_at_authorizations(bank: &Bank, card: &str) {
    let bands =
        json!({ "rules": { "fraud": { "cards": { "approved_up_to": "0", "verified_up_to": "0" } } } });
    bank.post(&staff(Role::Admin), "/v1/admin/settings", bands).await.expect(200);
    for (name, verdict) in [(CLEARED, "clear"), ("fraud", "confirm-fraud")] {
        let asked = json!({ "authorization_id": name, "amount": inr("10.00"), "merchant_id": "m", "category": "grocery", "channel": "pos" });
        bank.post(&bank.maria.badge, &format!("{card}/authorizations"), asked).await.expect(200);
        let path = format!("{card}/authorizations/{name}/{verdict}");
        let reason = json!({ "reason": "under investigation" });
        bank.post(&staff(Role::ComplianceOfficer), &path, reason).await.expect(200);
    }
}

/// Two payments of Maria's that somebody had to look at: one was approved, one rejected.
async fn reviewed(bank: &Bank) -> [String; 2] {
    let (maria, compliance) = (&bank.maria, &staff(Role::ComplianceOfficer));
    let deposits = format!("/v1/accounts/{}/deposits", maria.account);
    bank.post(&staff(Role::Teller), &deposits, json!({ "amount": inr("900000.00") })).await.expect(200);
    let pay = async |to: &str, amount: &str| {
        let order = json!({ "from_account": maria.account, "to_account": to, "amount": inr(amount) });
        bank.post(&maria.badge, "/v1/payments", order).await.expect(201)
    };
    for _ in 0..12 {
        pay(&bank.boris.account, "10.00").await;
    }
    bank.app.at("2026-03-03T12:00:00Z");
    let suspend = format!("/v1/customers/{}/suspend", maria.id);
    bank.post(compliance, &suspend, json!({ "reason": "under investigation" })).await.expect(200);
    let mut doubted = Vec::new();
    for _ in 0..2 {
        let new = json!({ "customer_id": bank.boris.id, "account_type": "savings", "currency": "INR" });
        let payee = bank.post(&staff(Role::Admin), "/v1/accounts", new).await.expect(201);
        let payment = pay(payee["id"].as_str().unwrap(), "100000.00").await;
        assert_eq!(payment["state"]["status"], "screening", "{payment:#}");
        assert_eq!(
            payment["state"]["fraud"]["reasons"],
            Value::Null,
            "the payer is not told what is looked at"
        );
        doubted.push(payment["id"].as_str().unwrap().to_owned());
    }
    for (id, verdict) in doubted.iter().zip(["approve", "reject"]) {
        let path = format!("/v1/payments/{id}/{verdict}");
        bank.post(compliance, &path, json!({ "reason": "under investigation" })).await.expect(200);
    }
    doubted.try_into().expect("two")
}

fn badge(told: &Told, role: Role) -> String {
    match role {
        Role::Customer => told.bank.maria.badge.clone(),
        Role::RelationshipManager => Badges::of(MANAGER, &[role]),
        role => staff(role),
    }
}

/// Everything that somebody is told of one thing, by where it is told: states and events.
#[derive(Default)]
struct Seen {
    states: BTreeMap<&'static str, Value>,
    events: BTreeMap<&'static str, Vec<Value>>,
}

impl Seen {
    async fn of(told: &Told, badge: &str, (category, collection, id): &(&str, &str, String)) -> Self {
        let mut seen = Self::default();
        let get = async |path: String| {
            let answer = told.bank.get(badge, &path).await;
            (answer.status != 403).then(|| answer.expect(200))
        };
        let one = format!("/v1/{collection}/{id}");
        for (place, question) in [("show", ""), ("past", "?as_of=2030-01-01T00:00:00Z")] {
            seen.states.extend(get(format!("{one}{question}")).await.map(|shown| (place, shown)));
        }
        if let Some(list) = get(format!("/v1/{collection}?limit=200")).await {
            let member = format!("{}_id", category.rsplit('_').next().unwrap());
            let is_it = |item: &&Value| item[&*member] == **id;
            let item = list["items"].as_array().unwrap().iter().find(is_it).expect("an item").clone();
            seen.states.insert("list", item);
        }
        if *category == "credit_card" {
            let of_it = |page: Value| {
                let items = page["items"].as_array().unwrap();
                items.iter().find(|item| item["authorization_id"] == CLEARED).expect("an item").clone()
            };
            let one = get(format!("{one}/authorizations/{CLEARED}")).await;
            seen.states.extend(one.map(|shown| ("authorization", shown)));
            for (place, path) in [
                ("authorizations", format!("/v1/{collection}/{id}/authorizations")),
                ("all authorizations", "/v1/authorizations".to_owned()),
            ] {
                seen.states.extend(get(path).await.map(|page| (place, of_it(page))));
            }
        }
        let stream = format!("{category}-{id}");
        for (place, path) in
            [("events", format!("{one}/events")), ("stream", format!("/v1/streams/{stream}/events"))]
        {
            if let Some(page) = get(path).await {
                seen.events.insert(place, page["items"].as_array().unwrap().clone());
            }
        }
        let is_of_it = |event: &Value| event["stream"] == *stream;
        if let Some(page) = get("/v1/events?limit=200".to_owned()).await {
            let events = page["items"].as_array().unwrap().iter().filter(|event| is_of_it(event)).cloned();
            seen.events.insert("feed", events.collect());
            let live = live(told, badge).await;
            seen.events.insert("live", live.into_iter().filter(is_of_it).collect());
        }
        seen
    }

    /// What stands in the place of a field, by where that is, with the hash of the event that holds it.
    fn values(&self, field: &Field) -> Vec<(String, Value, Option<Value>)> {
        let mut values = Vec::new();
        if !matches!(field.stands_in, Part::Event(_)) {
            for (place, state) in &self.states {
                values.extend(at(state, field.path).map(|value| ((*place).to_owned(), value, None)));
            }
        }
        for (place, events) in &self.events {
            for event in events {
                let is_meant = match field.stands_in {
                    Part::Everything => true,
                    Part::State => false,
                    Part::Event(event_type) => event["type"] == event_type,
                };
                if let Some(value) = at(&event["data"], field.path).filter(|_| is_meant) {
                    let place = format!("{place} {}", event["position"]);
                    values.push((place, value, Some(event["hash"].clone())));
                }
            }
        }
        values
    }
}

/// The member that a path leads to; of a list that of the first element.
fn at(value: &Value, path: &[&str]) -> Option<Value> {
    path.iter()
        .try_fold(value, |value, name| if *name == "*" { value.get(0) } else { value.get(*name) })
        .cloned()
}

/// The live feed up to its end.
async fn live(told: &Told, badge: &str) -> Vec<Value> {
    let last = told.bank.app.count().await;
    let request = Request::get("/v1/events").header("Accept", "text/event-stream");
    let answer = told.bank.app.open(&request.header("Authorization", badge)).await;
    let (blocks, _) = blocks(answer.into_body(), |block| position_of(block) == Some(last)).await;
    let data = |block: &String| {
        block.lines().find_map(|line| serde_json::from_str(line.strip_prefix("data: ")?).ok())
    };
    blocks.iter().filter_map(data).collect()
}

#[tokio::test]
async fn each_field_is_seen_by_those_who_may_and_nobody_else() {
    let told = told().await;
    let mut wrong = Vec::new();
    let mut looked_at = [0; FIELDS.len()];
    for thing in &told.ids {
        let clear = Seen::of(&told, &staff(Role::Admin), thing).await;
        for role in Role::ALL {
            let seen = Seen::of(&told, &badge(&told, role), thing).await;
            for (n, field) in FIELDS.iter().enumerate().filter(|(_, field)| field.category == thing.0) {
                let may =
                    if role == Role::Customer { field.clear_to_owner } else { field.clear_to.has(role) };
                let clear = clear.values(field);
                for (place, value, hash) in seen.values(field) {
                    let stands_there = clear.iter().find(|(other, ..)| *other == place);
                    let Some((_, stored, _)) = stands_there.filter(|(_, stored, _)| !stored.is_null()) else {
                        continue;
                    };
                    looked_at[n] += 1;
                    let hides_hash = hash.is_none_or(|hash| hash.is_null());
                    if (value == *stored) != may || (!may && !hides_hash) {
                        wrong.push(format!("{} {:?} {place}: {value}", role.name(), field.path));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (field, times) in FIELDS.iter().zip(looked_at) {
        assert!(times > 0, "nothing is told of {} {:?} {:?}", field.category, field.stands_in, field.path);
    }
}

#[tokio::test]
async fn nobody_whom_compliance_looks_at_is_told_so() {
    let told = told().await;
    for role in [Role::Customer, Role::RelationshipManager] {
        for thing in &told.ids {
            let seen = Seen::of(&told, &badge(&told, role), thing).await;
            let states = seen.states.values().map(Value::to_string);
            let events = seen.events.values().flatten().map(Value::to_string);
            for text in states.chain(events) {
                let is_the_cards = thing.0 == "credit_card" && role == Role::RelationshipManager;
                assert!(is_the_cards || !text.contains("investigation"), "{} reads {text}", role.name());
                assert!(!text.contains("rejected_from") && !text.contains("approved_up_to"), "{text}");
            }
        }
    }
    // In what a command answers, neither.
    let order = json!({ "from_account": told.bank.maria.account, "to_account": told.bank.boris.account,
        "amount": inr("10.00"), "scheduled_for": "2026-03-09" });
    let made = told.bank.post(&told.bank.maria.badge, "/v1/payments", order).await;
    assert!(!made.text().contains("investigation"));
}
