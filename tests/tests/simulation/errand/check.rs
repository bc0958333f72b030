//! What must hold when all is over.

use super::{
    errand_definition::{Ask, Errand},
    errand_outside::Outside,
    purse::{Purse, PurseEvent},
};
use khata_application::{
    Recorded,
    processes::{Instance, Outcome, ProcessEvent},
};
use khata_domain::ids::{AccountId, OrderId};
use std::collections::BTreeMap;

pub fn check<const FAULT: u8>(
    events: &[Recorded],
    outside: &Outside,
    sent: &[OrderId],
    filled: i64,
) -> Result<(), String> {
    let books = outside.books.lock().unwrap();
    if let Some(breach) = books.breaches.first() {
        return Err(breach.clone());
    }
    let own = |errand: &OrderId| {
        let stream = format!("process_errand-{errand}");
        once::<FAULT>(&stream, events.iter().filter(|event| event.stream.as_str() == stream))
    };
    // What happened twice says more than what did not come to an end because of it.
    let outcomes = sent.iter().map(own).collect::<Result<Vec<_>, String>>()?;
    for (errand, outcome) in sent.iter().zip(outcomes) {
        let stream = format!("process_errand-{errand}");
        let outcome = outcome.ok_or_else(|| format!("{stream} has no end"))?;
        let paid = |wanted: fn(&Ask) -> bool| {
            let of_it = |key: &str| key.strip_prefix(&stream).is_some_and(|rest| rest.starts_with('/'));
            books.done.iter().filter(|(key, ask, _)| of_it(key) && wanted(ask)).count()
        };
        let counts =
            (paid(|ask| matches!(ask, Ask::Pay { .. })), paid(|ask| matches!(ask, Ask::Refund { .. })));
        let fits = match outcome {
            Outcome::Completed => counts == (1, 0) || FAULT != 0,
            Outcome::Failed(_) => counts == (0, 0),
            Outcome::Compensated => counts.0 == counts.1 && counts.0 <= 1,
        };
        if !fits {
            return Err(format!("{stream} is {outcome:?} and was paid and refunded {counts:?} times"));
        }
        reversed(events, *errand)?;
    }
    conserved(events, &books.done.iter().map(|(_, ask, _)| ask.clone()).collect::<Vec<_>>(), filled)
}

/// Its timer fires once. Gives how it ended.
fn once<'e, const FAULT: u8>(
    stream: &str,
    own: impl Iterator<Item = &'e Recorded>,
) -> Result<Option<Outcome>, String> {
    let (mut outcome, mut fired) = (None, 0);
    for event in own {
        let happened =
            event.event::<Instance<Errand<FAULT>>>().expect("an event of an errand").expect("known");
        match happened {
            ProcessEvent::TimerFired(timer) => {
                fired += 1;
                if fired > 1 {
                    return Err(format!("{stream}: {} fired twice", timer.timer));
                }
            }
            ProcessEvent::Ended(ended) => outcome = Some(ended.outcome.clone()),
            _ => {}
        }
    }
    Ok(outcome)
}

/// What was done last is undone first.
fn reversed(events: &[Recorded], errand: OrderId) -> Result<(), String> {
    let purse_of = |event: &Recorded| event.stream.id().parse::<AccountId>().ok();
    let mut standing: Vec<(Option<AccountId>, bool)> = Vec::new();
    for event in events {
        let Some(Ok(happened)) = event.event::<Purse>() else { continue };
        let (moved, out) = match happened {
            PurseEvent::Taken(moved) if moved.errand == errand => (moved, true),
            PurseEvent::Put(moved) if moved.errand == errand => (moved, false),
            _ => continue,
        };
        let place = standing.iter().position(|(purse, was_out)| *purse == purse_of(event) && *was_out != out);
        match place {
            Some(place) if place + 1 < standing.len() => {
                return Err(format!(
                    "{errand}: what {} undoes was undone before what came after it",
                    moved.step
                ));
            }
            Some(_) => drop(standing.pop()),
            None => standing.push((purse_of(event), out)),
        }
    }
    Ok(())
}

/// What is in the purses, and what was paid outside, is what was filled in.
fn conserved(events: &[Recorded], done: &[Ask], filled: i64) -> Result<(), String> {
    let purses: BTreeMap<String, i64> = events.iter().fold(BTreeMap::new(), |mut purses, event| {
        if let Some(Ok(happened)) = event.event::<Purse>() {
            *purses.entry(event.stream.to_string()).or_default() += match happened {
                PurseEvent::Filled(filled) => filled.amount,
                PurseEvent::Taken(moved) => -moved.amount,
                PurseEvent::Put(moved) => moved.amount,
                PurseEvent::Sent(_) => 0,
            };
        }
        purses
    });
    let outside: i64 = done
        .iter()
        .map(|ask| match ask {
            Ask::Pay { amount } => *amount,
            Ask::Refund { amount } => -amount,
        })
        .sum();
    let all = purses.values().sum::<i64>() + outside;
    if all == filled {
        Ok(())
    } else {
        Err(format!("{all} is there in the end, {filled} was: {purses:?}, outside {outside}"))
    }
}
