//! What a request may hold and how it is read: headers, path, query string, body. Everything odd is refused with a precise code.

pub(crate) mod accept;
mod again;
pub(crate) mod body;
pub(crate) mod command;
pub(crate) mod fields;
pub(crate) mod form;
pub(crate) mod headers;
pub(crate) mod instant;
pub(crate) mod path;
pub(crate) mod principal;
pub(crate) mod query_string;
mod reader;
pub(crate) mod rest;
mod scan;

pub(crate) use again::Again;
pub(crate) use command::CommandRequest;
pub(crate) use path::PathId;
pub(crate) use query_string::QueryString;
pub(crate) use reader::Reader;
