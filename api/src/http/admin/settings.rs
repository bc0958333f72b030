//! The settings of the namespace: what its decisions rest on beside events.

use crate::{
    app::App,
    config::Told,
    http::{
        answer::{CommandAnswer, json},
        problem::{Problem, codes},
        request::{CommandRequest, QueryString, principal::Asker, query_string::NoParameters},
        schemas::CommandAnswerSchema,
    },
};
use axum::{extract::State, response::Response};
use khata_application::{BusinessCalendar, settings::InForce};
use khata_domain::settings::Basis;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::Arc;
use utoipa::ToSchema;

/// The settings in force.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Settings)]
pub(super) struct SettingsBody {
    /// How often they were recorded; 0 if they never were.
    version: u64,
    /// The time zone of business dates by its IANA name.
    time_zone: String,
    /// The numbers of the rules, all of them, as `[rules]` of `khata.toml` names them.
    #[schema(value_type = Object)]
    rules: Value,
}

/// The settings to change; all others stay.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "time_zone": "Asia/Kolkata",
    "rules": { "accounts": { "savings": { "daily_limit": "300000" } } },
})))]
pub(super) struct SettingsChange {
    /// The time zone of business dates by its IANA name.
    time_zone: Option<String>,
    /// Numbers of the rules, as `[rules]` of `khata.toml` names them; decimals as strings.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    rules: Map<String, Value>,
}

impl SettingsBody {
    fn of(version: u64, basis: &Basis) -> Self {
        let rules = serde_json::to_value(basis.rules()).unwrap_or_default();
        Self { version, time_zone: basis.time_zone().to_owned(), rules }
    }
}

/// The settings of the namespace: the time zone of business dates and the numbers of the business rules.
#[utoipa::path(get, path = "/v1/admin/settings", operation_id = "show_settings", tag = "operations",
    responses((status = 200, description = "The settings in force.", body = SettingsBody)))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    QueryString(NoParameters {}): QueryString<NoParameters>,
) -> Result<Response, Problem> {
    let in_force: Arc<InForce> = app.book.in_force();
    json(&SettingsBody::of(in_force.version(), in_force.basis()))
}

/// Change the settings for all processes of the namespace: whatever is decided after this event uses the new
/// settings.
#[utoipa::path(post, path = "/v1/admin/settings", operation_id = "change_settings", tag = "operations", request_body = SettingsChange,
    responses((status = 200, description = "The settings were changed, or were already as requested.", body = CommandAnswerSchema<SettingsBody>)))]
pub(super) async fn change(
    State(app): State<Arc<App>>,
    asker: Asker,
    CommandRequest { context, body: SettingsChange { time_zone, rules } }: CommandRequest<SettingsChange>,
) -> Result<Response, Problem> {
    let invalid = |field: &str, reason: String| {
        Problem::new(&codes::INVALID_VALUE, format!("The settings make no sense: {reason}."))
            .with("field", field)
    };
    if let Some(zone) = &time_zone {
        BusinessCalendar::parse(zone).map_err(|error| invalid("time_zone", error.to_string()))?;
    }
    let told = Told::of_json(time_zone, rules).and_then(|told| told.over(context.settings.basis()));
    let basis = told.map_err(|reason| invalid("rules", reason))?;
    let answer = CommandAnswer::done(app.book.change(&context, basis).await?);
    answer.response_in(&asker, "admin/settings", |changed| {
        SettingsBody::of(changed.version, changed.state.basis())
    })
}
