//! `khata projections`: how far the read models are, rebuilding them, what they have parked.

mod arguments;

pub use arguments::Projections;

use arguments::{Parked, Skipped};

use crate::{
    client::Client,
    failure::Failure,
    options::GlobalOptions,
    output::{self, Bar, table},
    shown,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;
use std::{thread, time::Duration};

/// How often a rebuild's progress is asked for.
const PROGRESS_EVERY: Duration = Duration::from_millis(200);

/// A list, as the API answers it.
#[derive(Debug, Deserialize)]
struct Listed<T> {
    items: Vec<T>,
}

/// A page of what is listed.
#[derive(Debug, Deserialize)]
struct Page<T> {
    items: Vec<T>,
    next_cursor: Option<String>,
}

/// What is shown of a projection.
#[derive(Debug, Deserialize)]
struct Projection {
    name: String,
    version: u32,
    state: String,
    position: u64,
    lag_events: u64,
    lag_seconds: f64,
    parked: u64,
    #[serde(default)]
    parked_newer_schema: u64,
    #[serde(default)]
    skipped: u64,
    generation: Option<u64>,
    rebuild: Option<Progress>,
    comparison: Option<Comparison>,
    holder: Option<String>,
    error: Option<String>,
}

/// How far a rebuild has come.
#[derive(Debug, Deserialize)]
struct Progress {
    position: u64,
    head: u64,
}

/// A rebuild that has begun.
#[derive(Debug, Deserialize)]
struct Started {
    generation: u64,
}

/// What a comparing rebuild found.
#[derive(Debug, Deserialize)]
struct Comparison {
    position: u64,
    tables: Vec<Difference>,
}

/// How two generations of one table differ.
#[derive(Debug, Deserialize)]
struct Difference {
    table: String,
    only_old: u64,
    only_new: u64,
    changed: u64,
    examples: Vec<String>,
}

/// What is shown of a parked partition.
#[derive(Debug, Deserialize)]
struct ParkedPartition {
    id: String,
    projection: String,
    partition: String,
    position: u64,
    attempts: u32,
    waiting: u64,
    #[serde(default)]
    cause: String,
    error: String,
}

/// What is shown of an event that is left out.
#[derive(Debug, Deserialize)]
struct SkippedEvent {
    projection: String,
    partition: String,
    position: u64,
    skipped_at: String,
    error: String,
}

/// What a retry or skip came to.
#[derive(Debug, Deserialize)]
struct Replay {
    folded: u64,
    id: Option<String>,
    error: Option<String>,
}

pub(super) fn run(options: &GlobalOptions, what: &Projections) -> Result<(), Failure> {
    let client = match what {
        Projections::List | Projections::Parked(Parked::List) | Projections::Skipped(Skipped::List) => {
            Client::reach(options)?
        }
        Projections::Rebuild { .. } | Projections::Parked(_) | Projections::Skipped(_) => {
            Client::reach_feeding(options)?
        }
    };
    match what {
        Projections::List => list(&client),
        Projections::Rebuild { name, compare, keep_skipped } => {
            let started = client.post(
                &format!("/v1/admin/projections/{name}/rebuild"),
                &json!({ "compare": compare, "keep_skipped": keep_skipped }),
            )?;
            rebuild(&client, name, &started.read()?, *compare)
        }
        Projections::Skipped(Skipped::List) => skipped(&client),
        Projections::Skipped(Skipped::Unskip { name, position }) => {
            let started = client
                .post(&format!("/v1/admin/projections/{name}/skipped/{position}/unskip"), &json!({}))?;
            rebuild(&client, name, &started.read()?, false)
        }
        Projections::Parked(Parked::List) => parked(&client),
        Projections::Parked(Parked::Retry(parked)) => settle(&client, &parked.id, "retry"),
        Projections::Parked(Parked::Skip(parked)) => settle(&client, &parked.id, "skip"),
    }
}

fn all(client: &Client) -> Result<Vec<Projection>, Failure> {
    client.get("/v1/admin/projections")?.read::<Listed<Projection>>().map(|listed| listed.items)
}

fn list(client: &Client) -> Result<(), Failure> {
    let projections = all(client)?;
    let rows = projections.iter().map(|projection| {
        let state = match &projection.rebuild {
            Some(progress) => format!("{} {}/{}", projection.state, progress.position, progress.head),
            None => projection.state.clone(),
        };
        let lag = format!("{} events, {:.1} s", projection.lag_events, projection.lag_seconds);
        // What this very command feeds while it looks is fed by nobody once it has looked.
        let (state, fed_by) = match (client, &projection.holder) {
            (Client::Opened(_), _) if projection.state == "running" => {
                ("stopped".to_owned(), "no server".to_owned())
            }
            (_, Some(holder)) => (state, holder.clone()),
            (_, None) => (state, "-".to_owned()),
        };
        let (version, position) = (projection.version.to_string(), projection.position.to_string());
        let (parked, skipped) = (projection.parked.to_string(), projection.skipped.to_string());
        [projection.name.clone(), version, state, position, lag, parked, skipped, fed_by]
    });
    table(["PROJECTION", "VERSION", "STATE", "POSITION", "LAG", "PARKED", "SKIPPED", "FED BY"], rows)?;
    for Projection { name, parked_newer_schema: newer, .. } in
        projections.iter().filter(|projection| projection.parked_newer_schema > 0)
    {
        output::complain(&format!(
            "{name}: {newer} partitions wait for a newer Khata, whose events this version does not know"
        ));
    }
    for (name, error) in
        projections.iter().filter_map(|projection| Some((&projection.name, projection.error.as_ref()?)))
    {
        output::complain(&format!("{name}: {}", shown::text(error)));
    }
    Ok(())
}

/// Waits until the new tables of a rebuild serve.
fn rebuild(client: &Client, name: &str, started: &Started, compare: bool) -> Result<(), Failure> {
    let bar = Bar::of("events", 0);
    let rebuilt = loop {
        let found = all(client)?.into_iter().find(|projection| projection.name == name);
        let projection = found.ok_or_else(|| Failure::new(format!("there is no projection {name}")))?;
        if projection.generation == Some(started.generation) {
            break projection;
        }
        if let Some(error) = projection.error {
            return Err(Failure::new(format!("the rebuild of {name} makes no progress: {error}")));
        }
        if let Some(progress) = projection.rebuild {
            bar.grow(progress.head);
            bar.at(progress.position);
        }
        thread::sleep(PROGRESS_EVERY);
    };
    bar.clear();
    output::say(&format!("{name} is rebuilt and serves from its new tables"))?;
    match rebuilt.comparison {
        _ if !compare => Ok(()),
        Some(comparison) => tell(&comparison),
        None => {
            let holder = rebuilt.holder.unwrap_or_else(|| "the process that feeds the views".to_owned());
            Err(Failure::new(format!("the tables were not compared; the log of {holder} says why")))
        }
    }
}

/// Tells how the new tables compare with the old ones. That they differ is a failure, if only of the old
/// ones.
fn tell(comparison: &Comparison) -> Result<(), Failure> {
    let mut differing = Vec::new();
    for difference in &comparison.tables {
        let Difference { table, only_old, only_new, changed, examples } = difference;
        if only_old + only_new + changed == 0 {
            output::say(&format!("{table}: unchanged at position {}", comparison.position))?;
        } else {
            output::say(&format!(
                "{table}: {only_old} rows gone, {only_new} new, {changed} changed, e.g. {}",
                shown::text(&examples.join(", "))
            ))?;
            differing.push(table.as_str());
        }
    }
    if differing.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(format!("the old tables differed from the log: {}", differing.join(", "))))
    }
}

