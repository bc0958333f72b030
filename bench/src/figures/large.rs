//! P9: deposits into accounts with a long history in a large log, against P1.

use super::{
    commands::{caught_up, deposits},
    *,
};
use crate::history::History;

/// P9 shall reach this part of P1.
const SHARE_OF_P1: f64 = 0.9;

/// Measures the figure on a server of its own.
pub(super) async fn measure(run: &mut Run) -> Result<(), BenchError> {
    let Some(p1) = run.unloaded_rate else {
        return Err(BenchError::Plan(
            "P1 could not be measured, so there is nothing to compare with".to_owned(),
        ));
    };
    let home = run.home("large")?;
    let mut server = Server::start(&home).await?;
    let bank = Bank { accounts: run.options.accounts, series: 1 };
    let imported = History { bank, events: run.options.large_events }.import(server.address).await?;
    let views_behind = caught_up(&mut server, bank).await?;
    let stored = check::head(&mut server).await?;
    let measured = deposits(run, &mut server, bank, run.options.connections, bank.accounts).await?;
    let rate = measured.report.rate();
    run.show(Line {
        figure: Figure::P9,
        what: format!("P1 with {} events stored", table::grouped(stored as f64)),
        target: format!("{}/s", table::grouped(p1 * SHARE_OF_P1)),
        measured: format!("{}/s", table::grouped(rate)),
        verdict: Verdict::at_least(rate, p1 * SHARE_OF_P1),
        note: format!(
            "{:.0} % of P1 {}/s; {}; imported in {:.0} s, views {:.0} s more; {:.0} MiB at most",
            100.0 * rate / p1,
            table::grouped(p1),
            measured.note(),
            imported.took.as_secs_f64(),
            views_behind.as_secs_f64(),
            server.memory()?.peak_mib
        ),
    });
    server.stop().await?;
    check::chain(&home).await?;
    home.remove().await
}
