//! Backups and exports over HTTP: the bytes of an archive as they are made. One that breaks off has no trailer, so nobody can take it
//! for whole; the connection breaks off with it.

use super::walks::LogWalk;
use crate::{
    app::App,
    http::{
        answer::with_type,
        list,
        problem::Problem,
        request::{QueryString, Reader, query_string::NoParameters},
        schemas::BytesSchema,
        serve::stopped,
    },
};
use axum::{
    body::{Body, Bytes},
    extract::State,
    response::Response,
};
use futures_util::stream::unfold;
use khata_archive::{Asked, MEDIA_TYPE, PieceError, Pieces};
use serde::Deserialize;
use std::{io, sync::Arc};
use tokio::sync::watch;
use utoipa::IntoParams;

/// Back up everything that cannot be derived.
///
/// Events, idempotency keys and the secret of the deployment, as of one head; docs/archive-format.md
/// describes the bytes. Anyone who has the backup can read everything in it: it is confidential.
#[utoipa::path(get, path = "/v1/admin/backup", operation_id = "download_backup", tag = "operations",
    responses((status = 200, description = "An archive, whole if it ends with its trailer.", content((BytesSchema = "application/zstd")))))]
pub(super) async fn backup(
    State(app): State<Arc<App>>,
    QueryString(NoParameters {}): QueryString<NoParameters>,
    reader: Reader,
) -> Result<Response, Problem> {
    reader.begin(&app, "backup", "log".to_owned()).await?;
    archive(&app, Asked::Backup).await
}

/// Which events to export.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Range {
    /// Only events after this position.
    #[serde(default)]
    #[param(default = 0)]
    after: u64,
    /// Only events up to this position; by default up to the head.
    up_to: Option<u64>,
}

/// Export a range of events.
///
/// The hash chain goes through them, so it is always a whole range of the log; docs/archive-format.md describes the bytes.
#[utoipa::path(get, path = "/v1/admin/export", operation_id = "export_events", tag = "operations", params(Range),
    responses((status = 200, description = "An archive, whole if it ends with its trailer.", content((BytesSchema = "application/zstd")))))]
pub(super) async fn export(
    State(app): State<Arc<App>>,
    QueryString(Range { after, up_to }): QueryString<Range>,
    reader: Reader,
) -> Result<Response, Problem> {
    let range = up_to.map_or_else(|| format!("{after}.."), |up_to| format!("{after}..{up_to}"));
    reader.begin(&app, "export", range).await?;
    archive(&app, Asked::Export { after, up_to }).await
}

async fn archive(app: &App, asked: Asked) -> Result<Response, Problem> {
    let walk = app.walks.begin()?;
    let pieces = Pieces::of(app.vault.clone(), asked, app.clock.now()).await?;
    let outgoing = Outgoing { pieces, stopping: app.stopping.clone(), _walk: walk };
    Ok(with_type(Body::from_stream(unfold(Some(outgoing), Outgoing::next)), MEDIA_TYPE))
}

/// An archive under way. Dropped, it ends.
struct Outgoing {
    pieces: Pieces,
    stopping: watch::Receiver<bool>,
    _walk: LogWalk,
}

impl Outgoing {
    async fn next(outgoing: Option<Self>) -> Option<(Result<Bytes, PieceError>, Option<Self>)> {
        let mut outgoing = outgoing?;
        let piece = tokio::select! {
            biased;
            () = stopped(&mut outgoing.stopping) => Err(io::Error::other("the server stops").into()),
            piece = outgoing.pieces.next() => piece,
        };
        match piece {
            Ok(piece) => piece.map(|bytes| (Ok(bytes), Some(outgoing))),
            Err(error) => {
                tracing::error!(%error, "an archive broke off");
                Some((Err(error), None))
            }
        }
    }
}

impl From<PieceError> for Problem {
    fn from(error: PieceError) -> Self {
        match error {
            PieceError::Range { parameter, head } => list::invalid_parameter(
                parameter,
                &format!("the log ends at position {head}, and a range ends behind its beginning"),
            )
            .with("head", head),
            PieceError::Read(error) => error.into(),
            PieceError::Unwritable(error) => Self::internal(error.to_string()),
        }
    }
}
