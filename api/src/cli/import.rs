//! `khata import`: facts of a data set, given to the server that runs or to the stores, with progress and a
//! summary.

mod asked;
mod statements;

pub use asked::Import;

use crate::{
    client::{Client, Outcome, Source},
    failure::Failure,
    http::{CurrencySums, ImportAnswer},
    options::GlobalOptions,
    output::{self, Bar, per_second},
};
use khata_import::{
    berka::Berka,
    looks::{Format, HEAD_BYTES},
    northwind::northwind,
};
use std::{
    fs::File,
    io::{self, Read},
    path::Path,
    time::Instant,
};

pub(super) fn run(options: &GlobalOptions, what: &Import) -> Result<(), Failure> {
    let started = Instant::now();
    if let Some((args, format)) = what.statement() {
        let Some(outcome) = statements::run(options, what, args, format)? else { return Ok(()) };
        return ended(outcome, started);
    }
    let (source, bar) = match what {
        Import::Northwind { directory } => {
            let facts = northwind(directory).map_err(Failure::plain)?;
            let bar = Bar::of("facts", facts.len() as u64);
            (Source::Facts(Box::new(facts.into_iter().map(Ok))), bar)
        }
        Import::Berka { directory } => {
            let berka = Berka::open(directory).map_err(Failure::plain)?;
            let bar = Bar::of("facts", berka.expected());
            (Source::Facts(Box::new(berka.map(|fact| fact.map_err(Failure::plain)))), bar)
        }
        Import::Ndjson { file } => open(file)?,
        Import::Camt { .. }
        | Import::Csv { .. }
        | Import::Hledger { .. }
        | Import::Mt940 { .. }
        | Import::Ofx { .. } => return Ok(()),
    };
    let client = Client::reach_deciding(options)?;
    let outcome = client.import(source, &bar)?;
    bar.clear();
    ended(outcome, started)
}

fn ended(outcome: Outcome, started: Instant) -> Result<(), Failure> {
    sum_up(&outcome.answer, started.elapsed().as_secs_f64())?;
    outcome.failure.map_or(Ok(()), Err)
}

/// A file of lines, or standard input, whose length nobody knows.
fn open(file: &Path) -> Result<(Source, Bar), Failure> {
    if file == Path::new("-") {
        return Ok((Source::Lines(Box::new(io::stdin())), Bar::of("bytes", 0)));
    }
    let unreadable = |error| Failure::because(format!("{} cannot be read", file.display()), error);
    let mut lines = File::open(file).map_err(unreadable)?;
    let length = lines.metadata().map_err(unreadable)?.len();
    let mut head = Vec::new();
    lines.by_ref().take(HEAD_BYTES as u64).read_to_end(&mut head).map_err(unreadable)?;
    if let Some(looks) = Format::of(&head).filter(|looks| *looks != Format::Ndjson) {
        return Err(Failure::usage(format!("{}: {}", file.display(), looks.hint())));
    }
    Ok((Source::Lines(Box::new(io::Cursor::new(head).chain(lines))), Bar::of("bytes", length)))
}

fn sum_up(answer: &ImportAnswer, seconds: f64) -> Result<(), Failure> {
    let ImportAnswer { facts, already_there, repeated, events_appended, .. } = answer;
    let rate = per_second(*events_appended, seconds);
    output::say(&kinds(answer))?;
    for sums in &answer.sums {
        output::say(&format!(
            "{}: {}credits {}, debits {}, balance {}",
            sums.currency,
            opened(sums),
            sums.credits,
            sums.debits,
            sums.balance
        ))?;
    }
    for lent in &answer.lent {
        output::say(&format!("{}: loans {}", lent.currency, lent.principal))?;
    }
    for given in &answer.given {
        let (currency, kind) = (&given.currency, &given.kind);
        output::say(&format!("{currency}: {} standing orders, {kind}, {}", given.count, given.amount))?;
    }
    for ordered in &answer.ordered {
        output::say(&format!(
            "{}: lines {}, shipping {}",
            ordered.currency, ordered.items, ordered.shipping
        ))?;
    }
    let taken_over = facts.saturating_sub(already_there + repeated + answer.balances_checked);
    let again = match answer.repeated_lines.as_slice() {
        [] => String::new(),
        [first, ..] => format!(", {repeated} repeated by a later line, first by line {first}"),
    };
    output::say(&format!("{facts} facts: {taken_over} imported, {already_there} already present{again}"))?;
    Ok(output::say(&format!("{events_appended} events appended in {seconds:.1} s ({rate}/s)"))?)
}

/// The opening balance, where there was any.
fn opened(sums: &CurrencySums) -> String {
    if sums.opening.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) {
        format!("opening {}, ", sums.opening)
    } else {
        String::new()
    }
}

/// How many facts there were of each kind that there were any of.
fn kinds(answer: &ImportAnswer) -> String {
    let counts = [
        (answer.customers, "customers"),
        (answer.accounts, "accounts"),
        (answer.signatories, "signatories"),
        (answer.opening_balances, "opening balances"),
        (answer.transactions, "transactions"),
        (answer.balances_checked, "balances checked"),
        (answer.loans, "loans"),
        (answer.loan_payments, "loan payments"),
        (answer.cards, "cards"),
        (answer.standing_orders, "standing orders"),
        (answer.orders, "orders"),
        (answer.order_lines, "order lines"),
        (answer.shipments, "shipments"),
    ];
    let told: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, kind)| format!("{count} {kind}"))
        .collect();
    if told.is_empty() { "no facts".to_owned() } else { told.join(", ") }
}
