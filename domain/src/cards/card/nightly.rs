//! What is due for a card at the end of a day. It follows from the state alone, so whoever asks again after it is done is
//! told so.

use super::{CardCommand, ChargeInterest, CloseStatement, CreditCard, ExpireAuthorization};
use crate::{Due, Evening};
use jiff::civil::Date;

impl CreditCard {
    /// Authorisations whose time has passed.
    pub fn authorizations_to_expire(&self, evening: &Evening) -> Due<CardCommand> {
        let passed = self.open.iter().filter(|open| !open.counts_at(evening.ends_at));
        let expire = |authorization_id| ExpireAuthorization { authorization_id }.into();
        Due::of(passed.map(|open| expire(open.authorization_id)).collect())
    }

    /// The interest of the period and its statement, on the card's closing day: the day of the month on which it was
    /// issued, or the last of a month that has no such day.
    pub fn statement_to_close(&self, evening: &Evening) -> Due<CardCommand> {
        let Some(issued_on) = self.issuance().map(|issuance| issuance.issued_on) else { return Due::Nothing };
        let date = evening.date;
        if date <= issued_on || !closes_on(issued_on, date) {
            return Due::Nothing;
        }
        if self.ledger.closed_through().is_some_and(|closed| date <= closed) {
            return Due::Done;
        }
        if self.closed {
            return Due::Left("card_closed");
        }
        let is_charged = self.ledger.interest_is_charged()
            || self.ledger.interest_charged_for().is_some_and(|charged_for| charged_for >= date);
        let interest = (!is_charged).then(|| ChargeInterest { date }.into());
        Due::Commands(interest.into_iter().chain([CloseStatement { closing_date: date }.into()]).collect())
    }
}

fn closes_on(issued_on: Date, date: Date) -> bool {
    date.day() == issued_on.day().min(date.days_in_month())
}
