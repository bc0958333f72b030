//! Naming an entry of an account from outside.

use super::{AccountId, TransactionId};
use serde::{Deserialize, Serialize};

/// An entry of an account: where money for something else came from, or went to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountTransaction {
    pub account_id: AccountId,
    pub transaction_id: TransactionId,
}
