//! The end of each day over HTTP: run it, see how far it is and what came of it.

mod running;

pub use running::RunningNight;

use super::{
    Context,
    answer::json,
    declared::shown,
    problem::Problem,
    request::{CommandRequest, fields::DateField},
    resource::{Now, Picture, Resource, ResourceType, Routes},
    words::Word,
};
use crate::{app::App, http::list::Filters};
use axum::{extract::State, response::Response};
use jiff::{Timestamp, civil::Date};
use khata_application::nights;
use khata_domain::nights::{Failure, Night, NightError, NightPhase, PhaseStanding};
use khata_projections::{Query, nights::NightRow};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

/// This context's part of the surface.
pub(super) const CONTEXT: Context = Context {
    declared: &nights::CONTEXT,
    resource: ResourceType::of::<Night>(),
    routes: || Routes::of(&[night_routes]),
    refusals: &[NightError::REFUSALS, nights::REFUSALS],
    reads: &[],
};

type PhaseSchema = Word<NightPhase>;

/// The end of a business date.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Night)]
pub(crate) struct NightBody {
    /// The date, which is its name.
    date: Date,
    /// Whether all phases have ended.
    finished: bool,
    /// The phases that have begun, in their order.
    phases: Vec<PhaseBody>,
    /// When the last event was recorded; in queries to the view only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(serialize_with = "khata_application::instants::write_optional")]
    updated_at: Option<Timestamp>,
    /// True if this lacks events, because one of them waits for an operator or a newer Khata; not there otherwise.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    parked: bool,
    /// How many events the night has.
    version: u64,
}

/// How far a phase has come.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = NightPhaseStanding)]
pub(crate) struct PhaseBody {
    /// Which.
    #[schema(value_type = PhaseSchema)]
    phase: &'static str,
    /// Whether it has ended; what follows counts then.
    ended: bool,
    /// The position of the log at which it looks for its subjects.
    position: u64,
    /// Subjects for which all is done.
    processed: u64,
    /// Subjects that were left out, by why.
    skipped: BTreeMap<String, u64>,
    /// Subjects for which it could not be done, by why.
    failed: BTreeMap<String, u64>,
    /// The first 100 of these, by subject.
    failures: Vec<FailureBody>,
}

/// Something that could not be done for one subject.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = NightFailure)]
pub(crate) struct FailureBody {
    /// `acc_…`, `card_…`, `loan_…`, or what was checked.
    subject: String,
    /// Why, as a code.
    code: String,
    /// Why, for people.
    message: String,
}

shown!(NightBody);

impl From<Failure> for FailureBody {
    fn from(failure: Failure) -> Self {
        let Failure { subject, code, message } = failure;
        Self { subject: subject.to_string(), code: code.to_string(), message: message.to_string() }
    }
}

impl NightBody {
    fn of(date: Date, night: &Night, version: u64) -> Self {
        Self {
            date,
            finished: night.is_finished(),
            phases: night.phases().clone().into_iter().map(PhaseBody::of).collect(),
            updated_at: None,
            parked: false,
            version,
        }
    }
}

impl PhaseBody {
    fn of((phase, standing): (NightPhase, PhaseStanding)) -> Self {
        let PhaseStanding { position, tally } = standing;
        let (ended, tally) = (tally.is_some(), tally.unwrap_or_default());
        Self {
            phase: phase.name(),
            ended,
            position,
            processed: tally.processed,
            skipped: tally.skipped,
            failed: tally.failed,
            failures: tally.failures.into_iter().map(FailureBody::from).collect(),
        }
    }
}

impl From<NightRow> for NightBody {
    fn from(row: NightRow) -> Self {
        Self {
            date: row.date,
            finished: row.finished,
            phases: row.phases.0.into_iter().map(PhaseBody::of).collect(),
            updated_at: Some(row.updated_at),
            parked: false,
            version: row.version,
        }
    }
}

/// No filters: the latest come first.
#[derive(Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct NightFilters {}

impl Filters for NightFilters {
    fn query(&self, limit: usize, _today: Date) -> Query {
        NightRow::all(limit)
    }
}

impl Resource for Night {
    const ONE: &'static str = "a night";
    const COLLECTION: &'static str = "eod";
    const ALL: &'static str = "nights";
    const ABOUT: &'static str = "End of day: phases over the whole bank, night by night.";
    type Row = NightRow;
    type Body = NightBody;
    type Filters = NightFilters;

    fn show_state(picture: Picture<Self>, _day: Date) -> NightBody {
        let Picture { id, state, version, .. } = picture;
        NightBody::of(id.0, &state, version)
    }

    fn show_row(row: NightRow, _now: Now) -> NightBody {
        row.into()
    }
}

/// Which nights to run.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NightRun, examples(json!({ "date": "2026-03-31" })))]
struct RunBody {
    /// The business date: today at the latest, and the one behind the latest night that has finished.
    #[schema(value_type = Date)]
    date: DateField,
    /// Up to this date, one night after another: 366 at most.
    #[schema(value_type = Option<Date>)]
    through: Option<DateField>,
}

/// What came of the nights that were asked for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NightsRun)]
struct RunAnswer {
    /// Each of them.
    nights: Vec<NightBody>,
}

/// How far the night is that this process runs now.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = NightProgress)]
struct ProgressBody {
    /// Whether this process runs one.
    running: bool,
    /// Its date.
    #[schema(required)]
    date: Option<Date>,
    /// The phase that it is in.
    #[schema(required, value_type = Option<PhaseSchema>)]
    phase: Option<&'static str>,
    /// Subjects looked at in this phase so far.
    seen: u64,
}

fn night_routes(routes: Routes<Night>) -> Routes<Night> {
    routes.route(routes!(run)).route(routes!(progress))
}

/// Run the end of a day, or of several.
///
/// Each phase puts to its subjects what is due; what is done already is done no more, so a night that was cut off is run
/// again, and one that has finished changes nothing. It goes on if whoever asked goes away. One that is under way in this
/// process is waited for.
#[utoipa::path(post, path = "/v1/admin/eod", operation_id = "run_nights", tag = "eod",
    responses(
        (status = 200, description = "They have finished.", body = RunAnswer),
        (status = 422, description = "They cannot be run now."),
    ))]
async fn run(
    State(app): State<Arc<App>>,
    CommandRequest { context, body }: CommandRequest<RunBody>,
) -> Result<Response, Problem> {
    let through = body.through.map(|DateField(date)| date);
    let dates = app.nights.plan(&context, body.date.0, through).await?;
    let work = {
        let (app, dates) = (Arc::clone(&app), dates.clone());
        async move {
            let _turn = app.running_night.turn().await;
            app.nights.run(&context, &dates, &*app.running_night).await
        }
    };
    // Whoever asked may go away; the night goes on.
    let done = tokio::spawn(work).await;
    done.map_err(|error| Problem::internal(format!("the night has panicked: {error}")))??;
    let mut nights = Vec::with_capacity(dates.len());
    for date in dates {
        let night = app.nights.night(date).await?;
        nights.push(NightBody::of(date, &night.state, night.version));
    }
    json(&RunAnswer { nights })
}

/// Show how far the night is that this process runs now.
#[utoipa::path(get, path = "/v1/admin/eod/progress", operation_id = "show_night_progress", tag = "eod",
    responses((status = 200, description = "How far it is.", body = ProgressBody)))]
async fn progress(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    let progress = app.running_night.at();
    json(&ProgressBody {
        running: progress.is_some(),
        date: progress.map(|progress| progress.date),
        phase: progress.map(|progress| progress.phase.name()),
        seen: progress.map_or(0, |progress| progress.seen),
    })
}
