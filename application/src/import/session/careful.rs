//! Facts that are decided on what is stored, piece by piece: some may be there already, one may be refused,
//! others may be quicker, or a fact needs to see in the store what stands before it.

use super::{
    super::{
        days::Days,
        judging::{bad_line, missing, named_again, reused},
        lookups::{Known, Lookups, Wanted},
        prepare::Prepared,
        report::Stop,
    },
    BUSY_PAUSE, Group, ImportSession,
};
use crate::{
    command::CommandError,
    executor::{PATIENCE, Participant},
};
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use uuid::Uuid;

/// So often facts are tried together, when others change their aggregates or import the same facts at the
/// same time, before they are parted.
const ATTEMPTS: usize = 2;

impl ImportSession<'_> {
    /// Decides facts on what is stored. While others keep changing the same aggregates the facts are parted,
    /// down to single ones, each of which comes through like any command: an import never waits for its turn
    /// for ever.
    pub(super) async fn append_carefully(&mut self, group: &Group) {
        let whole = 0..group.len();
        let mut pieces = vec![whole];
        while let Some(piece) = pieces.pop() {
            if self.is_stopped() {
                return;
            }
            // What names a source again is judged by what is stored of its first naming.
            if let Some(again) = named_again(&group[piece.clone()]) {
                pieces.push(piece.start + again..piece.end);
                pieces.push(piece.start..piece.start + again);
                continue;
            }
            match self.append_piece(&group[piece.clone()]).await {
                Ok(None) => {}
                Ok(Some(first)) => {
                    pieces.push(piece.start + first..piece.end);
                    pieces.push(piece.start..piece.start + first);
                }
                Err(_) if piece.len() > 1 => {
                    let middle = piece.start + piece.len() / 2;
                    // What stands first is done first.
                    pieces.push(middle..piece.end);
                    pieces.push(piece.start..middle);
                }
                Err(error) => self.stop = Some(Stop::Failed(error)),
            }
        }
    }

    /// Leaves out what is there already, and decides the rest on what is stored. A fact that is refused now
    /// is refused for good: what stands before it is kept. Answers how many facts must be appended first,
    /// where one needs them to be.
    ///
    /// # Errors
    /// Others were quicker, perhaps with the same facts. Nothing was done.
    async fn append_piece(&mut self, piece: &[Prepared]) -> Result<Option<usize>, CommandError> {
        let mut attempts = 0;
        loop {
            let known = match self.known(piece).await {
                Ok(known) => known,
                Err(error) => {
                    self.stop = Some(Stop::Failed(error));
                    return Ok(None);
                }
            };
            let (missing, contradiction) = missing(piece, &known);
            let whole = contradiction.map_or(piece.len(), |index| index);
            self.careful = missing.len() < piece.len();
            let lookups = Lookups::new(&known, &self.days);
            let done = self.transact(&missing, &lookups).await;
            let wanted = lookups.missing();
            if let (Err((stuck, _)), Some(wanted)) = (&done, wanted) {
                let Some(fact) = missing.get(*stuck) else { return Err(CommandError::Contended) };
                let before = piece.iter().take_while(|other| other.line < fact.line).count();
                if before > 0 {
                    return Ok(Some(before));
                }
                if !self.look_up(wanted, fact).await {
                    return Ok(None);
                }
                continue;
            }
            match done {
                Ok((events, position)) => {
                    self.count_facts(&piece[..whole], &known, whole - missing.len(), events, position);
                    self.stop = contradiction.and_then(|index| piece.get(index)).map(reused);
                    return Ok(None);
                }
                Err((_, CommandError::Overloaded)) => tokio::time::sleep(BUSY_PAUSE).await,
                Err((_, error @ (CommandError::Contended | CommandError::Internal(_)))) => {
                    attempts += 1;
                    if attempts == ATTEMPTS {
                        return Err(error);
                    }
                }
                // What is read already was read by the old settings. Whoever imports again goes on by the new
                // ones.
                Err((
                    _,
                    error @ (CommandError::Unavailable(_)
                    | CommandError::Clock(_)
                    | CommandError::SettingsChanged),
                )) => {
                    self.stop = Some(Stop::Failed(error));
                    return Ok(None);
                }
                Err((refused, error)) => {
                    return self
                        .append_before(piece, &known, &missing, (refused, error))
                        .await
                        .map(|()| None);
                }
            }
        }
    }

    /// Looks up what the first fact of a piece lacks, now that all before it is stored. Stops the import
    /// where it cannot be found.
    async fn look_up(&mut self, wanted: Wanted, fact: &Prepared) -> bool {
        match wanted {
            Wanted::Original => {
                self.stop = Some(bad_line(
                    fact.line,
                    CommandError::NotFound("entry of the source that it reverses".to_owned()),
                ))
            }
            Wanted::Days(account) => match Days::read(&*self.importer.store, account).await {
                Ok(days) => self.days.keep(account, days),
                Err(error) => self.stop = Some(Stop::Failed(error)),
            },
        }
        self.stop.is_none()
    }

    /// Keeps what stands before a refused fact, and stops there.
    ///
    /// # Errors
    /// Others were quicker. Nothing was done.
    async fn append_before(
        &mut self,
        piece: &[Prepared],
        known: &Known,
        missing: &[&Prepared],
        (refused, error): (usize, CommandError),
    ) -> Result<(), CommandError> {
        let Some((before, fact)) = missing.get(..refused).zip(missing.get(refused)) else {
            self.stop = Some(Stop::Failed(error));
            return Ok(());
        };
        let done = self.transact(before, &Lookups::new(known, &self.days)).await;
        match done {
            Ok((events, position)) => {
                let kept = piece.iter().take_while(|kept| kept.line < fact.line).count();
                self.count_facts(&piece[..kept], known, kept - before.len(), events, position);
                self.stop = Some(bad_line(fact.line, error));
            }
            Err((_, error @ CommandError::Contended)) => return Err(error),
            Err((_, error)) => self.stop = Some(Stop::Failed(error)),
        }
        Ok(())
    }

    /// What of these facts is there already.
    async fn known(&self, group: &[Prepared]) -> Result<Known, CommandError> {
        let mut ids: Vec<Uuid> = Vec::with_capacity(group.len());
        group.iter().for_each(|fact| fact.event_ids(&mut ids));
        let found = self.importer.store.find(&ids).await?;
        Ok(found.into_iter().map(|event| (event.event_id, event)).collect())
    }

    /// Decides facts on what is stored and waits until they are durable. Where one is refused, tells which. A
    /// single one is decided again while others are quicker, as any command is; several are not.
    async fn transact(
        &self,
        facts: &[&Prepared],
        lookups: &Lookups<'_>,
    ) -> Result<(u64, u64), (usize, CommandError)> {
        if facts.is_empty() {
            return Ok((0, 0));
        }
        let mut participants: Vec<Participant> = Vec::with_capacity(facts.len());
        facts.iter().for_each(|fact| fact.participants(false, &mut participants));
        let patience = if facts.len() == 1 { PATIENCE } else { Duration::ZERO };
        let deciding = AtomicUsize::new(0);
        let body = |unit: &mut crate::executor::Unit<'_>| {
            facts.iter().enumerate().try_fold(0, |events, (index, fact)| {
                deciding.store(index, Ordering::Relaxed);
                Ok(events + fact.apply(unit, lookups)? as u64)
            })
        };
        let done = self.importer.executor.transact_many(&self.context, &participants, patience, body).await;
        done.map(|(appended, events)| (events, appended.position))
            .map_err(|error| (deciding.load(Ordering::Relaxed), error))
    }
}
