//! What the view stores in SQL have in common: how their tables are named, how a question is put, what the
//! books say of generations. How a value is bound and a column declared is each store's own.

pub(crate) mod books;
pub(crate) mod comparison;
pub(crate) mod names;
pub(crate) mod question;