/// All items of a list that has pages.
fn all_pages<T: DeserializeOwned>(client: &Client, path: &str) -> Result<Vec<T>, Failure> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let page: Page<T> = client.get(&format!("{path}?limit=200{cursor}"))?.read()?;
        items.extend(page.items);
        let Some(next) = page.next_cursor else { return Ok(items) };
        cursor = format!("&cursor={next}");
    }
}

fn parked(client: &Client) -> Result<(), Failure> {
    let parked: Vec<ParkedPartition> = all_pages(client, "/v1/admin/parked")?;
    let rows = parked.into_iter().map(|parked| {
        let (position, attempts, waiting) =
            (parked.position.to_string(), parked.attempts.to_string(), parked.waiting.to_string());
        [
            parked.id,
            parked.projection,
            parked.partition,
            position,
            attempts,
            waiting,
            parked.cause,
            parked.error,
        ]
    });
    Ok(table(["ID", "PROJECTION", "PARTITION", "POSITION", "ATTEMPTS", "WAITING", "CAUSE", "ERROR"], rows)?)
}

fn skipped(client: &Client) -> Result<(), Failure> {
    let skipped: Vec<SkippedEvent> = all_pages(client, "/v1/admin/skipped")?;
    let rows = skipped.into_iter().map(|event| {
        [event.projection, event.partition, event.position.to_string(), event.skipped_at, event.error]
    });
    Ok(table(["PROJECTION", "PARTITION", "POSITION", "SKIPPED AT", "ERROR"], rows)?)
}

fn settle(client: &Client, id: &str, how: &str) -> Result<(), Failure> {
    let parked: Vec<ParkedPartition> = all_pages(client, "/v1/admin/parked")?;
    let found = parked.into_iter().find(|parked| parked.id == id);
    let found = found.ok_or_else(|| {
        Failure::new(format!("nothing is parked as {id}; see khata projections parked list"))
    })?;
    let path = format!("/v1/admin/projections/{}/parked/{id}/{how}", found.projection);
    let replay: Replay = client.post(&path, &json!({}))?.read()?;
    match (replay.id, replay.error) {
        (Some(id), Some(error)) => Err(Failure::new(format!(
            "{} is parked again as {id}, after {} events: {}",
            shown::text(&found.partition),
            replay.folded,
            shown::text(&error)
        ))),
        _ => Ok(output::say(&format!(
            "{} goes on; {} events were folded",
            shown::text(&found.partition),
            replay.folded
        ))?),
    }
}
