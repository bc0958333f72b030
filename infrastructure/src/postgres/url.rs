//! The address of a PostgreSQL database. Whatever prints it leaves the password out.

use sqlx::{ConnectOptions, postgres::PgConnectOptions};
use std::{fmt, str::FromStr, sync::Arc};

/// Parameters behind the question mark that are understood. Others are refused, so that a misspelt one is not lost.
const PARAMETERS: [&str; 13] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
];

/// `postgres://user:password@host:port/database?sslmode=…`. Without a host the local server is meant, without a port 5432. A host
/// that is a path (`?host=/var/run/postgresql`, or percent-encoded in its place) is the folder of a Unix socket.
/// Cheap to clone.
#[derive(Clone)]
pub struct PostgresUrl(Arc<PgConnectOptions>);

/// A text that is no address of a PostgreSQL database. It never repeats the text, which may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Another scheme.
    #[error("the address of a PostgreSQL database begins with postgres://")]
    Scheme,
    /// A parameter that is not known.
    #[error("the parameter {0} is not known")]
    Parameter(String),
    /// It cannot be read.
    #[error("the address of the PostgreSQL database cannot be read: {0}")]
    Malformed(String),
    /// No database is named.
    #[error("the address names no database: postgres://user@host/database")]
    NoDatabase,
}

impl PostgresUrl {
    /// Reads an address.
    ///
    /// # Errors
    /// It is none, or it has parameters that are not known.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        if !["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme)) {
            return Err(UrlError::Scheme);
        }
        let parameters = text.split_once('?').map_or("", |(_, parameters)| parameters);
        if parameters.contains('@') {
            // What stands before it may be the end of a password: it would be taken for parameters, and told.
            return Err(UrlError::Malformed("a question mark in a password is written %3F, and an @ among the parameters %40".to_owned()));
        }
        let names = parameters.split('&').filter_map(|pair| pair.split('=').next()).filter(|name| !name.is_empty());
        if let Some(unknown) = names.into_iter().find(|name| !PARAMETERS.contains(name)) {
            return Err(UrlError::Parameter(unknown.to_owned()));
        }
        let options = PgConnectOptions::from_str(text).map_err(|error| match error {
            sqlx::Error::Configuration(reason) => UrlError::Malformed(reason.to_string()),
            other => UrlError::Malformed(other.to_string()),
        })?;
        match options.get_database() {
            None | Some("") => Err(UrlError::NoDatabase),
            Some(_) => Ok(Self(Arc::new(options))),
        }
    }

    /// What a connection is made with.
    pub(super) fn options(&self) -> PgConnectOptions {
        PgConnectOptions::clone(&self.0)
    }

    /// Where the server is: `host:port`, or the path of its socket.
    pub fn server(&self) -> String {
        match self.0.get_socket() {
            Some(folder) => format!("{}/.s.PGSQL.{}", folder.display(), self.0.get_port()),
            None if self.0.get_host().starts_with('/') => format!("{}/.s.PGSQL.{}", self.0.get_host(), self.0.get_port()),
            None => format!("{}:{}", self.0.get_host(), self.0.get_port()),
        }
    }

    /// The database.
    pub fn database(&self) -> &str {
        self.0.get_database().unwrap_or_default()
    }

    /// The whole address with its password, to hand it to another process of Khata: through its environment, never in its arguments.
    pub fn with_password(&self) -> String {
        self.0.to_url_lossy().to_string()
    }

    /// As whom one connects.
    pub fn user(&self) -> &str {
        self.0.get_username()
    }
}

impl FromStr for PostgresUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        Self::parse(text)
    }
}

/// Equal if they lead to the same database as the same user.
impl PartialEq for PostgresUrl {
    fn eq(&self, other: &Self) -> bool {
        (self.server(), self.database(), self.user()) == (other.server(), other.database(), other.user())
    }
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "postgres://{}@{}/{}", self.user(), self.server(), self.database())
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_without_its_password() {
        let url = PostgresUrl::parse("postgres://khata:s3cret%2F@db.example:6432/bank?sslmode=disable&password=s3cret").unwrap();
        assert_eq!((url.server().as_str(), url.database(), url.user()), ("db.example:6432", "bank", "khata"));
        assert_eq!(format!("{url} {url:?}"), "postgres://khata@db.example:6432/bank postgres://khata@db.example:6432/bank");
        assert_eq!(PostgresUrl::parse(&url.with_password()).unwrap(), url);
        assert!(url.with_password().contains("s3cret"));
        let socket = PostgresUrl::parse("postgres:///bank?host=/run/pg&port=6000&user=khata").unwrap();
        assert_eq!(socket.server(), "/run/pg/.s.PGSQL.6000");
    }

    #[test]
    fn what_is_no_address_is_refused_without_being_repeated() {
        assert_eq!(PostgresUrl::parse("mysql://khata:s3cret@db/bank"), Err(UrlError::Scheme));
        assert_eq!(PostgresUrl::parse("postgres://khata:s3cret@db"), Err(UrlError::NoDatabase));
        assert_eq!(PostgresUrl::parse("postgres://khata:s3cret@db/bank?sslmod=disable"), Err(UrlError::Parameter("sslmod".into())));
        for text in [
            "postgres://khata:s?s3cret=1@db/bank",
            "postgres://khata:p@s?s3cret@db/bank",
            "postgres://khata:s3cret@db:port/bank",
            "postgres://khata:s3cret@db:70000/bank",
            "postgres://khata:s3cret@db/bank?sslmode=s",
        ] {
            let error = PostgresUrl::parse(text).unwrap_err();
            assert!(matches!(error, UrlError::Malformed(_)) && !error.to_string().contains("s3cret"), "{error}");
        }
    }
}
