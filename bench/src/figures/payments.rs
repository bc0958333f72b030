//! P10: payments between accounts over HTTP, against P1.

use super::{commands::caught_up, *};

/// P10 shall reach this part of P1: it stores five events where a deposit stores one.
const SHARE_OF_P1: f64 = 0.6;
const EVENTS_EACH: u64 = 5;

/// Pays from every account to the one half the bank further, which pays another; then compares with the log.
pub(super) async fn transfers(run: &Run, server: &mut Server, bank: Bank, p1: f64) -> Result<(), BenchError> {
    let connections = run.options.connections;
    let funding = bank.funding();
    let most = funding.len() as u64;
    let plan = LoadPlan { choice: Choice::EachOnce, most, seconds: 3_600.0, ..run.plan(server, 64, funding) };
    check::whole(&loader::send(&plan).await?)?;
    let plan = run.plan(server, connections, bank.transfers());
    let warm_up = LoadPlan { seconds: (plan.seconds / 5.0).min(2.0), ..plan.clone() };
    check::whole(&loader::send(&warm_up).await?)?;
    caught_up(server, bank).await?;
    let (head, processor) = (check::head(server).await?, server.processor_seconds());
    let report = loader::send(&plan).await?;
    let server_us_each = (server.processor_seconds() - processor) * 1e6 / report.succeeded().max(1) as f64;
    let views_behind = caught_up(server, bank).await?;
    check::events_each(server, head, &report, EVENTS_EACH).await?;
    let rate = report.rate();
    run.show(Line {
        figure: Figure::P10,
        what: format!("payments, {connections} connections, {} accounts", bank.accounts),
        target: format!("{}/s", table::grouped(p1 * SHARE_OF_P1)),
        measured: format!("{}/s", table::grouped(rate)),
        verdict: Verdict::at_least(rate, p1 * SHARE_OF_P1),
        note: format!(
            "{:.0} % of P1 {}/s; p50 {}, p99 {}; server {server_us_each:.0} µs each; views done {:.1} s later",
            100.0 * rate / p1,
            table::grouped(p1),
            table::time(report.latency.p50),
            table::time(report.latency.p99),
            views_behind.as_secs_f64()
        ),
    });
    Ok(())
}
