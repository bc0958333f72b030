//! Why a command failed, how that is told, and the exit code it gives.

use crate::{config::ConfigError, output};
use std::{error::Error, io, process::ExitCode};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The command line asks for nothing that can be done, or only for help.
    #[error("{0}")]
    CommandLine(clap::Error),
    /// `khata.toml` cannot be taken.
    #[error(transparent)]
    Configuration(#[from] ConfigError),
    /// What the command prints cannot be written.
    #[error("the output cannot be written")]
    Output(#[source] io::Error),
    /// An error that says it all.
    #[error("{0}")]
    Told(Box<dyn Error + Send + Sync>),
    /// What was asked for makes no sense: wrong usage, found out after the command line was read.
    #[error("{0}")]
    Usage(Box<dyn Error + Send + Sync>),
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

    /// Wrong usage, as an error or a text tells it.
    pub(crate) fn usage(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Usage(error.into())
    }

    /// A failure with its cause.
    pub(crate) fn because(message: impl Into<String>, cause: impl Error + Send + Sync + 'static) -> Self {
        Self::Failed { message: message.into(), source: Some(Box::new(cause)) }
    }

    /// Tells it on standard error and gives the exit code: 1 failed, 2 wrong usage, 0 where only help or the
    /// version was wanted, or where the reader of the output has gone.
    pub(crate) fn report(self) -> ExitCode {
        let code = match &self {
            Self::CommandLine(error) => {
                let told = error.to_string();
                let masked = without_passwords(&told);
                if masked == told {
                    // Nobody is left to tell where this cannot be written.
                    let _ = error.print();
                } else {
                    output::complain(masked.trim_end());
                }
                return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
            }
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => return ExitCode::SUCCESS,
            Self::Configuration(_) | Self::Usage(_) => 2,
            Self::Output(_) | Self::Told(_) | Self::Failed { .. } => 1,
        };
        output::complain(&without_passwords(&self.told()));
        ExitCode::from(code)
    }

    /// What happened, then why, and why that; each once.
    fn told(&self) -> String {
        let mut told = format!("khata: {self}");
        let mut cause = match self {
            Self::Told(error) | Self::Usage(error) => error.source(),
            other => other.source(),
        };
        while let Some(error) = cause {
            told.push_str(&format!("\n  because: {error}"));
            cause = error.source();
        }
        told
    }
}

/// The same text with `***` in the place of a password in a URL, before its host or among its parameters. The
/// messages that Khata makes hold none; what others made of what was typed, in a place where no URL was
/// expected, might.
fn without_passwords(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(scheme_end) = rest.find("://").map(|at| at + "://".len()) {
        masked.push_str(&rest[..scheme_end]);
        rest = &rest[scheme_end..];
        let word_end = rest
            .find(|letter: char| letter.is_whitespace() || letter == '\'' || letter == '"')
            .unwrap_or(rest.len());
        let login_end = rest[..word_end].rfind('@').unwrap_or(0);
        if let Some((user, _)) = rest[..login_end].split_once(':') {
            masked.push_str(user);
            masked.push_str(":***");
            rest = &rest[login_end..];
        }
    }
    without_password_parameters(&(masked + rest))
}

fn without_password_parameters(text: &str) -> String {
    const PARAMETER: &str = "password=";
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find(PARAMETER).map(|at| at + PARAMETER.len()) {
        masked.push_str(&rest[..begin]);
        masked.push_str("***");
        rest = &rest[begin..];
        let end = rest
            .find(|letter: char| letter.is_whitespace() || matches!(letter, '&' | '\'' | '"'))
            .unwrap_or(rest.len());
        rest = &rest[end..];
    }
    masked + rest
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_in_urls_are_masked_and_all_else_is_kept() {
        for (text, masked) in [
            (
                "unexpected argument 'postgres://khata:s3:cr@t@db/bank' found",
                "unexpected argument 'postgres://khata:***@db/bank' found",
            ),
            ("nats://a:b@x and nats://c:d@y", "nats://a:***@x and nats://c:***@y"),
            (
                "postgres://khata@db:5432/bank, http://127.0.0.1:8080",
                "postgres://khata@db:5432/bank, http://127.0.0.1:8080",
            ),
            ("a@b and c://", "a@b and c://"),
            (
                "'postgres://db/bank?user=a&password=s3cr@t&port=1' found",
                "'postgres://db/bank?user=a&password=***&port=1' found",
            ),
        ] {
            assert_eq!(without_passwords(text), masked);
        }
    }
}
