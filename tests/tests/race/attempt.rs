//! One client's attempt at one command, with when it was sent and answered.

use khata_tests::Response;
use serde_json::Value;

/// A command, its answer, and its place in time: whoever was answered before another was sent, came before
/// it.
#[derive(Debug)]
pub struct Attempt {
    /// What no other command is called; its correlation id.
    pub label: String,
    /// What it asks for.
    pub wish: Wish,
    /// What it adds to the balance if it is done, in minor units.
    pub adds_minor: i64,
    /// Drawn from one counter before it was sent.
    pub sent: u64,
    /// Drawn from the same counter after its answer came.
    pub answered: u64,
    pub status: u16,
    pub answer: Value,
}

/// What a client asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// Money comes in.
    Deposit,
    /// Money goes out.
    Withdraw { minor: i64 },
    /// Money is set aside.
    Hold { hold: String, minor: i64 },
    /// Money that was set aside goes out.
    Capture { hold: String },
    /// Money that was set aside is free again.
    Release { hold: String },
}

impl Attempt {
    /// Notes an answer.
    #[track_caller]
    pub fn answered(
        label: String,
        wish: Wish,
        adds_minor: i64,
        sent: u64,
        answered: u64,
        response: &Response,
    ) -> Self {
        assert!(
            matches!(response.status, 200 | 201 | 422),
            "{label} was answered with {}: {}",
            response.status,
            response.text()
        );
        Self { label, wish, adds_minor, sent, answered, status: response.status, answer: response.json() }
    }

    /// Whether it was answered as done.
    pub fn is_done(&self) -> bool {
        self.status != 422
    }

    /// The code of a refusal; nothing if it was done.
    pub fn code(&self) -> &str {
        if self.is_done() { "" } else { self.answer["code"].as_str().unwrap_or("?") }
    }
}
