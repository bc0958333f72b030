//! Random requests after the surface's own description: mostly of its form, now and then of none.

use crate::bank::Bank;
use khata_tests::{Random, Request};
use serde_json::{Map, Value, json};

/// How deep a body goes: nothing here nests deeper.
const DEPTH: usize = 8;
/// One value in so many is hostile.
const HOSTILE: u64 = 12;

/// Never sent: they answer without end, work for all, or depend on what time it is in each process.
const LEFT_OUT: [&str; 9] = [
    "/v1/admin/backup",
    "/v1/admin/export",
    "/v1/admin/import",
    "/rebuild",
    "/metrics",
    "/readyz",
    "/healthz",
    "/v1/admin/",
    "/v1/bench",
];

struct Operation {
    method: String,
    path: String,
    description: Value,
}

pub(crate) struct Draw {
    random: Random,
    schemas: Value,
    operations: Vec<Operation>,
    bank: Bank,
    keys: Vec<Request>,
}

impl Draw {
    pub(crate) fn new(random: Random, description: &Value, bank: Bank) -> Self {
        let paths = description["paths"]
            .as_object()
            .expect("paths")
            .iter()
            .filter(|(path, _)| !LEFT_OUT.iter().any(|part| path.contains(part)));
        let methods = paths.flat_map(|(path, item)| {
            item.as_object()
                .expect("methods")
                .iter()
                .map(move |(method, description)| (path, method, description))
        });
        let operations = methods.map(|(path, method, description)| Operation {
            method: method.to_uppercase(),
            path: path.clone(),
            description: description.clone(),
        });
        Self {
            random,
            schemas: description.clone(),
            operations: operations.collect(),
            bank,
            keys: Vec::new(),
        }
    }

    /// The next request. One in twenty is one that was sent before under the same key.
    pub(crate) fn request(&mut self) -> Request {
        if self.random.once_in(20)
            && let Some(again) = self.random.pick(&self.keys)
        {
            return again.clone();
        }
        let number = self.random.below(self.operations.len() as u64) as usize;
        let (method, mut path, description) = {
            let Operation { method, path, description } = &self.operations[number];
            (method.clone(), path.clone(), description.clone())
        };
        let mut query = Vec::new();
        let mut headers = Vec::new();
        for parameter in description["parameters"].as_array().into_iter().flatten() {
            let parameter = self.resolved(parameter);
            let (name, required) =
                (parameter["name"].as_str().unwrap_or_default().to_owned(), parameter["required"] == true);
            match parameter["in"].as_str() {
                Some("path") => {
                    path = path.replace(&format!("{{{name}}}"), &percent(&self.path_member(&path, &name)))
                }
                Some("query") if required || self.random.once_in(3) => {
                    query.push(format!("{}={}", name, percent(&self.text(&parameter["schema"]))))
                }
                _ => {}
            }
        }
        // Which event stands where is a matter of each process's ids.
        if path.contains("/events") && method == "GET" {
            headers.push(("Accept".to_owned(), "application/json".to_owned()));
        }
        if !query.is_empty() {
            path = format!("{path}?{}", query.join("&"));
        }
        let body = (method == "POST").then(|| {
            let schema = description["requestBody"]["content"]["application/json"]["schema"].clone();
            serde_json::to_vec(&self.value("", &schema, DEPTH)).expect("JSON")
        });
        if method != "GET" && self.random.once_in(10) {
            headers.push(("If-Match".to_owned(), format!("\"{}\"", self.random.below(12))));
        }
        let keyed = method == "POST" && self.random.once_in(6);
        if keyed {
            headers.push(("Idempotency-Key".to_owned(), format!("k{}", self.random.below(1_000_000))));
        }
        if body.is_some() {
            headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        }
        let request = Request { method, path, headers, body };
        if keyed {
            self.keys.push(request.clone());
        }
        request
    }

    fn resolved(&self, schema: &Value) -> Value {
        match schema["$ref"].as_str() {
            Some(reference) => {
                self.schemas.pointer(reference.trim_start_matches('#')).cloned().unwrap_or_default()
            }
            None => schema.clone(),
        }
    }

    fn path_member(&mut self, path: &str, name: &str) -> String {
        if self.random.once_in(HOSTILE * 2) {
            return self.hostile_text();
        }
        let prefix = match path.split('/').nth(2).unwrap_or_default() {
            "customers" => "cus",
            "accounts" => "acc",
            "cards" => "card",
            "loans" => "loan",
            "orders" => "ord",
            _ => "any",
        };
        match name {
            "id" | "account_id" | "customer_id" | "card_id" | "loan_id" | "order_id" => {
                self.bank.of(prefix, &mut self.random).to_owned()
            }
            "stream" => format!("bank_account-{}", self.bank.of("acc", &mut self.random)),
            "line" => (1 + self.random.below(3)).to_string(),
            _ => format!("{}{}", ["h", "a", "d"][self.random.below(3) as usize], self.random.below(4)),
        }
    }

    /// A value as it stands in a query string.
    fn text(&mut self, schema: &Value) -> String {
        match self.value("", schema, 2) {
            Value::String(text) => text,
            other => other.to_string(),
        }
    }

