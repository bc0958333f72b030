//! How far the onboarding of a customer by a provider of identity checks has come, for whoever serves the customer:
//! what operators see of its process beside that stays theirs.

use super::CustomerRoutes;
use crate::{
    app::App,
    http::{
        answer::{at_position, json},
        list::{self, Shown},
        problem::Problem,
        request::{Reader, query_string::NoParameters},
        resource::get,
        words::Word,
    },
};
use axum::response::Response;
use jiff::Timestamp;
use khata_application::{StreamName, accounts::onboarding::Onboarding, processes::Instance};
use khata_domain::{
    ids::CustomerId,
    processes::{ProcessStatus, StepStatus},
};
use khata_projections::{
    Value,
    processes::{ProcessRow, StepShown},
};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

type ProcessStatusSchema = Word<ProcessStatus>;
type StepStatusSchema = Word<StepStatus>;

/// How far the onboarding of a customer has come.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CustomerOnboarding)]
struct OnboardingBody {
    /// `cus_…`
    customer_id: String,
    /// Where it stands; `parked` where somebody has to see to it.
    #[schema(value_type = ProcessStatusSchema)]
    status: String,
    /// The step that it is at.
    #[schema(required)]
    step: Option<String>,
    /// In the order in which they were asked for.
    steps: Vec<OnboardingStep>,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    #[serde(serialize_with = "khata_application::instants::write")]
    started_at: Timestamp,
    /// When it was over.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    #[serde(serialize_with = "khata_application::instants::write_optional")]
    ended_at: Option<Timestamp>,
    /// True if this lacks events, because one of them waits for an operator or a newer Khata; not there otherwise.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    parked: bool,
    /// How many events it has.
    version: u64,
}

/// A step of an onboarding.
#[derive(Debug, Serialize, ToSchema)]
struct OnboardingStep {
    /// `verify` and, once the customer has changed, `verify/2`; `record_verdict`; `open_account`; `notify`.
    name: String,
    /// Where it stands.
    #[schema(value_type = StepStatusSchema)]
    status: String,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    #[serde(serialize_with = "khata_application::instants::write")]
    requested_at: Timestamp,
    /// When its outcome was known.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    #[serde(serialize_with = "khata_application::instants::write_optional")]
    answered_at: Option<Timestamp>,
}

impl From<StepShown> for OnboardingStep {
    fn from(StepShown { step, .. }: StepShown) -> Self {
        Self {
            name: step.name,
            status: step.status.name().to_owned(),
            requested_at: step.requested_at,
            answered_at: step.answered_at,
        }
    }
}

impl From<ProcessRow> for OnboardingBody {
    fn from(row: ProcessRow) -> Self {
        Self {
            customer_id: row.subject,
            status: row.status.into_owned(),
            step: row.step,
            steps: row.steps.0.into_iter().map(OnboardingStep::from).collect(),
            started_at: row.started_at,
            ended_at: row.ended_at,
            parked: false,
            version: row.version,
        }
    }
}

impl Shown for OnboardingBody {
    fn mark_parked(&mut self) {
        self.parked = true;
    }

    fn version(&self) -> u64 {
        self.version
    }
}

pub(super) fn routes(routes: CustomerRoutes) -> CustomerRoutes {
    routes.question(
        get("onboarding", "show_customer_onboarding")
            .about(
                "Show how far the onboarding by a provider of identity checks has come. There is none of customers who \
                 came before there was a provider, or were imported.",
            )
            .answers::<OnboardingBody>("As it stands."),
        show,
    )
}

async fn show(
    app: Arc<App>,
    id: CustomerId,
    NoParameters {}: NoParameters,
    reader: Reader,
) -> Result<Response, Problem> {
    let stream = StreamName::of::<Instance<Onboarding>>(id);
    let key = vec![Value::Text(stream.as_str().to_owned())];
    let views = reader.views(&app).await?;
    let found = list::found(views.one::<ProcessRow>(key, reader.min_position()?).await?, id)?;
    let position = found.position;
    Ok(at_position(json(&found.show(OnboardingBody::from))?, position))
}
