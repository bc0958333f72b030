//! What nights are decided with: a night takes its time, so each page is decided at its own instant, by the settings of
//! that.

use crate::{Clock, Executor, Loans, command::CommandContext, settings::SettingsBook};
use jiff::civil::Date;
use std::sync::Arc;

/// The executor, and what a context is renewed by.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) executor: Arc<Executor>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) book: Arc<SettingsBook>,
    pub(super) loans: Loans,
}

impl Desk {
    /// The same circumstances now, for the end of a day.
    pub(super) fn now(&self, asked: &CommandContext, date: Date) -> CommandContext {
        let now = self.clock.now().max(asked.now);
        let renewed = CommandContext {
            now,
            settings: self.book.in_force(),
            idempotency_key: None,
            if_match: None,
            ..asked.clone()
        };
        renewed.at_end_of(date)
    }
}
