//! Processes over HTTP: how they stand, and what operators decide about them.

mod body;

use super::{
    Context,
    answer::{self, at_position, json},
    feed::{self, HistoryParameters, event::EventList},
    list::{self, PageParameters, Paged, Resumed},
    problem::Problem,
    request::{
        CommandRequest, QueryString, Reader,
        fields::TextField,
        path::PathStream,
        query_string::{NoParameters, Parameters},
    },
    resource::ResourceType,
    schemas::{CommandAnswerSchema, ListSchema},
};
use crate::app::App;
use axum::{
    extract::{RawQuery, State},
    http::header,
    response::Response,
};
use body::{ProcessBody, ProcessStatusSchema};
use khata_application::{
    StreamName,
    command::CommandContext,
    contexts,
    processes::{Decided, Decision, ProcessError, ProcessKind, Verb, Which},
};
use khata_domain::processes::ProcessStatus;
use khata_projections::{Query, Value, processes::ProcessRow};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// This context's part of the surface.
pub(super) const CONTEXT: Context = Context {
    declared: &khata_application::processes::CONTEXT,
    resource: ResourceType::named_by_stream(
        CATEGORY,
        COLLECTION,
        "Work that spans aggregates or reaches outside: its steps, what keeps it, what operators decide.",
    ),
    routes,
    refusals: &[ProcessError::REFUSALS],
    reads: &[],
};

const COLLECTION: &str = "processes";
const CATEGORY: &str = "process";

fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list_all))
        .routes(routes!(show))
        .routes(routes!(events))
        .routes(routes!(retry))
        .routes(routes!(skip))
        .routes(routes!(resolve))
        .routes(routes!(compensate))
}

/// Which processes.
#[derive(Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ProcessFilters {
    /// Of this kind, such as `onboarding`.
    #[serde(rename = "type")]
    #[param(rename = "type")]
    kind: Option<String>,
    /// In this status.
    #[param(value_type = Option<ProcessStatusSchema>, inline)]
    status: Option<ProcessStatus>,
    /// About this, such as `cus_…`.
    subject: Option<String>,
}

/// Why an operator decides so.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProcessDecision, examples(json!({ "reason": "The provider is back." })))]
struct DecisionBody {
    /// Why. It is recorded with who decided.
    #[schema(value_type = String, max_length = 500)]
    reason: TextField<500>,
}

/// Why an operator decides so about a step.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProcessStepDecision, examples(json!({ "reason": "The provider is back.", "step": "verify" })))]
struct StepDecisionBody {
    /// Why. It is recorded with who decided.
    #[schema(value_type = String, max_length = 500)]
    reason: TextField<500>,
    /// The name of the step, as the process shows it. Without it the one that waits for an operator, if it is only one.
    #[schema(value_type = Option<String>, max_length = 200)]
    step: Option<TextField<200>>,
    /// Whether that which undoes the step is meant, or the step itself. Without it whichever waits for an operator.
    undo: Option<bool>,
}

/// Why an operator counts a step as done.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProcessResolution, examples(json!({ "reason": "Confirmed by telephone.", "evidence": "ticket 4711" })))]
struct ResolutionBody {
    /// Why. It is recorded with who decided.
    #[schema(value_type = String, max_length = 500)]
    reason: TextField<500>,
    /// What shows that it was done outside.
    #[schema(value_type = String, max_length = 500)]
    evidence: TextField<500>,
    /// The name of the step, as the process shows it. Without it the one that waits for an operator, if it is only one.
    #[schema(value_type = Option<String>, max_length = 200)]
    step: Option<TextField<200>>,
    /// Whether that which undoes the step is meant, or the step itself. Without it whichever waits for an operator.
    undo: Option<bool>,
}

/// List processes in the order of their ids.
#[utoipa::path(get, path = "/v1/processes", operation_id = "list_processes", tag = COLLECTION, params(ProcessFilters, PageParameters),
    responses((status = 200, description = "A page of processes.", body = ListSchema<ProcessBody>)))]
async fn list_all(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
    reader: Reader,
) -> Result<Response, Problem> {
    let asked = Paged::<ProcessFilters>::read(query.as_deref().unwrap_or_default())?;
    let Resumed { filters, after, limit } = asked.resume(COLLECTION)?;
    let min_position = reader.min_position()?;
    let ProcessFilters { kind, status, subject } = &filters;
    let status = status.map(|status| status.name().to_owned());
    let texts = [("kind", kind.clone()), ("status", status), ("subject", subject.clone())];
    let query = list::having(Query::of::<ProcessRow>(limit), texts);
    let page = reader.views(&app).await?.page::<ProcessRow>(query.behind(after), min_position).await?;
    list::answer_page((&reader.asker, CATEGORY), COLLECTION, &filters, page, |row| Ok(ProcessBody::from(row)))
}

/// Show a process: its steps, and what it waits for.
#[utoipa::path(get, path = "/v1/processes/{id}", operation_id = "show_process", tag = COLLECTION,
    params(("id" = String, Path, description = "`process_onboarding-cus_…`, the name of its stream")),
    responses((status = 200, description = "As it is.", body = ProcessBody)))]
