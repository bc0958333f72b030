//! Routes of the part of the system that does not run in this process: asked for, they say so, so that a request which was sent to the
//! wrong process is told apart from a wrong path.

use super::problem::{Problem, codes};
use crate::{app::App, part::Role};
use axum::{Router, routing::any};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;

/// Routes that are known and not here.
#[derive(Default)]
pub(super) struct Absent {
    routes: Router<Arc<App>>,
}

impl Absent {
    /// Routes of a context that does not run here.
    pub(super) fn without_context(&mut self, routes: OpenApiRouter<Arc<App>>, context: &'static str) {
        let detail = format!("The context {context} does not run in this process.");
        self.add(routes, &Problem::new(&codes::NOT_SERVED_HERE, detail).with("context", context));
    }

    /// Routes of a role that this process has not.
    pub(super) fn without_role(&mut self, routes: OpenApiRouter<Arc<App>>, role: Role) {
        let detail = format!("This process does not have the role {role}.");
        self.add(routes, &Problem::new(&codes::NOT_SERVED_HERE, detail).with("role", role.name()));
    }

    fn add(&mut self, routes: OpenApiRouter<Arc<App>>, problem: &Problem) {
        let (_, described) = routes.split_for_parts();
        for path in described.paths.paths.keys() {
            let problem = problem.clone();
            let routes = std::mem::take(&mut self.routes);
            self.routes = routes.route(path, any(async move || problem));
        }
    }

    /// All of them.
    pub(super) fn routes(self) -> Router<Arc<App>> {
        self.routes
    }
}
