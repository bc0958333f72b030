//! What operators do, once under an idempotency key.

use crate::{
    app::App,
    http::{answer::with_type, problem::Problem, request::headers::IDEMPOTENT_REPLAYED},
};
use axum::{
    body::Body,
    http::{HeaderValue, StatusCode},
    response::Response,
};
use khata_application::{command::CommandContext, operations::Done};
use khata_domain::operations::{OperationBegun, OperationDone, OperationFailed};
use serde::Serialize;

/// Does it and answers with what it came to; or answers as the first time, if the request's key says that it was done before.
pub(super) async fn once<T: Serialize>(
    app: &App,
    context: &CommandContext,
    act: &str,
    target: String,
    status: StatusCode,
    perform: impl AsyncFnOnce() -> Result<T, Problem>,
) -> Result<Response, Problem> {
    let begun = OperationBegun { act: act.to_owned(), target: target.clone() };
    let done = async || {
        let answer = perform().await?;
        let answer = serde_json::to_string(&answer)
            .map_err(|error| Problem::internal(format!("an answer cannot be written: {error}")))?;
        Ok::<_, Problem>(OperationDone { act: act.to_owned(), target, status: status.as_u16(), answer })
    };
    let told = |problem: &Problem| OperationFailed {
        status: problem.status().as_u16(),
        code: problem.code().to_owned(),
    };
    let Done { operation, replayed } = app.operations_log.once(context, begun, done, told).await?;
    let mut response = with_type(Body::from(operation.answer), "application/json");
    *response.status_mut() = StatusCode::from_u16(operation.status).unwrap_or(status);
    if replayed {
        response.headers_mut().insert(&IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(response)
}
