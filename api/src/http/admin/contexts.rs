//! The bounded contexts of this Khata, and which of them run in this process.

use crate::{
    app::App,
    http::{
        CONTEXTS,
        answer::json,
        problem::Problem,
        request::{QueryString, query_string::NoParameters},
    },
    part::{Part, Role},
};
use axum::{extract::State, response::Response};
use khata_application::{context::Context, processes::ProcessKind};
use khata_projections::READ_MODELS;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// The contexts, and what of the system runs in this process.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Contexts)]
pub(crate) struct ContextsBody {
    /// Whose events, views and keys this process sees.
    pub(crate) namespace: String,
    /// What this process does: `api`, `projector`, `processes`.
    pub(crate) roles: Vec<String>,
    /// Every context of this Khata, in the order in which they start.
    pub(crate) items: Vec<ContextBody>,
}

/// A bounded context.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Context)]
pub(crate) struct ContextBody {
    /// Its name.
    pub(crate) name: String,
    /// Counts up when what it exports changes.
    pub(crate) version: u32,
    /// The roles in which it runs in this process; none if it does not run here.
    pub(crate) running: Vec<String>,
    /// The ports of other contexts that its commands need.
    pub(crate) imports: Vec<String>,
    /// The ports that others may import.
    pub(crate) exports: Vec<String>,
    /// The categories of its streams.
    pub(crate) aggregates: Vec<String>,
    /// The categories of others whose events its projections fold.
    pub(crate) hears: Vec<String>,
    /// The views of others that its queries read too.
    pub(crate) reads: Vec<String>,
    /// Its projections.
    pub(crate) projections: Vec<String>,
    /// Its processes between aggregates.
    pub(crate) processes: Vec<String>,
    /// Its routes.
    pub(crate) routes: Vec<String>,
}

/// Every bounded context with all that belongs to it, and what this process runs.
#[utoipa::path(get, path = "/v1/admin/contexts", operation_id = "list_contexts", tag = "operations",
    responses((status = 200, description = "In the order in which they start.", body = ContextsBody)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    QueryString(NoParameters {}): QueryString<NoParameters>,
) -> Result<Response, Problem> {
    json(&ContextsBody::of(&app.part))
}

impl ContextsBody {
    /// What a process that runs a part of the system answers.
    pub(crate) fn of(part: &Part) -> Self {
        Self {
            namespace: part.namespace().to_string(),
            roles: texts(part.roles().map(Role::name)),
            items: khata_application::CONTEXTS
                .into_iter()
                .map(|context| ContextBody::of(context, part))
                .collect(),
        }
    }
}

impl ContextBody {
    fn of(context: &'static Context, part: &Part) -> Self {
        let models = READ_MODELS.iter().find(|models| models.context.name == context.name);
        let surface = CONTEXTS.iter().find(|surface| surface.declared.name == context.name);
        let projections = models.map(|models| (models.projections)()).unwrap_or_default();
        let routes = surface.map(|surface| surface.route_names()).unwrap_or_default();
        let has_part = |role: &Role| match role {
            Role::Api => !routes.is_empty(),
            Role::Projector => !projections.is_empty(),
            Role::Processes => !context.processes.is_empty(),
        };
        Self {
            name: context.name.to_owned(),
            version: context.version,
            running: texts(
                part.roles().filter(|role| part.runs(context.name) && has_part(role)).map(Role::name),
            ),
            imports: context.imports.iter().map(ToString::to_string).collect(),
            exports: texts(context.exports.iter().map(|port| port.name)),
            aggregates: texts(context.aggregates.iter().map(|aggregate| aggregate.category)),
            hears: texts(models.iter().flat_map(|models| models.subscribes_to).map(|heard| heard.category)),
            reads: texts(surface.iter().flat_map(|surface| surface.reads).map(|table| table.name)),
            projections: texts(projections.iter().map(|projection| projection.name())),
            processes: texts(context.processes.iter().map(ProcessKind::name)),
            routes,
        }
    }
}

fn texts<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    names.map(str::to_owned).collect()
}
