//! Notices to customers, written to the log: for deployments that read them from there, and for those that tell
//! customers by other means. What is written names the customer by id and nothing personal.

use async_trait::async_trait;
use khata_application::{
    accounts::onboarding::{Notice, Notifier},
    processes::CallError,
};
use khata_domain::ids::CustomerId;

/// Writes notices as lines of the log, under the target `notice`.
#[derive(Debug, Clone, Copy, Default)]
pub struct LoggedNotices;

#[async_trait]
impl Notifier for LoggedNotices {
    async fn notify(&self, key: &str, customer_id: CustomerId, notice: Notice) -> Result<(), CallError> {
        match notice {
            Notice::Welcome(Some(account_id)) => {
                tracing::info!(target: "notice", key, %customer_id, %account_id, "the customer is verified and has an account");
            }
            Notice::Welcome(None) => {
                tracing::info!(target: "notice", key, %customer_id, "the customer is verified");
            }
            Notice::Rejected => {
                tracing::info!(target: "notice", key, %customer_id, "the customer could not be verified");
            }
        }
        Ok(())
    }
}
