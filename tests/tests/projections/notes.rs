//! A small aggregate and its projection, with faults to order: events that fail or panic, and a gate that
//! holds a fold.

use khata_application::{Recorded, codec::DecodeError};
use khata_domain::{
    Aggregate, DecisionContext, DomainEvent, Rules,
    aggregate::Command,
    ids::{AccountId, CustomerId},
};
use khata_projections::{FoldError, Projection, Row, RowChanges, Table, row};
use serde::{Deserialize, Serialize};
use std::{
    borrow::Cow,
    collections::BTreeSet,
    sync::{Arc, Condvar, Mutex},
};

/// A notebook of amounts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Notebook;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteEvent {
    Noted { amount: i64 },
}

impl DomainEvent for NoteEvent {
    const SCHEMA: &'static [(&'static str, u32)] = &[("noted", 1)];
}

#[derive(Debug, Clone, PartialEq, thiserror::Error, Serialize)]
#[error("never")]
pub struct Never;

impl Command<Notebook> for i64 {
    fn decide_on(self, _: &Notebook, _: DecisionContext<'_>, _: Rules) -> Result<Vec<NoteEvent>, Never> {
        Ok(vec![NoteEvent::Noted { amount: self }])
    }
}

impl Aggregate for Notebook {
    const CATEGORY: &'static str = "notebook";
    const STATE_SCHEMA: u32 = 1;
    type Id = AccountId;
    type Command = i64;
    type Event = NoteEvent;
    type Error = Never;

    fn evolve(&mut self, _: &NoteEvent) {}

    fn owner(&self) -> Option<CustomerId> {
        None
    }
}

/// What goes wrong, by amount. Shared, so that a test can mend it.
#[derive(Debug, Default)]
pub struct Faults {
    pub refused: Mutex<BTreeSet<i64>>,
    pub panics: Mutex<BTreeSet<i64>>,
    pub unplaced: Mutex<BTreeSet<i64>>,
    /// A notebook whose row cannot be built from this sum on.
    pub unshowable: Mutex<Option<(AccountId, i64)>>,
    /// This build knows what a newer one wrote.
    pub learned: Mutex<bool>,
    /// Folding waits while it is closed.
    pub gate: Gate,
}

impl Faults {
    pub fn mend(&self) {
        for faults in [&self.refused, &self.panics, &self.unplaced] {
            faults.lock().unwrap().clear();
        }
        *self.unshowable.lock().unwrap() = None;
    }
}

fn ordered(faults: &Mutex<BTreeSet<i64>>, amount: i64) -> bool {
    faults.lock().unwrap().contains(&amount)
}

/// A gate that is open unless it is closed.
#[derive(Debug, Default)]
pub struct Gate {
    closed: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    pub fn close(&self) {
        *self.closed.lock().unwrap() = true;
    }

    pub fn open(&self) {
        *self.closed.lock().unwrap() = false;
        self.opened.notify_all();
    }

    fn pass(&self) {
        let closed = self.closed.lock().unwrap();
        drop(self.opened.wait_while(closed, |closed| *closed).unwrap());
    }
}

row! {
    /// One row per note.
    pub struct NoteRow in "notes", partition notebook, key [position], index [notebook, position] {
        pub position: i64,
        pub notebook: String,
        pub amount: i64,
        pub sum: i64,
    }
}

row! {
    /// One row per notebook.
    pub struct NotebookRow in "notebooks", partition notebook, key [notebook] {
        pub notebook: String,
        pub notes: i64,
        pub sum: i64,
    }
}

/// The amount of an event that a newer build wrote.
pub const LEARNED: i64 = 1_000;

/// The projection of notebooks.
#[derive(Debug, Clone, Default)]
pub struct Notes(pub Arc<Faults>);

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Sum {
    notes: i64,
    pub sum: i64,
}

impl Notes {
    pub fn amount(&self, event: &Recorded) -> Result<i64, DecodeError> {
        match event.event::<Notebook>() {
            Some(Ok(NoteEvent::Noted { amount })) => Ok(*amount),
            Some(Err(DecodeError::NewerSchema { .. })) if *self.0.learned.lock().unwrap() => Ok(LEARNED),
            Some(Err(error)) => Err(error),
            None => panic!("partitions let no other events through"),
        }
    }

