//! `khata eod`: the end of a day, or of several.

use crate::{
    client::Client,
    failure::Failure,
    options::GlobalOptions,
    output::{self, Bar},
};
use clap::Args;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::json;
use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

/// How often a server is asked how far it is.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Which nights to run.
#[derive(Debug, Args)]
pub struct Eod {
    /// The business date to end: today at the latest, and the one behind the latest night that has finished.
    #[arg(long, env = "KHATA_EOD_DATE", value_name = "DATE")]
    date: Date,
    /// Up to this date, one night after another.
    #[arg(long, env = "KHATA_EOD_THROUGH", value_name = "DATE")]
    through: Option<Date>,
}

#[derive(Deserialize)]
struct Answered {
    nights: Vec<Shown>,
}

#[derive(Deserialize)]
struct Shown {
    date: Date,
    phases: Vec<Phase>,
}

#[derive(Deserialize)]
struct Phase {
    phase: String,
    processed: u64,
    skipped: BTreeMap<String, u64>,
    failed: BTreeMap<String, u64>,
    failures: Vec<Failed>,
}

#[derive(Deserialize)]
struct Failed {
    subject: String,
    message: String,
}

#[derive(Deserialize)]
struct Progress {
    seen: u64,
}

pub(super) fn run(options: &GlobalOptions, Eod { date, through }: &Eod) -> Result<(), Failure> {
    let client = Client::reach_for_nights(options)?;
    let body = json!({ "date": date, "through": through });
    let is_over = AtomicBool::new(false);
    let answered: Result<Answered, Failure> = std::thread::scope(|scope| {
        if let Client::Server(_) = &client {
            scope.spawn(|| watch(options, &is_over));
        }
        let answered = client.post("/v1/admin/eod", &body).and_then(|reply| reply.read());
        is_over.store(true, Ordering::Relaxed);
        answered
    });
    let mut failures = 0;
    for Shown { date, phases } in answered?.nights {
        output::say(&format!("night of {date}"))?;
        let told = |counts: &BTreeMap<String, u64>| match counts.is_empty() {
            true => "0".to_owned(),
            false => {
                counts.iter().map(|(why, count)| format!("{count} {why}")).collect::<Vec<_>>().join(", ")
            }
        };
        let rows = phases.iter().map(|phase| {
            [phase.phase.clone(), phase.processed.to_string(), told(&phase.skipped), told(&phase.failed)]
        });
        output::table(["PHASE", "PROCESSED", "SKIPPED", "FAILED"], rows)?;
        for Failed { subject, message } in phases.iter().flat_map(|phase| &phase.failures) {
            output::complain(&format!("{subject}: {message}"));
        }
        failures += phases.iter().flat_map(|phase| phase.failed.values()).sum::<u64>();
    }
    match failures {
        0 => Ok(()),
        failures => {
            Err(Failure::new(format!("{failures} subjects were left as they were; all others are done")))
        }
    }
}

/// Shows how far a server is, until it is over. What cannot be asked now is asked again.
fn watch(options: &GlobalOptions, is_over: &AtomicBool) {
    let Ok(client) = Client::reach(options) else { return };
    let bar = Bar::of("subjects", 0);
    while !is_over.load(Ordering::Relaxed) {
        std::thread::sleep(LOOK_EVERY);
        let asked = client.get("/v1/admin/eod/progress").and_then(|reply| reply.read::<Progress>());
        asked.into_iter().for_each(|progress| bar.at(progress.seen));
    }
    bar.clear();
}
