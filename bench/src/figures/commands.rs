//! P1, P2, P3, P5, P10 and the memory of P8: commands over HTTP into a log that was empty, projectors running.

use super::*;
use crate::load::Watch;

/// P1 shall reach this part of a bare JSON POST on the same server.
const P1_SHARE_OF_ECHO: f64 = 0.5;
/// The same with both stores on PostgreSQL, which shares the machine.
const P1_SHARE_OF_ECHO_ON_POSTGRES: f64 = 1.0 / 3.0;
/// P3 shall reach this part of P1.
const P3_SHARE_OF_P1: f64 = 0.8;
/// So many clients repeat a key that they have used, and so much of P3 shall be left beside them.
const REPEATERS: u16 = 64;
const SHARE_BESIDE_REPEATERS: f64 = 0.8;
/// P2, commands per second.
const P2_TARGET: f64 = 5_000.0;
/// P5: the pace, and the target in microseconds.
const P5_PACE: u32 = 5_000;
const P5_TARGET_US: u64 = 20_000;
/// P8: memory at P1, in MiB.
const MEMORY_TARGET_MIB: f64 = 300.0;

/// Measures the group on a server of its own.
pub(super) async fn measure(run: &mut Run) -> Result<(), BenchError> {
    let home = run.home("commands")?;
    let mut server = Server::start(&home).await?;
    let bank = Bank { accounts: run.options.accounts, series: 1 };
    set_up(run, &mut server, bank).await?;
    let beside_p1 = [Figure::P1, Figure::P3, Figure::P8, Figure::P9, Figure::P10];
    if beside_p1.iter().any(|figure| run.options.wants(*figure)) {
        let rate = many_accounts(run, &mut server, bank).await?;
        run.unloaded_rate = Some(rate);
        if run.options.wants(Figure::P3) {
            one_account(run, &mut server, bank, rate).await?;
        }
        if run.options.wants(Figure::P10) {
            payments::transfers(run, &mut server, bank, rate).await?;
        }
    }
    if run.options.wants(Figure::P2) {
        one_connection(run, &mut server, bank).await?;
    }
    if run.options.wants(Figure::P5) {
        visible(run, &mut server, bank).await?;
    }
    server.stop().await?;
    check::chain(&home).await?;
    home.remove().await
}

/// Opens the bank's accounts through the API.
pub(super) async fn set_up(run: &Run, server: &mut Server, bank: Bank) -> Result<(), BenchError> {
    for requests in [bank.onboarding(), bank.verifying(), bank.opening()] {
        let count = requests.len() as u64;
        let plan = LoadPlan {
            choice: Choice::EachOnce,
            most: count,
            seconds: 3_600.0,
            ..run.plan(server, 64, requests)
        };
        check::whole(&loader::send(&plan).await?)?;
    }
    caught_up(server, bank).await?;
    Ok(())
}

/// A measured load of deposits, and what the log says to it.
pub(super) struct Deposits {
    pub(super) report: LoadReport,
    /// Processor time of the server per deposit, in microseconds.
    pub(super) server_us_each: f64,
    /// How long after the last answer the views had seen everything.
    pub(super) views_behind: Duration,
}

impl Deposits {
    /// How it went, for people.
    pub(super) fn note(&self) -> String {
        let latency = self.report.latency;
        let load_us_each = self.report.processor_seconds * 1e6 / self.report.succeeded().max(1) as f64;
        format!(
            "p50 {}, p99 {}; processor: server {:.0} µs, load {load_us_each:.0} µs each; views done {:.1} s later",
            table::time(latency.p50),
            table::time(latency.p99),
            self.server_us_each,
            self.views_behind.as_secs_f64()
        )
    }
}

