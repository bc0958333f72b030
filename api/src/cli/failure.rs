//! Why a command failed, how that is told, and the exit code it gives.

use std::{error::Error, io, process::ExitCode};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The command line asks for nothing that can be done, or only for help.
    #[error("{0}")]
    CommandLine(clap::Error),
    /// `khata.toml` cannot be taken.
    #[error(transparent)]
    Configuration(#[from] crate::config::ConfigError),
    /// Recognised, but not in this version.
    #[error("{0} is not available in this version of Khata")]
    NotYet(String),
    /// What the command prints cannot be written.
    #[error("the output cannot be written")]
    Output(#[source] io::Error),
    /// An error that says it all.
    #[error("{0}")]
    Told(Box<dyn Error + Send + Sync>),
    /// The command was understood and did not come through.
    #[error("{message}")]
    Failed {
        /// What happened.
        message: String,
        /// Why, where something below knows.
        source: Option<Box<dyn Error + Send + Sync>>,
    },
}

impl Failure {
    /// A failure without a deeper cause.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self::Failed { message: message.into(), source: None }
    }

    /// A failure that an error tells, with the cause that lies behind it.
    pub(crate) fn plain(error: impl Error + Send + Sync + 'static) -> Self {
        Self::Told(Box::new(error))
    }

    /// A failure with its cause.
    pub(crate) fn because(message: impl Into<String>, cause: impl Error + Send + Sync + 'static) -> Self {
        Self::Failed { message: message.into(), source: Some(Box::new(cause)) }
    }

    /// Tells it on standard error and gives the exit code: 1 failed, 2 wrong usage, 0 where only help or the version was wanted, or
    /// where the reader of the output has gone.
    pub(super) fn report(self) -> ExitCode {
        let code = match &self {
            Self::CommandLine(error) => {
                // Nobody is left to tell where this cannot be written.
                let _ = error.print();
                return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
            }
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => return ExitCode::SUCCESS,
            Self::Configuration(_) => 2,
            Self::NotYet(_) | Self::Output(_) | Self::Told(_) | Self::Failed { .. } => 1,
        };
        super::output::complain(&self.told());
        ExitCode::from(code)
    }

    /// What happened, then why, and why that; each once.
    fn told(&self) -> String {
        let mut told = format!("khata: {self}");
        let mut cause = match self {
            Self::Told(error) => error.source(),
            other => other.source(),
        };
        while let Some(error) = cause {
            told.push_str(&format!("\n  because: {error}"));
            cause = error.source();
        }
        told
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}
