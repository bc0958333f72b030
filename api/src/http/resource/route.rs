//! A handler without its type, so that what axum makes of a handler is made once.

use crate::{app::App, http::problem::Problem};
use axum::{
    extract::Request,
    handler::Handler,
    response::{IntoResponse, Response},
};
use futures_util::future::BoxFuture;
use std::sync::Arc;

/// Answers requests.
#[derive(Clone)]
pub(super) struct Route(Arc<Answer>);

type Answer = dyn Fn(Arc<App>, Request) -> BoxFuture<'static, Result<Response, Problem>> + Send + Sync;

impl Route {
    /// Answers requests by a function.
    pub(super) fn of<F, R>(answer: F) -> Self
    where
        F: Fn(Arc<App>, Request) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Response, Problem>> + Send + 'static,
    {
        Self(Arc::new(move |app, request| Box::pin(answer(app, request))))
    }
}

impl Handler<(), Arc<App>> for Route {
    type Future = BoxFuture<'static, Response>;

    fn call(self, request: Request, app: Arc<App>) -> Self::Future {
        Box::pin(async move { (self.0)(app, request).await.unwrap_or_else(Problem::into_response) })
    }
}
