//! A projection whose partitions are parked together.

use crate::notes::{Faults, Notes, Sum};
use khata_application::Recorded;
use khata_projections::{FoldError, Projection, Row, RowChanges, Table, row};
use std::{borrow::Cow, sync::Arc};

/// Notes by page: those of even and those of odd amounts. The pages of a notebook are parked together.
#[derive(Debug, Clone, Default)]
pub struct Pages(pub Arc<Faults>);

row! {
    /// One row per page of a notebook.
    pub struct PageRow in "pages", partition notebook, key [notebook, page] {
        pub notebook: String,
        pub page: String,
        pub sum: i64,
    }
}

impl Projection for Pages {
    const NAME: &'static str = "pages";
    const VERSION: u32 = 1;
    const TABLES: &'static [&'static Table] = &[PageRow::TABLE];
    type State = Sum;

    fn partition<'e>(&self, event: &'e Recorded) -> Option<Cow<'e, str>> {
        let notebook = Notes(self.0.clone()).place(event)?;
        match Notes(self.0.clone()).amount(event) {
            Ok(amount) => Some(format!("{}/{notebook}", if amount % 2 == 0 { "even" } else { "odd" }).into()),
            Err(_) => Some(notebook),
        }
    }

    fn parked_as(partition: &str) -> &str {
        partition.split_once('/').map_or(partition, |(_, notebook)| notebook)
    }

    fn fold(&self, state: &mut Sum, event: &Recorded, _rows: &mut RowChanges) -> Result<(), FoldError> {
        Notes(self.0.clone()).add(state, event, &mut RowChanges::default())
    }

    fn summarize(&self, partition: &str, state: &Sum, rows: &mut RowChanges) {
        let unshowable = *self.0.unshowable.lock().unwrap();
        if let Some((page, notebook)) = partition.split_once('/') {
            assert!(
                unshowable.is_none_or(|(of, from)| of.to_string() != notebook || state.sum < from),
                "ordered: no row"
            );
            rows.upsert(PageRow { notebook: notebook.to_owned(), page: page.to_owned(), sum: state.sum });
        }
    }
}