    /// A value for a member of this name and schema.
    fn value(&mut self, name: &str, schema: &Value, depth: usize) -> Value {
        let schema = self.resolved(schema);
        if self.random.once_in(HOSTILE) {
            return self.hostile();
        }
        for alternatives in ["oneOf", "anyOf"] {
            if let Some(alternatives) = schema[alternatives].as_array() {
                let alternative = self.random.pick(alternatives).cloned().unwrap_or_default();
                return self.value(name, &alternative, depth);
            }
        }
        if let Some(parts) = schema["allOf"].as_array() {
            return parts.first().map_or(Value::Null, |part| self.value(name, part, depth));
        }
        if let Some(values) = schema["enum"].as_array() {
            return self.random.pick(values).cloned().unwrap_or_default();
        }
        let kind = match &schema["type"] {
            Value::Array(kinds) => {
                self.random.pick(kinds).and_then(Value::as_str).unwrap_or("null").to_owned()
            }
            kind => kind.as_str().unwrap_or("object").to_owned(),
        };
        match kind.as_str() {
            "object" if depth > 0 => self.object(&schema, depth),
            "array" if depth > 0 => {
                (0..self.random.below(3)).map(|_| self.value(name, &schema["items"], depth - 1)).collect()
            }
            "integer" => (self.random.below(40) as i64 - 4).into(),
            "number" => self.random.below(1000).into(),
            "boolean" => self.random.once_in(2).into(),
            "string" => self.string(name, &schema).into(),
            _ => Value::Null,
        }
    }

    fn object(&mut self, schema: &Value, depth: usize) -> Value {
        let properties = schema["properties"].as_object().cloned().unwrap_or_default();
        if properties.contains_key("amount") && properties.contains_key("currency") && properties.len() == 2 {
            let amount = ["1.00", "250.50", "0.01", "99999.99", "5000.00", "0.00", "92233720368547758.07"];
            return json!({ "amount": self.random.pick(&amount), "currency": if self.random.once_in(20) { "USD" } else { "INR" } });
        }
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let mut object = Map::new();
        for (name, property) in &properties {
            // An own id would be another thing each time.
            if name == "id" || !(required.contains(&name.as_str()) || self.random.once_in(3)) {
                continue;
            }
            object.insert(name.clone(), self.value(name, property, depth - 1));
        }
        Value::Object(object)
    }

    fn string(&mut self, name: &str, schema: &Value) -> String {
        let format = schema["format"].as_str().unwrap_or_default().to_owned();
        let day =
            |random: &mut Random| format!("2026-{:02}-{:02}", 1 + random.below(12), 1 + random.below(28));
        match (format.as_str(), name) {
            ("date", _) | (_, "date" | "start_date" | "closing_date" | "from" | "to") => {
                day(&mut self.random)
            }
            ("date-time", _) | (_, "as_of" | "effective_at" | "expires_at") => {
                format!("{}T10:00:00Z", day(&mut self.random))
            }
            (_, "month") => format!("2026-{:02}", 1 + self.random.below(12)),
            (_, "currency") => "INR".to_owned(),
            (_, "email") => format!("m{}@example.com", self.random.below(40)),
            (_, "phone") => "+91 98000 00000".to_owned(),
            (_, "country") => "IN".to_owned(),
            (_, "amount" | "unit_price") => "10.00".to_owned(),
            (_, "annual_rate" | "discount_rate") => {
                ["12", "0", "7.5", "99"][self.random.below(4) as usize].to_owned()
            }
            (_, "customer_id") => self.bank.of("cus", &mut self.random).to_owned(),
            (_, "account_id") => self.bank.of("acc", &mut self.random).to_owned(),
            (_, "hold_id") => format!("h{}", self.random.below(4)),
            (_, "authorization_id") => format!("a{}", self.random.below(4)),
            (_, "min_balance") => ["0", "1000", "-5", "1.5"][self.random.below(4) as usize].to_owned(),
            (_, "role") => "loan_officer".to_owned(),
            _ => ["grocery", "Rent", "x", "verified", "5", "K1234567"][self.random.below(6) as usize]
                .to_owned(),
        }
    }

    fn hostile_text(&mut self) -> String {
        let texts = [
            "",
            "\u{0}",
            "'; DROP TABLE events; --",
            "é",
            "\u{202e}abc",
            "0000-01-01",
            "-4800-01-01",
            "9999-12-31",
            "+262143-12-31T00:00:00Z",
            "0000-01-01T00:00:00Z",
            "9999-12-30T21:59:59Z",
            "2500000",
            "4294967295",
            "9223372036854775807",
            "-9223372036854775808",
            "1e400",
            "NaN",
            "acc_00000000-0000-4000-8000-999999999999",
            "%",
            "..",
            "\\u0000",
        ];
        match self.random.below(texts.len() as u64 + 1) as usize {
            index if index < texts.len() => texts[index].to_owned(),
            _ => "x".repeat(5_000),
        }
    }

    fn hostile(&mut self) -> Value {
        match self.random.below(8) {
            0 => Value::Null,
            1 => json!(true),
            2 => json!([]),
            3 => json!({}),
            4 => json!(i64::MAX),
            5 => json!(-1),
            _ => self.hostile_text().into(),
        }
    }
}

/// As it may stand in a path or a query string.
fn percent(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~:".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
