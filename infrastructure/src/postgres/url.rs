//! The address of a PostgreSQL database, on one server or on several of which one takes writes. Whatever
//! prints it leaves the password out.

mod hosts;

use sqlx::{ConnectOptions, postgres::PgConnectOptions};
use std::{
    fmt,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// Parameters behind the question mark that are understood. Others are refused, so that a misspelt one is not
/// lost.
const PARAMETERS: [&str; 15] = [
    "application_name",
    "connect_timeout",
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
    "target_session_attrs",
    "user",
];

/// `postgres://user:password@host:port/database?sslmode=…`. Without a host the local server is meant, without
/// a port 5432. A host that is a path (`?host=/var/run/postgresql`, or percent-encoded in its place) is the
/// folder of a Unix socket. Several hosts, of which one takes writes at a time, stand in a list with commas:
/// `host1:5433,host2:5432`. Cheap to clone.
#[derive(Clone)]
pub struct PostgresUrl(Arc<Address>);

struct Address {
    text: String,
    servers: Vec<PgConnectOptions>,
    connect_timeout: Option<Duration>,
    /// The server that was last connected to: the others are tried when it cannot be any more.
    preferred: AtomicUsize,
}

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
            return Err(UrlError::Malformed(
                "a question mark in a password is written %3F, and an @ among the parameters %40".to_owned(),
            ));
        }
        let names =
            parameters.split('&').filter_map(|pair| pair.split('=').next()).filter(|name| !name.is_empty());
        if let Some(unknown) = names.into_iter().find(|name| !PARAMETERS.contains(name)) {
            return Err(UrlError::Parameter(unknown.to_owned()));
        }
        let hosts::Read { addresses, connect_timeout } = hosts::read(text)?;
        let servers: Vec<PgConnectOptions> =
            addresses.iter().map(|address| server(address)).collect::<Result<_, _>>()?;
        match servers.first().map(|server| server.get_database()) {
            None | Some(None | Some("")) => Err(UrlError::NoDatabase),
            Some(Some(_)) => Ok(Self(Arc::new(Address {
                text: text.to_owned(),
                servers,
                connect_timeout,
                preferred: AtomicUsize::new(0),
            }))),
        }
    }

    /// What a connection to each server is made with, the one that was last connected to first, and its
    /// number.
    pub(super) fn servers(&self) -> impl Iterator<Item = (usize, PgConnectOptions)> {
        let (count, first) = (self.0.servers.len(), self.0.preferred.load(Ordering::Relaxed));
        let address = self.0.clone();
        (0..count)
            .map(move |nth| (first + nth) % count)
            .filter_map(move |number| Some((number, address.servers.get(number)?.clone())))
    }

    /// A connection to this server was made, and it takes writes.
    pub(super) fn prefer(&self, number: usize) {
        self.0.preferred.store(number, Ordering::Relaxed);
    }

    /// How many servers there are.
    pub(super) fn count(&self) -> usize {
        self.0.servers.len()
    }

    /// How long one server may take to let a connection in, if the address says so.
    pub(super) fn connect_timeout(&self) -> Option<Duration> {
        self.0.connect_timeout
    }

    /// Where the server is: `host:port`, or the path of its socket. Of several, all in a list with commas.
    pub fn server(&self) -> String {
        self.0.servers.iter().map(place).collect::<Vec<_>>().join(",")
    }

    /// The database.
    pub fn database(&self) -> &str {
        self.first().and_then(PgConnectOptions::get_database).unwrap_or_default()
    }

    /// The whole address with its password, to hand it to another process of Khata: through its environment,
    /// never in its arguments.
    pub fn with_password(&self) -> String {
        match &self.0.servers[..] {
            [only] => only.to_url_lossy().to_string(),
            _ => self.0.text.clone(),
        }
    }

    /// As whom one connects.
    pub fn user(&self) -> &str {
        self.first().map(PgConnectOptions::get_username).unwrap_or_default()
    }

    fn first(&self) -> Option<&PgConnectOptions> {
        self.0.servers.first()
    }
}

/// One server of an address.
fn server(address: &str) -> Result<PgConnectOptions, UrlError> {
    // A float is nowhere asked for, and what stands in between may not know the setting.
    let options = PgConnectOptions::from_str(address).map(|options| options.extra_float_digits(None));
    options.map_err(|error| match error {
        sqlx::Error::Configuration(reason) => UrlError::Malformed(reason.to_string()),
        other => UrlError::Malformed(other.to_string()),
    })
}

