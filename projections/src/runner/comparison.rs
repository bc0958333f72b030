//! Comparing a rebuilt generation with the one that it is to replace.

use crate::{
    ViewStore,
    view_store::{Comparison, Difference, GenerationId, ViewStoreError},
};

/// Compares two generations that stand at a position, and notes with the newer one what that found: whoever
/// is asked can tell it once queries see it.
pub(super) async fn compared(
    store: &dyn ViewStore,
    epoch: u64,
    (old, new): (GenerationId, GenerationId),
    position: u64,
) -> Result<Vec<Difference>, ViewStoreError> {
    let tables = store.compare(old, new).await?;
    store.note_comparison(epoch, new, Comparison { position, tables: tables.clone() }).await?;
    Ok(tables)
}

/// Reports what a comparison found. Differences do not hold up the swap: the new generation is what the log
/// says.
pub(super) fn tell(
    projection: &'static str,
    position: u64,
    outcome: Result<Vec<Difference>, ViewStoreError>,
) {
    match outcome {
        Ok(tables) => {
            for table in tables.iter().filter(|table| !table.is_none()) {
                let Difference { table, only_old, only_new, changed, examples, .. } = table;
                tracing::warn!(
                    projection,
                    position,
                    table,
                    only_old,
                    only_new,
                    changed,
                    ?examples,
                    "the rebuilt view differs from the old one"
                );
            }
        }
        Err(error) => {
            tracing::error!(projection, position, %error, "the rebuilt view could not be compared with the old one")
        }
    }
}
