//! The figures, in the order in which they are measured: each group on one server with a home of its own.

mod bulk;
mod commands;
mod large;
mod mixed;
mod payments;
mod temporal;

use super::{
    BenchArgs, BenchError, Figure,
    bank::{self, Bank},
    check,
    home::{Home, MeasuredStores, Namespaces},
    load::{Choice, LoadPlan, LoadReport, Mix, Pace, Request},
    loader, machine,
    server::Server,
    table::{self, Line, Verdict},
};
use std::{cell::RefCell, path::PathBuf, time::Duration};

/// One run of `khata bench`.
pub(super) struct Run {
    options: BenchArgs,
    stores: MeasuredStores,
    made: Namespaces,
    place: PathBuf,
    whole: bool,
    /// Deposits per second with nothing stored before, once P1 was measured.
    unloaded_rate: Option<f64>,
    /// What the present group has shown.
    shown: RefCell<Vec<Figure>>,
}

impl Run {
    /// A run in an empty directory.
    pub(super) fn new(options: BenchArgs, stores: MeasuredStores, place: PathBuf) -> Self {
        Self {
            options,
            stores,
            made: Namespaces::default(),
            place,
            whole: true,
            unloaded_rate: None,
            shown: RefCell::default(),
        }
    }

    /// Whether every figure asked for was measured.
    pub(super) fn is_whole(&self) -> bool {
        self.whole
    }

    /// Notes that the user has had enough.
    pub(super) fn interrupted(&mut self) {
        self.whole = false;
        table::say(&"interrupted");
    }

    /// Measures everything that was asked for.
    pub(super) async fn measure(&mut self) {
        table::say(&format!("machine: {}", machine::description()));
        table::say(&format!("stores: {}", self.stores.description()));
        match machine::fdatasync_rate(&self.place, Duration::from_secs_f64(self.options.seconds.min(2.0))) {
            Ok(rate) => {
                table::say(&format!("fdatasync of 8 KiB: {}/s ({:.0} µs)", table::grouped(rate), 1e6 / rate))
            }
            Err(error) => table::say(&format!("fdatasync of 8 KiB: FAILED {error}")),
        }
        table::say(&table::heading());
        use Figure::{Mixed, P1, P2, P3, P4, P5, P6, P7, P8, P9, P10};
        self.group(&[P1, P2, P3, P5, P8, P9, P10], async |run| commands::measure(run).await).await;
        self.group(&[Mixed], async |run| mixed::measure(run).await).await;
        self.group(&[P6], async |run| temporal::measure(run).await).await;
        self.group(&[P4, P7, P8], async |run| bulk::measure(run).await).await;
        self.group(&[P9], async |run| large::measure(run).await).await;
        table::say(&format!("load of the machine over the last minute: {}", machine::load_average()));
    }

    /// Measures a group if any of it was asked for. What goes wrong stands in the table under the figures
    /// that were asked for.
    async fn group(
        &mut self,
        figures: &[Figure],
        measure: impl AsyncFnOnce(&mut Self) -> Result<(), BenchError>,
    ) {
        if !figures.iter().any(|figure| self.options.wants(*figure)) {
            return;
        }
        self.shown.borrow_mut().clear();
        if let Err(error) = measure(self).await {
            // What was measured before stands, unless nothing is left to pin the failure to: it must be seen.
            let wanted = || figures.iter().filter(|figure| self.options.wants(**figure));
            let missing: Vec<&Figure> =
                wanted().filter(|figure| !self.shown.borrow().contains(figure)).collect();
            for figure in if missing.is_empty() { wanted().collect() } else { missing } {
                self.show(Line::failed(*figure, &error));
            }
            self.whole = false;
        }
    }

    /// Prints a line, if its figure was asked for.
    fn show(&self, line: Line) {
        if self.options.wants(line.figure) {
            self.shown.borrow_mut().push(line.figure);
            table::say(&line);
        }
    }

    /// Drops the namespaces of groups that came to no good end.
    pub(super) async fn clean(&self) -> Result<(), BenchError> {
        self.made.drop_all().await
    }

    /// A home for the server of a group.
    fn home(&self, name: &str) -> Result<Home, BenchError> {
        self.stores.home(&self.place, name, &self.made)
    }

    /// A plan of the usual kind, to be changed where it differs.
    fn plan(&self, server: &Server, connections: u16, requests: Vec<Request>) -> LoadPlan {
        LoadPlan {
            address: server.address,
            connections: usize::from(connections),
            pace: Pace::OneAfterAnother,
            seconds: self.options.seconds,
            most: u64::MAX,
            choice: Choice::AtRandom,
            requests,
            watch: None,
            mix: None,
        }
    }
}
