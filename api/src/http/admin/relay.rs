//! How the relay to the message broker is doing.

use crate::{
    app::App,
    http::{
        answer::json,
        problem::Problem,
        request::{QueryString, query_string::NoParameters},
    },
};
use axum::{extract::State, response::Response};
use jiff::Timestamp;
use khata_application::relay::{RelayActivity, RelayStatus};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The state of the relay.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Relay)]
pub(crate) struct RelayBody {
    /// What it does.
    state: RelayState,
    /// Where the broker is, without credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    broker: Option<String>,
    /// The broker's stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<String>,
    /// Whether this process is connected to the broker.
    #[serde(skip_serializing_if = "Option::is_none")]
    connected: Option<bool>,
    /// Everything up to this position has been relayed; where another process relays, as of its last checkpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<u64>,
    /// How many events of the log lie behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    lag_events: Option<u64>,
    /// The age of the first of them in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    lag_seconds: Option<f64>,
    /// How many events this process has relayed.
    #[serde(skip_serializing_if = "Option::is_none")]
    published: Option<u64>,
    /// Which process relays, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    holder: Option<String>,
    /// The last failure in this process, even if it has recovered since.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<RelayFailure>,
}

/// The activity of a relay.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum RelayState {
    /// Nothing is relayed by this process: no broker is configured, or it lacks the role `processes`.
    Off,
    /// It was just started.
    Starting,
    /// Another process relays; this one takes over if that one ends.
    StandingBy,
    /// It relays.
    Relaying,
    /// It would relay, but something fails; it tries again.
    Failing,
    /// It has ended.
    Stopped,
}

/// A failure of the relay.
#[derive(Debug, Serialize, ToSchema)]
struct RelayFailure {
    /// What failed.
    message: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    #[serde(serialize_with = "khata_application::instants::write")]
    at: Timestamp,
}

impl RelayBody {
    const OFF: Self = Self {
        state: RelayState::Off,
        broker: None,
        stream: None,
        connected: None,
        position: None,
        lag_events: None,
        lag_seconds: None,
        published: None,
        holder: None,
        last_error: None,
    };
}

impl From<RelayStatus> for RelayBody {
    fn from(status: RelayStatus) -> Self {
        Self {
            state: match status.state {
                RelayActivity::Starting => RelayState::Starting,
                RelayActivity::StandingBy => RelayState::StandingBy,
                RelayActivity::Relaying => RelayState::Relaying,
                RelayActivity::Failing => RelayState::Failing,
                RelayActivity::Stopped => RelayState::Stopped,
            },
            broker: Some(status.broker),
            stream: Some(status.stream),
            connected: Some(status.connected),
            position: Some(status.position),
            lag_events: Some(status.lag_events),
            lag_seconds: Some(status.lag_seconds),
            published: Some(status.published),
            holder: status.holder,
            last_error: status.last_error.map(|error| RelayFailure { message: error.message, at: error.at }),
        }
    }
}

/// The state of the relay to the message broker in this process.
#[utoipa::path(get, path = "/v1/admin/relay", operation_id = "show_relay", tag = "operations",
    responses((status = 200, description = "Its activity, its progress and its last failure.", body = RelayBody)))]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    QueryString(NoParameters {}): QueryString<NoParameters>,
) -> Result<Response, Problem> {
    let body = match &app.relay {
        None => RelayBody::OFF,
        Some(relay) => relay.status().await?.into(),
    };
    json(&body)
}
