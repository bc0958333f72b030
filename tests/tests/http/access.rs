//! Who may do what: roles, whose data they reach, and what of it they see.

#[path = "access/dates.rs"]
mod dates;
#[path = "access/facts.rs"]
mod facts;
#[path = "access/feed.rs"]
mod feed;
#[path = "access/fields.rs"]
mod fields;
#[path = "access/hidden.rs"]
mod hidden;
#[path = "access/keys.rs"]
mod keys;
#[path = "access/managers.rs"]
mod managers;
#[path = "access/matrix.rs"]
mod matrix;
#[path = "access/page.rs"]
mod page;
#[path = "access/recorded.rs"]
mod recorded;
#[path = "access/reviews.rs"]
mod reviews;
#[path = "access/scopes.rs"]
mod scopes;
#[path = "access/streams.rs"]
mod streams;

use khata_api::app::HttpSettings;
use khata_application::{EventStore as _, access::Role, event_store::FeedFilter};
use khata_tests::{
    Badges, Request, Response, TestApp,
    test_app::{inr, new_customer},
};
use serde_json::{Value, json};
use std::sync::Arc;

/// A bank that asks who sends a request, with two customers who have one of everything.
struct Bank {
    app: TestApp,
    maria: Customer,
    boris: Customer,
}

/// A customer, and the ids of what is theirs.
struct Customer {
    /// The value of `Authorization`.
    badge: String,
    id: String,
    account: String,
    /// The entry of the first deposit.
    entry: String,
    loan: String,
    card: String,
    order: String,
    /// A payment to the other one for a later day; none unless they pay each other.
    payment: String,
    /// A standing order to the other one; none unless they pay each other.
    standing_order: String,
}

impl Customer {
    /// The id of theirs in a collection.
    fn of(&self, collection: &str) -> &str {
        match collection {
            "customers" => &self.id,
            "accounts" => &self.account,
            "loans" => &self.loan,
            "cards" => &self.card,
            "orders" => &self.order,
            "payments" => &self.payment,
            "standing-orders" => &self.standing_order,
            other => panic!("what is a customer's in {other}?"),
        }
    }

    fn all(&self) -> [&str; 5] {
        [&self.id, &self.account, &self.loan, &self.card, &self.order]
    }
}

/// The badge of an employee with one role, who is called like it.
fn staff(role: Role) -> String {
    Badges::of(role.name(), &[role])
}

impl Bank {
    async fn open() -> Self {
        let app = TestApp::asking(HttpSettings::default(), Arc::new(Badges));
        let maria = customer(&app, "Maria Anders", "maria").await;
        let boris = customer(&app, "Boris Becker", "boris").await;
        Self { app, maria, boris }
    }

    /// The same, where each has ordered a payment to the other, and given a standing order.
    async fn paying() -> Self {
        let bank = Self::open().await;
        let order = async |from: &Customer, to: &Customer| {
            let pay = json!({ "from_account": from.account, "to_account": to.account, "amount": inr("1.00"), "scheduled_for": "2026-03-05" });
            let made = bank.post(&from.badge, "/v1/payments", pay).await.expect(201);
            let regularly = json!({ "from_account": from.account, "to_account": to.account, "amount": inr("1.00"), "day_of_month": 5, "start_date": "2026-03-05" });
            let given = bank.post(&from.badge, "/v1/standing-orders", regularly).await.expect(201);
            [made, given].map(|answer| answer["id"].as_str().expect("an id").to_owned())
        };
        let ([of_maria, regularly_of_maria], [of_boris, regularly_of_boris]) =
            (order(&bank.maria, &bank.boris).await, order(&bank.boris, &bank.maria).await);
        let Self { app, maria, boris } = bank;
        Self {
            app,
            maria: Customer { payment: of_maria, standing_order: regularly_of_maria, ..maria },
            boris: Customer { payment: of_boris, standing_order: regularly_of_boris, ..boris },
        }
    }

    /// Asks for what a path names, once the views have seen all.
    async fn get(&self, badge: &str, path: &str) -> Response {
        let head = self.app.events.head().await.unwrap().position;
        let request = Request::get(path).header("Khata-Min-Position", head);
        self.app.send(&request.header("Authorization", badge)).await
    }

    async fn post(&self, badge: &str, path: &str, body: Value) -> Response {
        post(&self.app, badge, path, body).await
    }
}

async fn post(app: &TestApp, badge: &str, path: &str, body: Value) -> Response {
    app.send(&Request::post(path, &body).header("Authorization", badge)).await
}

/// One who has an account, a loan, a card and an order, all made by the bank.
async fn customer(app: &TestApp, name: &str, subject: &str) -> Customer {
    let admin = &staff(Role::Admin);
    let id_of = |answer: Value| answer["id"].as_str().expect("an id").to_owned();
    let mut person = new_customer(&format!("{subject}@example.com"));
    person["name"] = name.into();
    person["tax_id"] = format!("TAX-OF-{subject}").into();
    person["birth_date"] = "1990-02-03".into();
    let id = id_of(post(app, admin, "/v1/customers", person).await.expect(201));
    post(app, admin, &format!("/v1/customers/{id}/kyc"), json!({ "verdict": "verified" })).await.expect(200);
    let new = json!({ "customer_id": id, "account_type": "savings", "currency": "INR", "initial_deposit": inr("5000.00") });
    let opened = post(app, admin, "/v1/accounts", new).await.expect(201);
    let entry = opened["transaction_id"].as_str().expect("an entry").to_owned();
    let loan = json!({ "customer_id": id, "loan_type": "personal", "principal": inr("1000.00"), "annual_rate": "12", "term_months": 12, "day_count": "ACT/365" });
    let loan = id_of(post(app, admin, "/v1/loans", loan).await.expect(201));
    let card = json!({ "customer_id": id, "limit": inr("1000.00") });
    let card = id_of(post(app, admin, "/v1/cards", card).await.expect(201));
    let order = json!({ "customer_id": id, "currency": "INR", "customer_tier": "regular" });
    let order = id_of(post(app, admin, "/v1/orders", order).await.expect(201));
    let badge = Badges::of_customer(subject, &id);
    let (payment, standing_order) = (String::new(), String::new());
    Customer { badge, account: id_of(opened), entry, loan, card, order, payment, standing_order, id }
}

/// How many events there are beside those that tell of refusals.
async fn done(app: &TestApp) -> usize {
    let log = app.events.read_all(0, 10_000, &FeedFilter::default()).await.unwrap();
    log.events.iter().filter(|event| event.stream.category() != "access_refusal").count()
}

/// Every operation of the surface as its description has it: method, path, name.
async fn operations(app: &TestApp) -> Vec<(String, String, String)> {
    let described = app.get("/openapi.json").await.expect(200);
    let paths = described["paths"].as_object().unwrap().clone();
    let of_path = |(path, item): (String, Value)| {
        let methods = item.as_object().unwrap().clone();
        methods.into_iter().map(move |(method, operation)| {
            let name = operation["operationId"].as_str().unwrap();
            (method.to_uppercase(), path.clone(), snake_case(name))
        })
    };
    paths.into_iter().flat_map(of_path).collect()
}

/// `place_hold` of `placeHold`.
fn snake_case(name: &str) -> String {
    name.chars().fold(String::new(), |mut words, letter| {
        if letter.is_ascii_uppercase() {
            words.push('_');
        }
        words.push(letter.to_ascii_lowercase());
        words
    })
}
