//! A day that is split over several files. Equal movements of a day are told apart by a running number, which
//! begins anew in each file, so the second file's could pass for the first one's. The balances tell: an entry
//! that is booked stands behind another balance than the file says.

use super::{FactsOptions, FileError, Statement, naming::Names};
use jiff::civil::Date;
use std::collections::HashMap;
use uuid::Uuid;

/// What is booked of the day that a file begins with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BookedDay {
    /// The balance at the end of the day before, in minor units.
    pub before_minor: i128,
    /// Its entries in the order in which they were booked: the event, whether it is a balance brought
    /// forward, and the amount with its sign.
    pub entries: Vec<(Uuid, bool, i64)>,
}

/// The day that the file may begin within; `None` if it begins before all movements or tells no balance to
/// know it by.
pub fn begun_within(statements: &[Statement], options: &FactsOptions) -> Option<Date> {
    if !options.books.begun || !options.check_balances {
        return None;
    }
    let opening = statements.first()?.opening.filter(|opening| !opening.calculated)?;
    let first =
        statements.iter().flat_map(|statement| &statement.movements).map(|movement| movement.booked).min()?;
    (opening.date >= first).then_some(first)
}

/// No movement of the day that the file begins within would pass for one that an earlier file told.
///
/// # Errors
/// One would.
pub fn stand_apart(
    statements: &[Statement],
    options: &FactsOptions,
    day: Date,
    booked: &BookedDay,
) -> Result<(), FileError> {
    let Some(opening) = statements.first().and_then(|first| first.opening) else { return Ok(()) };
    let mut running = i128::from(opening.amount.minor());
    let brought_forward: i128 = booked
        .entries
        .iter()
        .filter(|(_, forward, _)| *forward)
        .map(|(_, _, minor)| i128::from(*minor))
        .sum();
    if running == booked.before_minor + brought_forward {
        return Ok(());
    }
    let mut before = booked.before_minor;
    let mut balances = HashMap::new();
    for (event, _, minor) in &booked.entries {
        balances.insert(*event, before);
        before += i128::from(*minor);
    }
    let mut names = Names::new(&options.account, options.format);
    for movement in
        statements.iter().flat_map(|statement| &statement.movements).filter(|movement| movement.booked == day)
    {
        let name = names.movement(movement)?;
        if balances.get(&name.event_id()).is_some_and(|before| *before != running) {
            let reason = format!(
                "the file begins within {day}, and an equal movement of that day is booked from another file: import the files of one day together"
            );
            return Err(FileError::at(movement.line, reason));
        }
        running += movement.net_minor();
    }
    Ok(())
}
