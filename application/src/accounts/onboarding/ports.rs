//! The ports of onboarding: who verifies identities, and who tells customers.

use super::definition::Notice;
use crate::processes::CallError;
use async_trait::async_trait;
use khata_domain::{Text, customers::customer::Profile, ids::CustomerId};

/// Whom a provider is asked about.
#[derive(Debug, Clone, PartialEq)]
pub struct KycQuestion {
    /// What was known of the customer when the question came up: under one key always the same.
    pub profile: Profile,
}

/// What a provider found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KycVerdict {
    /// Whether the customer is who they say.
    pub verified: bool,
    /// Why; a rejection has at least one reason.
    pub reasons: Vec<Text<500>>,
}

/// Verifies identities.
#[async_trait]
pub trait KycProvider: Send + Sync + 'static {
    /// Asks whether a customer is who they say. A provider that is asked again under a key answers with the verdict that
    /// it gave before. That it is still at it is no verdict, and not to be kept as one: asked again later, it gives its
    /// verdict.
    ///
    /// # Errors
    /// There is no verdict yet: the provider is away, is still at it, or answers what cannot be understood.
    async fn verify(&self, key: &str, question: &KycQuestion) -> Result<KycVerdict, CallError>;
}

/// Tells customers.
#[async_trait]
pub trait Notifier: Send + Sync + 'static {
    /// Tells a customer something, once for each key.
    ///
    /// # Errors
    /// It is not known whether the customer was told.
    async fn notify(&self, key: &str, customer_id: CustomerId, notice: Notice) -> Result<(), CallError>;
}
