//! What is kept of access: what was refused, to whom, and why.

mod refusal;

pub use refusal::{
    AccessRefusal, AccessRefusalCommand, AccessRefusalError, AccessRefusalEvent, AccessRefused, Note,
    RefusalReason,
};
