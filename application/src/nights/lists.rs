//! The port to the views that know which subjects there are.

use async_trait::async_trait;
use jiff::civil::Date;
use khata_domain::nights::Failure;

/// Whom a phase asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subjects {
    /// Accounts that are not closed.
    Accounts,
    /// Cards that are not closed.
    Cards,
    /// Loans that are being repaid.
    Loans,
}

/// What views know that nights need. Questions for a position wait until the view has seen it.
#[async_trait]
pub trait NightLists: Send + Sync {
    /// The next subjects by name, behind one; nothing when there are no more.
    ///
    /// # Errors
    /// The view cannot be asked, or does not come that far.
    async fn page(
        &self,
        subjects: Subjects,
        position: u64,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, String>;

    /// The date of the latest night that has finished.
    ///
    /// # Errors
    /// Those of [`NightLists::page`].
    async fn latest_night(&self, position: u64) -> Result<Option<Date>, String>;

    /// What is not as it should be now: views whose subjects wait for an operator.
    ///
    /// # Errors
    /// The views cannot be asked.
    async fn wrong(&self) -> Result<Vec<Failure>, String>;
}
