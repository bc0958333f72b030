//! Loans over HTTP.

mod application;
mod examples;
mod payments;
mod payoff;
pub(super) mod queries;
mod rate;
mod repayment;
mod reversal;
mod rules;
mod schedule;
pub(super) mod state;

use super::Context;
use crate::{
    app::App,
    http::{answer::CommandAnswer, problem::Problem},
};
use khata_application::command::{Answer, CommandError};
use state::{LoanBody, LoanPicture};
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

/// This context's part of the surface.
pub(super) const CONTEXT: Context = Context {
    declared: &khata_application::lending::CONTEXT,
    routes,
    rules: rules::RULES,
    shares: rules::SHARED,
    examples: examples::EXAMPLES,
    reads: &[],
};

/// The collection's path.
const COLLECTION: &str = "/v1/loans";

/// What a command to a loan is answered with.
type Answered = Result<CommandAnswer<LoanBody>, Problem>;

fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(application::apply, queries::list))
        .routes(routes!(queries::show))
        .routes(routes!(queries::history))
        .routes(routes!(schedule::show))
        .routes(routes!(payoff::show))
        .routes(routes!(application::assess))
        .routes(routes!(application::approve))
        .routes(routes!(application::reject))
        .routes(routes!(application::reverse_approval))
        .routes(routes!(application::disburse))
        .routes(routes!(repayment::pay, payments::list))
        .routes(routes!(reversal::reverse))
        .routes(routes!(repayment::charge))
        .routes(routes!(repayment::mark_delinquent))
        .routes(routes!(repayment::restructure))
        .routes(routes!(repayment::write_off))
}

/// What a command came to, with the loan as it stands on the day of the answer.
fn shown(app: &App, answer: Result<Answer<LoanPicture>, CommandError>) -> Result<Answer<LoanBody>, Problem> {
    let Answer { id, version, position, events, state, replayed } = answer?;
    Ok(Answer { id, version, position, events, state: state.body(&app.calendar()), replayed })
}

fn done(app: &App, answer: Result<Answer<LoanPicture>, CommandError>) -> Answered {
    Ok(CommandAnswer::done(shown(app, answer)?))
}