/// `host:port`, or the path of its socket.
pub(super) fn place(server: &PgConnectOptions) -> String {
    match server.get_socket() {
        Some(folder) => format!("{}/.s.PGSQL.{}", folder.display(), server.get_port()),
        None if server.get_host().starts_with('/') => {
            format!("{}/.s.PGSQL.{}", server.get_host(), server.get_port())
        }
        None => format!("{}:{}", server.get_host(), server.get_port()),
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
        let url = PostgresUrl::parse(
            "postgres://khata:s3cret%2F@db.example:6432/bank?sslmode=disable&password=s3cret",
        )
        .unwrap();
        assert_eq!((url.server().as_str(), url.database(), url.user()), ("db.example:6432", "bank", "khata"));
        assert_eq!(
            format!("{url} {url:?}"),
            "postgres://khata@db.example:6432/bank postgres://khata@db.example:6432/bank"
        );
        assert_eq!(PostgresUrl::parse(&url.with_password()).unwrap(), url);
        assert!(url.with_password().contains("s3cret"));
        let socket = PostgresUrl::parse("postgres:///bank?host=/run/pg&port=6000&user=khata").unwrap();
        assert_eq!(socket.server(), "/run/pg/.s.PGSQL.6000");
    }

    #[test]
    fn what_is_no_address_is_refused_without_being_repeated() {
        assert_eq!(PostgresUrl::parse("mysql://khata:s3cret@db/bank"), Err(UrlError::Scheme));
        assert_eq!(PostgresUrl::parse("postgres://khata:s3cret@db"), Err(UrlError::NoDatabase));
        assert_eq!(
            PostgresUrl::parse("postgres://khata:s3cret@db/bank?sslmod=disable"),
            Err(UrlError::Parameter("sslmod".into()))
        );
        for text in [
            "postgres://khata:s?s3cret=1@db/bank",
            "postgres://khata:p@s?s3cret@db/bank",
            "postgres://khata:s3cret@db:port/bank",
            "postgres://khata:s3cret@db:70000/bank",
            "postgres://khata:s3cret@db/bank?sslmode=s",
        ] {
            let error = PostgresUrl::parse(text).unwrap_err();
            assert!(
                matches!(error, UrlError::Malformed(_)) && !error.to_string().contains("s3cret"),
                "{error}"
            );
        }
    }

    #[test]
    fn several_servers_stand_in_a_list_and_the_last_good_one_is_tried_first() {
        let url =
            PostgresUrl::parse("postgres://khata:s3,cret@one:5433,[::1],two.example:5434/bank?target_session_attrs=read-write&connect_timeout=3")
                .unwrap();
        assert_eq!(url.to_string(), "postgres://khata@one:5433,[::1]:5432,two.example:5434/bank");
        assert_eq!((url.count(), url.connect_timeout()), (3, Some(Duration::from_secs(3))));
        let order = || url.servers().map(|(number, _)| number).collect::<Vec<_>>();
        assert_eq!(order(), [0, 1, 2]);
        url.clone().prefer(1);
        assert_eq!(order(), [1, 2, 0]);
        assert_eq!(PostgresUrl::parse(&url.with_password()).unwrap(), url);
        let listed = "postgres:///bank?user=khata&host=one,two&port=5433,5434";
        assert_eq!(PostgresUrl::parse(listed).unwrap().server(), "one:5433,two:5434");
        assert_eq!(
            PostgresUrl::parse("postgres:///bank?user=khata&host=/run/a,/run/b&port=6000").unwrap().server(),
            "/run/a/.s.PGSQL.6000,/run/b/.s.PGSQL.6000"
        );
    }

    #[test]
    fn a_failover_parameter_that_cannot_be_heeded_is_refused() {
        for wrong in [
            "target_session_attrs=standby",
            "target_session_attrs=read-only",
            "target_session_attrs=",
            "connect_timeout=soon",
            "connect_timeout=-1",
            "host=a,b,c&port=1,2",
        ] {
            let error = PostgresUrl::parse(&format!("postgres://khata@db,dc/bank?{wrong}")).unwrap_err();
            assert!(matches!(error, UrlError::Malformed(_)), "{wrong}: {error}");
        }
        assert!(PostgresUrl::parse("postgres://khata@one,/bank").is_err(), "an empty name");
    }
}