async fn show(
    State(app): State<Arc<App>>,
    PathStream(id): PathStream,
    QueryString(NoParameters {}): QueryString<NoParameters>,
    reader: Reader,
) -> Result<Response, Problem> {
    let min_position = reader.min_position()?;
    let found =
        reader.views(&app).await?.one::<ProcessRow>(vec![Value::Text(id.to_string())], min_position).await?;
    let found = list::found(found, id)?;
    let position = found.position;
    let body = found.show(ProcessBody::from);
    let mut response = at_position(json(&body)?, position);
    response.headers_mut().insert(header::ETAG, answer::etag(list::Shown::version(&body)));
    Ok(response)
}

/// The full history of a process.
#[utoipa::path(get, path = "/v1/processes/{id}/events", operation_id = "list_process_events", tag = COLLECTION,
    params(("id" = String, Path, description = "`process_onboarding-cus_…`, the name of its stream"), HistoryParameters),
    responses((status = 200, description = "Events in order of version.", body = EventList)))]
async fn events(
    State(app): State<Arc<App>>,
    QueryString(parameters): QueryString<HistoryParameters>,
    PathStream(id): PathStream,
    reader: Reader,
) -> Result<Response, Problem> {
    kind_of(&id)?;
    feed::history(&app, id, parameters, &reader).await
}

/// Try a step again that a process is parked at, or waits to try.
#[utoipa::path(post, path = "/v1/processes/{id}/retry", operation_id = "retry_process", tag = COLLECTION,
    params(("id" = String, Path, description = "`process_onboarding-cus_…`, the name of its stream")),
    request_body = StepDecisionBody, responses((status = 200, description = "It is tried.", body = CommandAnswerSchema<ProcessBody>)))]
async fn retry(
    State(app): State<Arc<App>>,
    PathStream(id): PathStream,
    CommandRequest { context, body }: CommandRequest<StepDecisionBody>,
) -> Result<Response, Problem> {
    decide(&app, &id, &context, about_a_step(Verb::Retry, body)).await
}

/// Let a parked process go on without a step that it is parked at.
#[utoipa::path(post, path = "/v1/processes/{id}/skip", operation_id = "skip_process_step", tag = COLLECTION,
    params(("id" = String, Path, description = "`process_onboarding-cus_…`, the name of its stream")),
    request_body = StepDecisionBody, responses((status = 200, description = "It goes on.", body = CommandAnswerSchema<ProcessBody>)))]
async fn skip(
    State(app): State<Arc<App>>,
    PathStream(id): PathStream,
    CommandRequest { context, body }: CommandRequest<StepDecisionBody>,
) -> Result<Response, Problem> {
    decide(&app, &id, &context, about_a_step(Verb::Skip, body)).await
}

/// Count a step that a process is parked at as done outside, on the ground of evidence.
#[utoipa::path(post, path = "/v1/processes/{id}/resolve", operation_id = "resolve_process_step", tag = COLLECTION,
    params(("id" = String, Path, description = "`process_onboarding-cus_…`, the name of its stream")),
    request_body = ResolutionBody, responses((status = 200, description = "It goes on.", body = CommandAnswerSchema<ProcessBody>)))]
async fn resolve(
    State(app): State<Arc<App>>,
    PathStream(id): PathStream,
    CommandRequest { context, body }: CommandRequest<ResolutionBody>,
) -> Result<Response, Problem> {
    let ResolutionBody { reason, evidence, step, undo } = body;
    let about = about_a_step(Verb::Resolve, StepDecisionBody { reason, step, undo });
    decide(&app, &id, &context, Decision { evidence: Some(text(evidence)), ..about }).await
}

/// Undo what a process has done, the last step first.
#[utoipa::path(post, path = "/v1/processes/{id}/compensate", operation_id = "compensate_process", tag = COLLECTION,
    params(("id" = String, Path, description = "`process_onboarding-cus_…`, the name of its stream")),
    request_body = DecisionBody, responses((status = 200, description = "It is being undone.", body = CommandAnswerSchema<ProcessBody>)))]
async fn compensate(
    State(app): State<Arc<App>>,
    PathStream(id): PathStream,
    CommandRequest { context, body: DecisionBody { reason } }: CommandRequest<DecisionBody>,
) -> Result<Response, Problem> {
    let about = about_a_step(Verb::Compensate, StepDecisionBody { reason, step: None, undo: None });
    decide(&app, &id, &context, about).await
}

fn text<const MOST: usize>(field: TextField<MOST>) -> String {
    field.0.as_str().to_owned()
}

fn about_a_step(verb: Verb, StepDecisionBody { reason, step, undo }: StepDecisionBody) -> Decision {
    Decision { verb, which: Which { step: step.map(text), undo }, reason: text(reason), evidence: None }
}

async fn decide(
    app: &App,
    id: &StreamName,
    context: &CommandContext,
    decision: Decision,
) -> Result<Response, Problem> {
    let decided = kind_of(id)?.decide(&app.executor, context, id.id(), decision).await?;
    answered(id, decided)
}

fn kind_of(id: &StreamName) -> Result<&'static ProcessKind, Problem> {
    contexts::process(id.category()).ok_or_else(|| Problem::not_found(id))
}

fn answered(id: &StreamName, decided: Decided) -> Result<Response, Problem> {
    let Decided { position, events, replayed, standing, at } = decided;
    let version = standing.version;
    let row = ProcessRow::of(id.as_str(), &standing, None, at).ok_or_else(|| Problem::not_found(id))?;
    answer::answered(id.as_str(), (version, position), &events, replayed, &ProcessBody::from(row))
}