/// Warms up, measures, compares with the log, and waits for the views.
pub(super) async fn deposits(
    run: &Run,
    server: &mut Server,
    bank: Bank,
    connections: u16,
    accounts: u32,
) -> Result<Deposits, BenchError> {
    let plan = run.plan(server, connections, bank.deposits(accounts));
    let warm_up = LoadPlan { seconds: (plan.seconds / 5.0).min(2.0), ..plan.clone() };
    check::whole(&loader::send(&warm_up).await?)?;
    caught_up(server, bank).await?;
    let (head, processor) = (check::head(server).await?, server.processor_seconds());
    let report = loader::send(&plan).await?;
    let server_us_each = (server.processor_seconds() - processor) * 1e6 / report.succeeded().max(1) as f64;
    let views_behind = caught_up(server, bank).await?;
    check::one_event_each(server, head, &report).await?;
    Ok(Deposits { report, server_us_each, views_behind })
}

/// Waits until the accounts' view has seen the whole log; how long that took.
pub(super) async fn caught_up(server: &mut Server, bank: Bank) -> Result<Duration, BenchError> {
    let started = std::time::Instant::now();
    let head = check::head(server).await?;
    let path = format!("/v1/accounts/{}", bank.account(0));
    loop {
        let (status, body) = server.ask_from(&path, head).await?;
        match status {
            200 => return Ok(started.elapsed()),
            // The view answers that it is behind after some seconds of waiting: it is asked again.
            503 if started.elapsed() < Duration::from_secs(600) => {}
            _ => {
                return Err(BenchError::Answer(format!(
                    "GET {path}: {status}: {}",
                    String::from_utf8_lossy(&body)
                )));
            }
        }
    }
}

/// How many bare JSON POSTs the same server answers to the same load.
pub(super) async fn echo(run: &Run, server: &Server, connections: u16) -> Result<LoadReport, BenchError> {
    let request = vec![Request::post("/v1/bench/echo", bank::DEPOSIT)];
    let plan = LoadPlan { seconds: run.options.seconds / 2.0, ..run.plan(server, connections, request) };
    let report = loader::send(&plan).await?;
    check::whole(&report)?;
    Ok(report)
}

async fn many_accounts(run: &Run, server: &mut Server, bank: Bank) -> Result<f64, BenchError> {
    let connections = run.options.connections;
    let echo = echo(run, server, connections).await?.rate();
    let measured = deposits(run, server, bank, connections, bank.accounts).await?;
    let (rate, memory) = (measured.report.rate(), server.memory()?);
    let share = match run.stores {
        MeasuredStores::Embedded => P1_SHARE_OF_ECHO,
        MeasuredStores::Postgres(_) => P1_SHARE_OF_ECHO_ON_POSTGRES,
    };
    run.show(Line {
        figure: Figure::P1,
        what: format!("deposits, {connections} connections, {} accounts", bank.accounts),
        target: format!("{}/s", table::grouped(echo * share)),
        measured: format!("{}/s", table::grouped(rate)),
        verdict: Verdict::at_least(rate, echo * share),
        note: format!("{:.0} % of echo {}/s; {}", 100.0 * rate / echo, table::grouped(echo), measured.note()),
    });
    run.show(Line {
        figure: Figure::P8,
        what: "memory at P1, the most".to_owned(),
        target: format!("{MEMORY_TARGET_MIB:.0} MiB"),
        measured: format!("{:.0} MiB", memory.peak_mib),
        verdict: Verdict::at_most(memory.peak_mib, MEMORY_TARGET_MIB),
        note: format!("{:.0} MiB resident after it", memory.resident_mib),
    });
    Ok(rate)
}

async fn one_account(run: &Run, server: &mut Server, bank: Bank, p1: f64) -> Result<(), BenchError> {
    let connections = run.options.connections;
    let measured = deposits(run, server, bank, connections, 1).await?;
    let rate = measured.report.rate();
    run.show(Line {
        figure: Figure::P3,
        what: format!("deposits, {connections} connections, one account"),
        target: format!("{}/s", table::grouped(p1 * P3_SHARE_OF_P1)),
        measured: format!("{}/s", table::grouped(rate)),
        verdict: Verdict::at_least(rate, p1 * P3_SHARE_OF_P1),
        note: format!("{:.0} % of P1 {}/s; {}", 100.0 * rate / p1, table::grouped(p1), measured.note()),
    });
    beside_repeaters(run, server, bank, rate).await
}

