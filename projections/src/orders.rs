//! What orders look like from outside: how each stands, and its lines.

pub mod lines;
pub mod overview;

pub use lines::OrderLineRow;
pub use overview::{OrderRow, Orders, ShownLine, StatusTimes};

#[cfg(test)]
mod tests;
