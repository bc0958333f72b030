//! One of everything, under ids that both stores have, so that random requests find something to work on.

use khata_tests::{Request, test_app::new_customer};
use serde_json::{Value, json};

/// Ids by their prefix.
pub(crate) struct Bank {
    pub(crate) ids: Vec<String>,
}

fn id(prefix: &str, number: u32) -> String {
    format!("{prefix}_00000000-0000-4000-8000-{number:012}")
}

fn with_id(mut body: Value, id: &str) -> Value {
    body["id"] = id.into();
    body
}

impl Bank {
    pub(crate) fn open(send: &mut impl FnMut(&Request)) -> Self {
        let inr = |amount: &str| json!({ "amount": amount, "currency": "INR" });
        let mut ids = Vec::new();
        for number in 1..=3 {
            let customer = id("cus", number);
            send(&Request::post(
                "/v1/customers",
                &with_id(new_customer(&format!("c{number}@example.com")), &customer),
            ));
            send(&Request::post(format!("/v1/customers/{customer}/kyc"), &json!({ "verdict": "verified" })));
            let account = json!({ "customer_id": customer, "account_type": "savings", "currency": "INR", "initial_deposit": inr("5000.00") });
            send(&Request::post("/v1/accounts", &with_id(account, &id("acc", number))));
            send(&Request::post(
                "/v1/cards",
                &with_id(json!({ "customer_id": customer, "limit": inr("50000.00") }), &id("card", number)),
            ));
            send(&Request::post(format!("/v1/cards/{}/activate", id("card", number)), &json!({})));
            let loan = json!({
                "customer_id": customer, "loan_type": "personal", "principal": inr("12000.00"), "annual_rate": "12", "term_months": 6, "day_count": "30/360"
            });
            send(&Request::post("/v1/loans", &with_id(loan, &id("loan", number))));
            let order = json!({ "customer_id": customer, "currency": "INR", "customer_tier": "regular" });
            send(&Request::post("/v1/orders", &with_id(order, &id("ord", number))));
            ids.extend(["cus", "acc", "card", "loan", "ord"].map(|prefix| id(prefix, number)));
        }
        // A running loan, so that payments, schedules and arrears are met too.
        let loan = id("loan", 1);
        send(&Request::post(
            format!("/v1/loans/{loan}/assessment"),
            &json!({ "credit_score": 742, "income_verified": true }),
        ));
        send(&Request::post(
            format!("/v1/loans/{loan}/approve"),
            &json!({ "approver": "R. Iyer", "role": "loan_officer" }),
        ));
        send(&Request::post(format!("/v1/loans/{loan}/disburse"), &json!({})));
        Self { ids }
    }

    /// An id of this kind, or of any.
    pub(crate) fn of<'a>(&'a self, prefix: &str, random: &mut khata_tests::Random) -> &'a str {
        let fitting: Vec<&String> =
            self.ids.iter().filter(|id| id.split('_').next() == Some(prefix)).collect();
        match random.pick(&fitting) {
            Some(id) => id,
            None => random.pick(&self.ids).expect("ids"),
        }
    }
}
