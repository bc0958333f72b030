//! Tables that a newer Khata made: this build leaves them to it.

use crate::{read_models::AnyProjection, view_store::Generation};
use std::sync::Arc;

/// The newest version of a projection's tables, if a newer Khata made them and this build is not to feed any:
/// those that queries see are newer, or none that it could go on with are there. A rebuild that a newer Khata
/// has begun is left to that one; until it is done, the tables that queries see are fed as before, by
/// whichever build can.
pub(crate) fn newer(projection: &Arc<dyn AnyProjection>, stored: &[Generation]) -> Option<u32> {
    let of_projection = || stored.iter().filter(|generation| generation.projection == projection.name());
    if of_projection().any(|generation| generation.active && generation.version == projection.version()) {
        return None;
    }
    of_projection()
        .map(|generation| generation.version)
        .max()
        .filter(|version| *version > projection.version())
}
