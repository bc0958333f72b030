//! Why a figure could not be measured.

/// Why a figure could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// A file, a process or a connection.
    #[error("{doing}: {source}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// JSON that does not fit.
    #[error("JSON that does not fit: {0}")]
    Json(#[from] serde_json::Error),
    /// A plan that makes no sense.
    #[error("{0}")]
    Plan(String),
    /// The server answered otherwise than it should.
    #[error("{0}")]
    Answer(String),
    /// What was answered and what is stored are not the same.
    #[error("the log does not fit the answers: {0}")]
    Check(String),
    /// The database that is measured.
    #[error("{0}")]
    Store(String),
    /// A child process ended otherwise than it should.
    #[error("{0}")]
    Child(String),
}

impl BenchError {
    /// Names what was being done when the system failed.
    pub(super) fn io(doing: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io { doing, source }
    }
}
