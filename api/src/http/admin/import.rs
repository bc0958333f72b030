//! Imports over HTTP: lines of historical facts, taken in as they arrive.

use crate::{
    app::App,
    http::{
        ImportAnswer,
        answer::json,
        problem::{Problem, codes},
        request::{Reader, body::media_type},
        serve::stopped,
    },
};
use axum::{
    body::{Body, BodyDataStream},
    extract::State,
    response::Response,
};
use futures_util::StreamExt;
use khata_application::import::{ImportSession, Report, Stop};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// What the body must say it is.
const NDJSON: &str = "application/x-ndjson";
const NOT_NDJSON: &str = "The body must be application/x-ndjson, and say so. Files of banks are made into such lines by khata import camt, mt940, ofx, csv and hledger.";

/// Import another system's history.
///
/// One fact per line; see docs/importing.md. What has been imported already is not appended again, so an
/// interrupted import is simply repeated. It stops at the first line that cannot be imported: everything
/// before that line is kept.
#[utoipa::path(post, path = "/v1/admin/import", operation_id = "import_facts", tag = "operations", request_body(content = String, content_type = "application/x-ndjson"),
    responses((status = 200, description = "Everything was imported.", body = ImportAnswer)))]
pub(super) async fn import(
    State(app): State<Arc<App>>,
    reader: Reader,
    body: Body,
) -> Result<Response, Problem> {
    if !media_type(&reader.headers).is_some_and(|media| media.eq_ignore_ascii_case(NDJSON)) {
        return Err(Problem::new(&codes::UNSUPPORTED_MEDIA_TYPE, NOT_NDJSON).with("expected", NDJSON));
    }
    reader.begin(&app, "import", "facts".to_owned()).await?;
    let mut session = app.importer.begin(reader.asker.principal);
    let whole = take_in(&app, &mut session, body.into_data_stream()).await;
    let (report, stop) = match whole {
        Ok(()) => session.finish().await,
        Err(_) => session.break_off().await,
    };
    match (stop, whole) {
        (Some(stop), _) => Err(stopped_by(stop, &report)),
        (None, Err(broken)) => Err(with_counts(broken, &report)),
        (None, Ok(())) => json(&ImportAnswer::from(&report)),
    }
}

/// So much of what comes behind a bad line is taken.
const BEHIND_A_BAD_LINE: usize = 64 * 1024 * 1024;
/// And for so long.
const PATIENCE_BEHIND_A_BAD_LINE: Duration = Duration::from_secs(10);

/// Takes the body in. What comes behind a bad line is taken too, within bounds: a client that is still writing would not hear the
/// answer.
async fn take_in(
    app: &App,
    session: &mut ImportSession<'_>,
    mut body: BodyDataStream,
) -> Result<(), Problem> {
    let mut stopping = app.stopping.clone();
    let mut ended: Option<(Instant, usize)> = None;
    loop {
        if let Some((since, bytes)) = ended
            && (bytes > BEHIND_A_BAD_LINE || since.elapsed() > PATIENCE_BEHIND_A_BAD_LINE)
        {
            return Ok(());
        }
        let piece = tokio::select! {
            piece = tokio::time::timeout(app.settings.body_timeout, body.next()) => match piece {
                Ok(piece) => piece,
                Err(_) => return Err(Problem::new(&codes::REQUEST_TIMEOUT, "The body stopped arriving.")),
            },
            () = stopped(&mut stopping) => return Err(Problem::new(&codes::STOPPING, "The server stops; import the same lines again.")),
        };
        match piece {
            Some(Ok(bytes)) => {
                session.take_bytes(&bytes).await;
                if session.is_stopped() {
                    let (since, before) = ended.unwrap_or_else(|| (Instant::now(), 0));
                    ended = Some((since, before + bytes.len()));
                }
            }
            Some(Err(_)) => return Err(Problem::new(&codes::BODY_INCOMPLETE, "The body was cut off.")),
            None => return Ok(()),
        }
    }
}

fn stopped_by(stop: Stop, report: &Report) -> Problem {
    let problem = match stop {
        Stop::BadLine { line, code, reason } => {
            Problem::new(&codes::INVALID_IMPORT_LINE, format!("Line {line}: {reason}."))
                .with("line", line)
                .with("rule", code)
                .with("reason", reason)
        }
        Stop::Failed(error) => error.into(),
    };
    with_counts(problem, report)
}

fn with_counts(problem: Problem, report: &Report) -> Problem {
    problem.with("imported", serde_json::to_value(ImportAnswer::from(report)).unwrap_or_default())
}
