//! What can be seen of access: what was refused to whom, and what operators did.

mod operations;
mod refusals;

pub use operations::{OperationRow, OperationsDone};
pub use refusals::RefusalRow;

use crate::{
    Current,
    read_models::{ReadModels, register},
};
use khata_domain::access_audit::AccessRefusal;

/// This context's read models.
pub const READ_MODELS: ReadModels = ReadModels {
    context: &khata_application::access_audit::CONTEXT,
    subscribes_to: &[],
    projections: || vec![register(Current::<AccessRefusal>::default()), register(OperationsDone)],
};