    pub fn place<'e>(&self, event: &'e Recorded) -> Option<Cow<'e, str>> {
        let place = (event.stream.category() == Notebook::CATEGORY).then(|| event.stream.id().into());
        if place.is_some() && self.amount(event).is_ok_and(|amount| ordered(&self.0.unplaced, amount)) {
            panic!("ordered: no place");
        }
        place
    }

    pub fn add(&self, state: &mut Sum, event: &Recorded, rows: &mut RowChanges) -> Result<(), FoldError> {
        self.0.gate.pass();
        // The state and the rows are touched before anything fails: the runner has to put both right.
        let amount = self.amount(event)?;
        state.notes += 1;
        state.sum += amount;
        let notebook = event.stream.id().to_owned();
        rows.upsert(NoteRow { position: event.position as i64, notebook, amount, sum: state.sum });
        assert!(!ordered(&self.0.panics, amount), "ordered: a panic");
        if ordered(&self.0.refused, amount) {
            return Err(FoldError::Contradiction("ordered: a refusal".into()));
        }
        Ok(())
    }

    fn show(&self, notebook: &str, state: &Sum, rows: &mut RowChanges) {
        let unshowable = *self.0.unshowable.lock().unwrap();
        assert!(
            unshowable.is_none_or(|(of, from)| of.to_string() != notebook || state.sum < from),
            "ordered: no row"
        );
        rows.upsert(NotebookRow { notebook: notebook.to_owned(), notes: state.notes, sum: state.sum });
    }
}

impl Projection for Notes {
    const NAME: &'static str = "notes";
    const VERSION: u32 = 1;
    const TABLES: &'static [&'static Table] = &[NoteRow::TABLE, NotebookRow::TABLE];
    type State = Sum;

    fn partition<'e>(&self, event: &'e Recorded) -> Option<Cow<'e, str>> {
        self.place(event)
    }

    fn fold(&self, state: &mut Sum, event: &Recorded, rows: &mut RowChanges) -> Result<(), FoldError> {
        self.add(state, event, rows)
    }

    fn summarize(&self, notebook: &str, state: &Sum, rows: &mut RowChanges) {
        self.show(notebook, state, rows);
    }
}

/// The same projection with the next VERSION: a notebook's row tells sums times ten.
#[derive(Debug, Clone, Default)]
pub struct NotesTimesTen(pub Arc<Faults>);

impl Projection for NotesTimesTen {
    const NAME: &'static str = "notes";
    const VERSION: u32 = 2;
    const TABLES: &'static [&'static Table] = Notes::TABLES;
    type State = Sum;

    fn partition<'e>(&self, event: &'e Recorded) -> Option<Cow<'e, str>> {
        Notes(self.0.clone()).place(event)
    }

    fn fold(&self, state: &mut Sum, event: &Recorded, rows: &mut RowChanges) -> Result<(), FoldError> {
        Notes(self.0.clone()).add(state, event, rows)
    }

    fn summarize(&self, notebook: &str, state: &Sum, rows: &mut RowChanges) {
        rows.upsert(NotebookRow { notebook: notebook.to_owned(), notes: state.notes, sum: state.sum * 10 });
    }
}

row! {
    /// A notebook's row with a column that earlier versions lack.
    pub struct WideNotebookRow in "notebooks", partition notebook, key [notebook] {
        pub notebook: String,
        pub doubled: i64,
    }
}

/// The same projection with the next VERSION and another column.
#[derive(Debug, Clone, Default)]
pub struct WideNotes(pub Arc<Faults>);

impl Projection for WideNotes {
    const NAME: &'static str = "notes";
    const VERSION: u32 = 3;
    const TABLES: &'static [&'static Table] = &[WideNotebookRow::TABLE];
    type State = Sum;

    fn partition<'e>(&self, event: &'e Recorded) -> Option<Cow<'e, str>> {
        Notes(self.0.clone()).place(event)
    }

    fn fold(&self, state: &mut Sum, event: &Recorded, _rows: &mut RowChanges) -> Result<(), FoldError> {
        Notes(self.0.clone()).add(state, event, &mut RowChanges::default())
    }

    fn summarize(&self, notebook: &str, state: &Sum, rows: &mut RowChanges) {
        rows.upsert(WideNotebookRow { notebook: notebook.to_owned(), doubled: state.sum * 2 });
    }
}

/// A projection of the same events whose states are large, so that not all of them stay in memory.
#[derive(Debug, Clone, Default)]
pub struct HeavyNotes;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct HeavySum {
    sum: i64,
    ballast: String,
}

row! {
    pub struct HeavyRow in "heavy_notebooks", partition notebook, key [notebook] {
        pub notebook: String,
        pub sum: i64,
    }
}

impl Projection for HeavyNotes {
    const NAME: &'static str = "heavy_notes";
    const VERSION: u32 = 1;
    const TABLES: &'static [&'static Table] = &[HeavyRow::TABLE];
    type State = HeavySum;

    fn partition<'e>(&self, event: &'e Recorded) -> Option<Cow<'e, str>> {
        Notes::default().place(event)
    }

    fn fold(&self, state: &mut HeavySum, event: &Recorded, _rows: &mut RowChanges) -> Result<(), FoldError> {
        state.sum += Notes::default().amount(event)?;
        state.ballast = "x".repeat(80_000);
        Ok(())
    }

    fn summarize(&self, notebook: &str, state: &HeavySum, rows: &mut RowChanges) {
        rows.upsert(HeavyRow { notebook: notebook.to_owned(), sum: state.sum });
    }
}
