//! How the facts of a file are named, so that neither the same file nor one that overlaps it books anything
//! twice, and two equal movements of one day are two.
//!
//! A name holds the account by its id, however it was asked for, the format, the day, the amount, the bank's
//! own name of the movement (where it tells none, its texts), and a running number among movements that are
//! alike in all that. The bank's name alone would not do: many banks repeat theirs.

use super::{FileError, Movement};
use khata_application::import::SourceRef;
use khata_domain::ids::AccountId;
use std::collections::HashMap;

/// Longer names, and names of other than plain characters, are hashed.
const LONGEST_PLAIN: usize = 48;

/// Gives names out.
#[derive(Debug)]
pub(super) struct Names {
    prefix: String,
    seen: HashMap<String, u32>,
}

impl Names {
    pub(super) fn new(account: &SourceRef, format: &str) -> Self {
        let account: AccountId = account.id();
        Self { prefix: format!("{account}:{format}"), seen: HashMap::new() }
    }

    /// The name of the next movement.
    pub(super) fn movement(&mut self, movement: &Movement) -> Result<SourceRef, FileError> {
        let tag = match movement.id.as_deref() {
            Some(id) if is_plain(id) => format!("id.{id}"),
            Some(id) => format!("h.{}", hash(&["id", id])),
            None => format!(
                "t.{}",
                hash(&["text", &movement.counterparty, &movement.reference, &movement.description])
            ),
        };
        let alike = format!("{}:{}:{}:{tag}", self.prefix, movement.booked, movement.amount.amount());
        let count = self.seen.entry(alike.clone()).or_default();
        *count += 1;
        named(format!("{alike}:{count}"), movement.line)
    }

    /// The name of the fee beside a movement.
    pub(super) fn fee(&self, movement: &SourceRef, line: u64) -> Result<SourceRef, FileError> {
        named(format!("{movement}:fee"), line)
    }

    /// The name of something else of the file.
    pub(super) fn other(&self, what: &str, line: u64) -> Result<SourceRef, FileError> {
        named(format!("{}:{what}", self.prefix), line)
    }
}

fn named(text: String, line: u64) -> Result<SourceRef, FileError> {
    SourceRef::parse(&text).map_err(|error| FileError::at(line, format!("{text:?} cannot name it: {error}")))
}

fn is_plain(id: &str) -> bool {
    (1..=LONGEST_PLAIN).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/'))
}

/// 128 bits of a hash over texts, each with its length, in hexadecimal.
fn hash(texts: &[&str]) -> String {
    let mut hasher = blake3::Hasher::new_derive_key("khata 2026-11-30 import: name of a movement in a file");
    for text in texts {
        hasher.update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes());
    }
    hex::encode(&hasher.finalize().as_bytes()[..16])
}
