//! Where stores are, as their URLs say. A URL may hold a password: what is told of it never repeats the text.

use khata_application::Namespace;
use khata_infrastructure::postgres::{PostgresUrl, UrlError};
use std::{
    fmt,
    path::{Path, PathBuf},
};

/// Under this folder of a directory lie those of other namespaces than `main`.
const NAMESPACES: &str = "namespaces";

/// Where a store is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum StoreUrl {
    /// SQLite, in a directory that this process holds.
    Sqlite(PathBuf),
    /// PostgreSQL.
    Postgres(Box<PostgresUrl>),
}

/// Where the stores of one namespace are.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StoreUrls {
    pub(crate) events: StoreUrl,
    pub(crate) views: StoreUrl,
}

/// Why a URL names no store. It names the option and never the URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreUrlError {
    /// It is no URL.
    #[error("{option} is no URL: {}", THERE_ARE)]
    NoUrl { option: &'static str },
    /// No store has this scheme.
    #[error("{option}: {scheme}:// is no store that Khata knows: {}", THERE_ARE)]
    UnknownScheme { option: &'static str, scheme: String },
    /// Known, but not in this version.
    #[error("{technology} ({option}) is not available in this version of Khata: {}", THERE_ARE)]
    NotYet {
        option: &'static str,
        /// The technology behind the scheme.
        technology: &'static str,
    },
    /// The directory is not named from the root on.
    #[error(
        "{option}: sqlite:// alone is the data directory; another directory is named in full, as in sqlite:///var/lib/khata"
    )]
    Relative { option: &'static str },
    /// PostgreSQL cannot be found by it.
    #[error("{option}: {reason}")]
    Postgres { option: &'static str, reason: UrlError },
}

const THERE_ARE: &str = "there are sqlite://, sqlite:///directory and postgres://user@host/database";

impl StoreUrls {
    /// Reads the URLs of both stores.
    ///
    /// # Errors
    /// See [`StoreUrlError`].
    pub(crate) fn read(
        data_dir: &Path,
        namespace: &Namespace,
        events: &str,
        views: &str,
    ) -> Result<Self, StoreUrlError> {
        let read = |option, text| StoreUrl::read(option, text, data_dir, namespace);
        Ok(Self { events: read("--events-url", events)?, views: read("--views-url", views)? })
    }

    /// The directories that a process holds for them, each once.
    pub(crate) fn directories(&self) -> Vec<&Path> {
        let mut directories: Vec<&Path> =
            [&self.events, &self.views].into_iter().filter_map(StoreUrl::directory).collect();
        directories.dedup();
        directories
    }
}

impl StoreUrl {
    fn read(
        option: &'static str,
        text: &str,
        data_dir: &Path,
        namespace: &Namespace,
    ) -> Result<Self, StoreUrlError> {
        let (scheme, rest) = text.split_once("://").ok_or(StoreUrlError::NoUrl { option })?;
        match (scheme, rest) {
            ("sqlite", "") => Ok(Self::Sqlite(of_namespace(data_dir, namespace))),
            ("sqlite", path) if path.starts_with('/') => {
                Ok(Self::Sqlite(of_namespace(Path::new(path), namespace)))
            }
            ("sqlite", _) => Err(StoreUrlError::Relative { option }),
            ("postgres" | "postgresql", _) => {
                let url =
                    PostgresUrl::parse(text).map_err(|reason| StoreUrlError::Postgres { option, reason })?;
                Ok(Self::Postgres(Box::new(url)))
            }
            ("esdb" | "kurrentdb", _) => Err(StoreUrlError::NotYet { option, technology: "KurrentDB" }),
            _ if is_scheme(scheme) => Err(StoreUrlError::UnknownScheme { option, scheme: scheme.to_owned() }),
            _ => Err(StoreUrlError::NoUrl { option }),
        }
    }

    /// The directory, if it is one.
    pub(crate) fn directory(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => Some(path),
            Self::Postgres(_) => None,
        }
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => path.display().fmt(f),
            Self::Postgres(url) => url.fmt(f),
        }
    }
}

/// Each namespace has a directory of its own, with its own lock and secret; that of `main` is the directory
/// itself.
fn of_namespace(directory: &Path, namespace: &Namespace) -> PathBuf {
    if *namespace == Namespace::default() {
        directory.to_owned()
    } else {
        directory.join(NAMESPACES).join(namespace.as_str())
    }
}

/// What stands before `://` is repeated only if it can be nothing but a scheme.
fn is_scheme(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    text.len() <= 20
        && text.bytes().next().is_some_and(|first| first.is_ascii_alphabetic())
        && text.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(namespace: &str, events: &str, views: &str) -> Result<StoreUrls, StoreUrlError> {
        StoreUrls::read(Path::new("/data"), &Namespace::parse(namespace).unwrap(), events, views)
    }

    #[test]
    fn sqlite_is_the_data_directory_or_one_that_is_named_in_full() {
        let urls = read("main", "sqlite://", "sqlite://").unwrap();
        assert_eq!(urls.directories(), [Path::new("/data")]);
        let urls = read("main", "sqlite:///srv/log", "sqlite://").unwrap();
        assert_eq!(urls.directories(), [Path::new("/srv/log"), Path::new("/data")]);
        assert_eq!(
            read("main", "sqlite://", "sqlite://here"),
            Err(StoreUrlError::Relative { option: "--views-url" })
        );
    }

    #[test]
    fn each_namespace_has_a_directory_of_its_own() {
        let urls = read("blue", "sqlite://", "sqlite:///srv/views").unwrap();
        assert_eq!(
            urls.directories(),
            [Path::new("/data/namespaces/blue"), Path::new("/srv/views/namespaces/blue")]
        );
    }

    #[test]
    fn stores_can_be_of_different_kinds() {
        let urls = read("main", "postgres://khata:hidden@db/bank", "sqlite://").unwrap();
        assert_eq!(urls.events.to_string(), "postgres://khata@db:5432/bank");
        assert_eq!(urls.directories(), [Path::new("/data")]);
        let both = read("main", "postgresql://db/bank", "postgres://db/bank").unwrap();
        assert_eq!((both.directories().len(), both.events == both.views), (0, true));
    }

    #[test]
    fn what_names_no_store_is_refused_with_what_does_and_without_its_password() {
        for (url, told) in [
            (
                "mysql://root:hidden@db/bank",
                "--events-url: mysql:// is no store that Khata knows: there are sqlite://",
            ),
            ("hidden", "--events-url is no URL: there are"),
            ("p:hidden@db://x", "--events-url is no URL"),
            (
                "esdb://admin:hidden@db:2113",
                "KurrentDB (--events-url) is not available in this version of Khata",
            ),
            ("postgres://khata:hidden@db", "--events-url: the address names no database"),
        ] {
            let error = read("main", url, "sqlite://").unwrap_err().to_string();
            assert!(error.starts_with(told) && !error.contains("hidden"), "{error}");
        }
    }
}
