//! What each day did to an account, read from the log.

use crate::{
    StreamName,
    command::CommandError,
    event_store::{EventStore, StreamRange},
};
use jiff::civil::Date;
use khata_domain::{accounts::BankAccount, ids::AccountId};
use std::collections::BTreeMap;

/// What each day did to an account, by all its events up to a version: for days that the account itself no
/// longer knows singly.
#[derive(Debug)]
pub(super) struct Days {
    pub(super) version: u64,
    nets: BTreeMap<Date, i128>,
}

impl Days {
    pub(super) async fn read(store: &dyn EventStore, account: AccountId) -> Result<Self, CommandError> {
        let events = store.read_stream(&StreamName::of::<BankAccount>(account), StreamRange::ALL).await?;
        let mut nets = BTreeMap::new();
        for recorded in &events {
            let event = recorded
                .event::<BankAccount>()
                .transpose()
                .map_err(|error| CommandError::Internal(error.to_string()))?;
            if let Some(entry) = event.as_ref().and_then(|event| event.entry()) {
                *nets.entry(entry.business_date).or_insert(0_i128) += i128::from(entry.signed_minor());
            }
        }
        Ok(Self { version: events.last().map_or(0, |last| last.version), nets })
    }

    pub(super) fn balance_at_end_of(&self, date: Date) -> i128 {
        self.nets.range(..=date).map(|(_, net)| net).sum()
    }
}
