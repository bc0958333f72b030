//! The port for what operators ask of the runner that holds a projection's lease, from another process, and
//! for its answers.

use super::ViewStoreError;
use async_trait::async_trait;

/// Something that an operator asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Its number, unique in its store and growing.
    pub number: u64,
    /// The projection it is about.
    pub projection: String,
    /// What is to be done, as JSON.
    pub operation: String,
}

/// A box for requests, where those who hold the leases look. It belongs to the views: one that is a minute
/// old and was not taken is taken by nobody any more.
#[async_trait]
pub trait Requests: Send + Sync {
    /// Puts a request into the box, and tells those who hold the leases (`StoreSignals::requests`). Gives its
    /// number.
    async fn put(&self, projection: &str, operation: String) -> Result<u64, ViewStoreError>;

    /// Takes the requests about these projections that nobody has taken, the oldest first. Each is taken
    /// once.
    async fn take(&self, projections: &[String]) -> Result<Vec<Request>, ViewStoreError>;

    /// Answers a request that was taken. One that was withdrawn meanwhile is no error.
    async fn answer(&self, number: u64, answer: String) -> Result<(), ViewStoreError>;

    /// The answer to a request, if there is one yet.
    async fn answered(&self, number: u64) -> Result<Option<String>, ViewStoreError>;

    /// Takes a request out of the box, answered or not.
    async fn withdraw(&self, number: u64) -> Result<(), ViewStoreError>;
}