/// The same load beside clients that send what they have sent before, each under its own used key.
async fn beside_repeaters(run: &Run, server: &mut Server, bank: Bank, p3: f64) -> Result<(), BenchError> {
    let keyed = |number| {
        Request::post(format!("/v1/accounts/{}/deposits", bank.account(0)), bank::DEPOSIT)
            .under(format!("repeated-{number}"))
    };
    let once: Vec<Request> = (0..REPEATERS).map(keyed).collect();
    let first = LoadPlan {
        choice: Choice::EachOnce,
        most: REPEATERS.into(),
        seconds: 600.0,
        ..run.plan(server, 1, once.clone())
    };
    check::whole(&loader::send(&first).await?)?;
    let head = check::head(server).await?;
    let (plain, repeating) =
        (run.plan(server, run.options.connections, bank.deposits(1)), run.plan(server, REPEATERS, once));
    let (report, repeated) = tokio::try_join!(loader::send(&plain), loader::send(&repeating))?;
    check::whole(&repeated)?;
    caught_up(server, bank).await?;
    check::one_event_each(server, head, &report).await?;
    let rate = report.rate();
    run.show(Line {
        figure: Figure::P3,
        what: format!("the same beside {REPEATERS} who repeat a used key"),
        target: format!("{}/s", table::grouped(p3 * SHARE_BESIDE_REPEATERS)),
        measured: format!("{}/s", table::grouped(rate)),
        verdict: Verdict::at_least(rate, p3 * SHARE_BESIDE_REPEATERS),
        note: format!(
            "{:.0} % of P3; {} repeats/s answered; p99 {}",
            100.0 * rate / p3,
            table::grouped(repeated.rate()),
            table::time(report.latency.p99)
        ),
    });
    Ok(())
}

async fn one_connection(run: &Run, server: &mut Server, bank: Bank) -> Result<(), BenchError> {
    let echo = echo(run, server, 1).await?;
    let measured = deposits(run, server, bank, 1, bank.accounts).await?;
    let rate = measured.report.rate();
    run.show(Line {
        figure: Figure::P2,
        what: format!("deposits, one connection, {} accounts", bank.accounts),
        target: format!("{}/s", table::grouped(P2_TARGET)),
        measured: format!("{}/s", table::grouped(rate)),
        verdict: Verdict::at_least(rate, P2_TARGET),
        note: format!(
            "echo {}/s (p50 {}); {}",
            table::grouped(echo.rate()),
            table::time(echo.latency.p50),
            measured.note()
        ),
    });
    Ok(())
}

async fn visible(run: &Run, server: &mut Server, bank: Bank) -> Result<(), BenchError> {
    let head = check::head(server).await?;
    let watch = Watch { one_in: 10, connections: 16, path: "/v1/accounts/".to_owned() };
    let plan = LoadPlan {
        pace: Pace::PerSecond(P5_PACE),
        watch: Some(watch),
        ..run.plan(server, 64, bank.deposits(bank.accounts))
    };
    let report = loader::send(&plan).await?;
    check::one_event_each(server, head, &report).await?;
    let visible = report.visible.unwrap_or_default();
    if visible.count == 0 || report.rate() < 0.98 * f64::from(P5_PACE) {
        let rate = table::grouped(report.rate());
        return Err(BenchError::Answer(format!(
            "{rate} commands/s were answered and {} looked for, at a pace of {P5_PACE}/s",
            visible.count
        )));
    }
    run.show(Line {
        figure: Figure::P5,
        what: format!("answered until visible, p99, at {}/s", table::grouped(f64::from(P5_PACE))),
        target: table::time(P5_TARGET_US),
        measured: table::time(visible.p99),
        verdict: Verdict::at_most(visible.p99 as f64, P5_TARGET_US as f64),
        note: format!(
            "p50 {}, most {}, {} looked for with Khata-Min-Position; the command itself p50 {}, p99 {}",
            table::time(visible.p50),
            table::time(visible.max),
            visible.count,
            table::time(report.latency.p50),
            table::time(report.latency.p99)
        ),
    });
    Ok(())
}
