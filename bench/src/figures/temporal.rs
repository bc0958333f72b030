//! P6: the state of an account as of an instant, over a stream of 10,000 events.

use super::{commands::set_up, *};
use serde::Deserialize;

/// Events of the stream.
const EVENTS: u64 = 10_000;
/// Instants asked for, spread over the stream.
const INSTANTS: u64 = 200;
/// The target, in microseconds.
const TARGET_US: u64 = 5_000;

#[derive(Deserialize)]
struct Events {
    items: Vec<Event>,
}

#[derive(Deserialize)]
struct Event {
    version: u64,
    recorded_at: String,
}

#[derive(Deserialize)]
struct Answer {
    version: u64,
}

/// Measures the figure on a server of its own.
pub(super) async fn measure(run: &mut Run) -> Result<(), BenchError> {
    let home = run.home("temporal")?;
    let mut server = Server::start(&home).await?;
    let bank = Bank { accounts: 1, series: 1 };
    set_up(run, &mut server, bank).await?;
    let opened: Events = server.get(&format!("/v1/accounts/{}/events?limit=200", bank.account(0))).await?;
    let most = EVENTS - opened.items.len() as u64;
    let head = check::head(&mut server).await?;
    let fill = LoadPlan { most, seconds: 600.0, ..run.plan(&server, 64, bank.deposits(1)) };
    let report = loader::send(&fill).await?;
    check::one_event_each(&mut server, head, &report).await?;
    let questions = questions(&mut server, bank).await?;
    let report = loader::send(&run.plan(&server, 1, questions)).await?;
    check::whole(&report)?;
    run.show(Line {
        figure: Figure::P6,
        what: format!("account as of an instant, {} events, p99", table::grouped(EVENTS as f64)),
        target: table::time(TARGET_US),
        measured: table::time(report.latency.p99),
        verdict: Verdict::at_most(report.latency.p99 as f64, TARGET_US as f64),
        note: format!(
            "p50 {}, most {}, {} asked one after another at {INSTANTS} instants",
            table::time(report.latency.p50),
            table::time(report.latency.max),
            table::grouped(report.latency.count as f64)
        ),
    });
    server.stop().await?;
    check::chain(&home).await?;
    home.remove().await
}

/// One question for each instant, after making sure that its answer is the state of that instant.
async fn questions(server: &mut Server, bank: Bank) -> Result<Vec<Request>, BenchError> {
    let account = bank.account(0);
    let mut questions = Vec::new();
    for nth in 1..=INSTANTS {
        let after = nth * EVENTS / INSTANTS - 1;
        let found: Events =
            server.get(&format!("/v1/accounts/{account}/events?after_version={after}&limit=200")).await?;
        let event = found
            .items
            .first()
            .ok_or_else(|| BenchError::Check(format!("there is no event behind version {after}")))?;
        let path = format!("/v1/accounts/{account}?as_of={}", event.recorded_at);
        let last_then = found
            .items
            .iter()
            .take_while(|other| other.recorded_at == event.recorded_at)
            .last()
            .map_or(0, |last| last.version);
        let answer: Answer = server.get(&path).await?;
        // Events of one commit share their instant, and a page may end among them.
        if answer.version < last_then
            || (answer.version > last_then && found.items.len() as u64 > last_then - after)
        {
            return Err(BenchError::Check(format!(
                "{path} answers version {}, not {last_then}",
                answer.version
            )));
        }
        questions.push(Request::get(path));
    }
    Ok(questions)
}
