//! What orders look like from outside: how each stands, and its lines.

pub mod lines;
pub mod overview;

pub use lines::OrderLineRow;
pub use overview::{OrderRow, Orders, ShownLine, StatusTimes};

use crate::read_models::{ReadModels, register};

/// This context's read models.
pub const READ_MODELS: ReadModels = ReadModels {
    context: &khata_application::orders::CONTEXT,
    subscribes_to: &[],
    projections: || vec![register(Orders::default())],
};

#[cfg(test)]
mod tests;
