//! P7, P4 and P8: bulk import, rebuilds over what was imported, a start over it and memory at rest.

use super::*;
use crate::history::History;
use serde::Deserialize;
use std::time::Instant;

/// P7, events per second.
const IMPORT_TARGET: f64 = 200_000.0;
/// P4, events per second of one projection.
const REBUILD_ONE_TARGET: f64 = 500_000.0;
/// P4, events per second when all projections are rebuilt at once.
const REBUILD_ALL_TARGET: f64 = 150_000.0;
/// P8, seconds to start, and memory at rest in MiB.
const START_TARGET_S: f64 = 1.0;
const IDLE_TARGET_MIB: f64 = 40.0;
/// How long a rebuild may take.
const REBUILD_PATIENCE: Duration = Duration::from_secs(3_600);
/// How long a server rests before its memory counts as memory at rest.
const REST: Duration = Duration::from_secs(2);

/// Measures the group on a server of its own.
pub(super) async fn measure(run: &mut Run) -> Result<(), BenchError> {
    let home = run.home("bulk")?;
    let mut server = Server::start(&home).await?;
    let bank = Bank { accounts: run.options.accounts, series: 1 };
    import(run, &mut server, bank).await?;
    if run.options.wants(Figure::P4) {
        rebuilds(run, &mut server).await?;
    }
    server.stop().await?;
    if run.options.wants(Figure::P8) {
        start_and_rest(run, &home).await?;
    }
    check::chain(&home).await?;
    home.remove().await
}

async fn import(run: &Run, server: &mut Server, bank: Bank) -> Result<(), BenchError> {
    let before = check::head(server).await?;
    let processor = server.processor_seconds();
    let imported = History { bank, events: run.options.events }.import(server.address).await?;
    let processor = (server.processor_seconds() - processor) * 1e6 / imported.events as f64;
    let views_behind = commands::caught_up(server, bank).await?;
    let stored = check::head(server).await? - before;
    if stored != imported.events {
        return Err(BenchError::Check(format!(
            "the import answered {} events, {stored} were stored",
            imported.events
        )));
    }
    let rate = imported.events as f64 / imported.took.as_secs_f64();
    run.show(Line {
        figure: Figure::P7,
        what: format!("import of NDJSON over HTTP, {} events", table::grouped(imported.events as f64)),
        target: format!("{}/s", table::grouped(IMPORT_TARGET)),
        measured: format!("{}/s", table::grouped(rate)),
        verdict: Verdict::at_least(rate, IMPORT_TARGET),
        note: format!(
            "projectors running; server {processor:.1} µs each until the answer; views done {:.1} s later",
            views_behind.as_secs_f64()
        ),
    });
    Ok(())
}

#[derive(Deserialize)]
struct Projections {
    items: Vec<Projection>,
}

#[derive(Deserialize)]
struct Projection {
    name: String,
    generation: Option<u64>,
    position: u64,
    parked: u64,
}

/// Each projection alone, then all at once.
async fn rebuilds(run: &Run, server: &mut Server) -> Result<(), BenchError> {
    let projections: Projections = server.get("/v1/admin/projections").await?;
    let names: Vec<String> = projections.items.into_iter().map(|projection| projection.name).collect();
    for name in &names {
        let (events, took) = rebuild(server, std::slice::from_ref(name)).await?;
        rebuilt(run, format!("rebuild of {name}"), events, took, REBUILD_ONE_TARGET);
    }
    let (events, took) = rebuild(server, &names).await?;
    rebuilt(
        run,
        format!("rebuild of all {} projections at once", names.len()),
        events,
        took,
        REBUILD_ALL_TARGET,
    );
    Ok(())
}

fn rebuilt(run: &Run, what: String, events: u64, took: Duration, target: f64) {
    let rate = events as f64 / took.as_secs_f64();
    run.show(Line {
        figure: Figure::P4,
        what,
        target: format!("{}/s", table::grouped(target)),
        measured: format!("{}/s", table::grouped(rate)),
        verdict: Verdict::at_least(rate, target),
        note: format!(
            "{} events of the log in {:.2} s, until queries see the new tables",
            table::grouped(events as f64),
            took.as_secs_f64()
        ),
    });
}

/// Rebuilds projections at once; how many events the log has, and how long it took until the last of them had
/// changed over.
async fn rebuild(server: &mut Server, names: &[String]) -> Result<(u64, Duration), BenchError> {
    let head = check::head(server).await?;
    let before: Projections = server.get("/v1/admin/projections").await?;
    let started = Instant::now();
    for name in names {
        let path = format!("/v1/admin/projections/{name}/rebuild");
        let (status, body) = server.ask("POST", &path, "{}").await?;
        if !(200..300).contains(&status) {
            return Err(BenchError::Answer(format!(
                "POST {path}: {status}: {}",
                String::from_utf8_lossy(&body)
            )));
        }
    }
    loop {
        let now: Projections = server.get("/v1/admin/projections").await?;
        let asked = || now.items.iter().filter(|projection| names.contains(&projection.name));
        let changed = |projection: &Projection| {
            let old = before.items.iter().find(|old| old.name == projection.name);
            old.is_some_and(|old| old.generation != projection.generation) && projection.position >= head
        };
        if let Some(parked) = asked().find(|projection| projection.parked > 0) {
            return Err(BenchError::Check(format!(
                "{} partitions of {} are parked",
                parked.parked, parked.name
            )));
        }
        if asked().all(changed) {
            return Ok((head, started.elapsed()));
        }
        if started.elapsed() > REBUILD_PATIENCE {
            return Err(BenchError::Answer(format!("the rebuild of {} did not end", names.join(", "))));
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn start_and_rest(run: &Run, home: &Home) -> Result<(), BenchError> {
    let mut server = Server::start(home).await?;
    let events = table::grouped(check::head(&mut server).await? as f64);
    let started_in = server.started_in.as_secs_f64();
    run.show(Line {
        figure: Figure::P8,
        what: format!("start with {events} events"),
        target: format!("{START_TARGET_S:.0} s"),
        measured: format!("{started_in:.2} s"),
        verdict: Verdict::at_most(started_in, START_TARGET_S),
        note: "from making the process until /readyz says yes".to_owned(),
    });
    tokio::time::sleep(REST).await;
    let memory = server.memory()?;
    run.show(Line {
        figure: Figure::P8,
        what: format!("memory at rest with {events} events"),
        target: format!("{IDLE_TARGET_MIB:.0} MiB"),
        measured: format!("{:.0} MiB", memory.resident_mib),
        verdict: Verdict::at_most(memory.resident_mib, IDLE_TARGET_MIB),
        note: format!(
            "resident {:.0} s after the start; {:.0} MiB at most until then",
            REST.as_secs_f64(),
            memory.peak_mib
        ),
    });
    server.stop().await
}
