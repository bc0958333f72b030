//! Lists of parked partitions. There should be none; when a projection fails on every account there are as many as those.

use super::{
    paging::{page, place},
    schemas,
};
use crate::{
    app::App,
    http::{
        list::{self, PageParameters},
        problem::Problem,
        request::{QueryString, path::PathName},
    },
};
use axum::{extract::State, response::Response};
use khata_projections::operations::ParkedPartition;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The name of the list over all projections in cursors.
const ALL: &str = "parked";

/// The last parked partition of a page.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Place {
    projection: String,
    position: u64,
    partition: String,
}

impl From<&ParkedPartition> for Place {
    fn from(parked: &ParkedPartition) -> Self {
        Self {
            projection: parked.projection.to_owned(),
            position: parked.position,
            partition: parked.partition.clone(),
        }
    }
}

/// A projection's parked partitions.
#[utoipa::path(get, path = "/v1/admin/projections/{name}/parked", operation_id = "list_projection_parked_partitions", tag = "operations",
    params(("name" = String, Path, description = "Its name"), PageParameters),
    responses((status = 200, description = "In order of position.", body = schemas::ParkedList)))]
pub(super) async fn list_parked(
    State(app): State<Arc<App>>,
    PathName(name): PathName,
    QueryString(asked): QueryString<PageParameters>,
) -> Result<Response, Problem> {
    let limit = list::limit(asked.limit)?;
    let list = format!("{ALL} of {name}");
    let behind: Place = place(&list, asked.cursor.as_deref())?;
    let items = app.operations.parked_behind(&name, (behind.position, &behind.partition), limit + 1).await?;
    page::<Place, _>(&list, items, limit)
}

/// The parked partitions of all projections.
#[utoipa::path(get, path = "/v1/admin/parked", operation_id = "list_parked_partitions", tag = "operations", params(PageParameters),
    responses((status = 200, description = "By projection, in order of position.", body = schemas::ParkedList)))]
pub(super) async fn list_all_parked(
    State(app): State<Arc<App>>,
    QueryString(asked): QueryString<PageParameters>,
) -> Result<Response, Problem> {
    let limit = list::limit(asked.limit)?;
    let behind: Place = place(ALL, asked.cursor.as_deref())?;
    let projections = app.operations.list().await?;
    let first = projections.iter().position(|projection| projection.name == behind.projection).unwrap_or(0);
    let mut items = Vec::new();
    for projection in projections.iter().skip(first).filter(|projection| projection.parked > 0) {
        let begin = if projection.name == behind.projection {
            (behind.position, behind.partition.as_str())
        } else {
            (0, "")
        };
        items.extend(app.operations.parked_behind(projection.name, begin, limit + 1 - items.len()).await?);
        if items.len() > limit {
            break;
        }
    }
    page::<Place, _>(ALL, items, limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::to_bytes;
    use khata_projections::{
        operations::ParkedId,
        view_store::{GenerationId, ParkedCause},
    };

    fn parked(position: u64) -> ParkedPartition {
        let id = ParkedId { generation: GenerationId(3), position };
        let (partition, error, parked_at) =
            (format!("acc_{position}"), "never".to_owned(), jiff::Timestamp::UNIX_EPOCH);
        ParkedPartition {
            id,
            projection: "accounts",
            partition,
            position,
            cause: ParkedCause::Failed,
            error,
            attempts: 1,
            parked_at,
            waiting: 0,
        }
    }

    async fn read(answer: Response) -> serde_json::Value {
        serde_json::from_slice(&to_bytes(answer.into_body(), usize::MAX).await.unwrap()).unwrap()
    }

    #[tokio::test]
    async fn a_page_leads_to_the_one_behind_its_last_partition_and_the_last_page_to_none() {
        let first = read(page::<Place, _>(ALL, vec![parked(1), parked(2), parked(3)], 2).unwrap()).await;
        assert_eq!(first["items"].as_array().unwrap().len(), 2);
        let behind: Place = place(ALL, first["next_cursor"].as_str()).unwrap();
        assert_eq!(
            (behind.projection.as_str(), behind.position, behind.partition.as_str()),
            ("accounts", 2, "acc_2")
        );
        assert!(place::<Place>("parked of cards", first["next_cursor"].as_str()).is_err(), "of another list");
        let last = read(page::<Place, _>(ALL, vec![parked(3)], 2).unwrap()).await;
        assert_eq!(last["next_cursor"], serde_json::Value::Null);
    }
}
