//! Files about one account: read whole, compared with what the books know of the account, and then shown or
//! imported.

use super::asked::{Import, StatementArgs};
use crate::{
    client::{Client, Outcome, Source},
    failure::Failure,
    options::GlobalOptions,
    output::{self, Bar},
};
use jiff::civil::Date;
use khata_domain::{Currency, Money, WideMoney, accounts::AccountEvent, ids::AccountId};
use khata_import::{
    camt,
    csv_file::{self, Mapping, hledger},
    looks::Format,
    mt940, ofx,
    statement::{
        BookedDay, Books, FactsOptions, FileError, MAX_FILE_BYTES, Statement, TakenOver, begun_within,
        of_account, stand_apart, take_over,
    },
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    cmp::Ordering,
    fs::File,
    io::{self, Read},
    path::Path,
};
use uuid::Uuid;

/// Imports a statement, or shows what it would come to. `None` where that was all.
pub(super) fn run(
    options: &GlobalOptions,
    what: &Import,
    args: &StatementArgs,
    format: Option<Format>,
) -> Result<Option<Outcome>, Failure> {
    let bytes = read(&args.file)?;
    if let Some(looks) = Format::of(&bytes).filter(|looks| Some(*looks) != format) {
        return Err(Failure::usage(format!("{}: {}", args.file.display(), looks.hint())));
    }
    let complaint = |error: FileError| Failure::new(format!("{}, {error}", args.file.display()));
    let mapping = mapping(what)?;
    let client = if args.check { Client::reach(options)? } else { Client::reach_deciding(options)? };
    let books = books(&client, args)?;
    let statements = statements(what, &bytes, mapping.as_ref(), books.currency, !args.no_balance_checks)
        .map_err(complaint)?;
    let facts = FactsOptions {
        account: args.account.clone(),
        format: name(what),
        check_balances: !args.no_balance_checks,
        reversals: args.reversals.into(),
        open: args.customer.clone().zip(args.open),
        books,
    };
    if let Some(day) = begun_within(&statements, &facts) {
        let booked = booked_day(&client, args, day)?;
        stand_apart(&statements, &facts, day, &booked).map_err(complaint)?;
    }
    let taken = take_over(&statements, &facts).map_err(complaint)?;
    tell(&taken)?;
    if args.check {
        output::say("nothing was written: this was a check")?;
        return Ok(None);
    }
    import(&client, &args.file, taken).map(Some)
}

fn import(client: &Client, file: &Path, taken: TakenOver) -> Result<Outcome, Failure> {
    let bar = Bar::of("facts", taken.facts.len() as u64);
    let (lines, facts): (Vec<u64>, Vec<_>) = taken.facts.into_iter().unzip();
    let mut outcome = client.import(Source::Facts(Box::new(facts.into_iter().map(Ok))), &bar)?;
    bar.clear();
    if let Some(refused) = &outcome.refused {
        // What was sent has its own numbers; the file has lines.
        let line = usize::try_from(refused.line)
            .ok()
            .and_then(|number| lines.get(number.checked_sub(1)?))
            .copied()
            .unwrap_or_default();
        outcome.failure = Some(Failure::new(format!(
            "{}, line {line}: {} ({})",
            file.display(),
            refused.reason,
            refused.rule
        )));
    }
    Ok(outcome)
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let unreadable = |error| Failure::because(format!("{} cannot be read", file.display()), error);
    let mut bytes = Vec::new();
    let read = if file == Path::new("-") {
        io::stdin().take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)
    } else {
        File::open(file).map_err(unreadable)?.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)
    };
    read.map_err(unreadable)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(Failure::new(format!(
            "{} is larger than {} MiB: split it by months",
            file.display(),
            MAX_FILE_BYTES / (1024 * 1024)
        )));
    }
    Ok(bytes)
}

fn mapping(what: &Import) -> Result<Option<Mapping>, Failure> {
    let Import::Csv { map, .. } = what else { return Ok(None) };
    let text = std::fs::read_to_string(map)
        .map_err(|error| Failure::because(format!("{} cannot be read", map.display()), error))?;
    let mapping =
        Mapping::parse(&text).map_err(|error| Failure::usage(format!("{}, {error}", map.display())))?;
    Ok(Some(mapping))
}

/// What a file is called in the names of its facts.
const fn name(what: &Import) -> &'static str {
    match what {
        Import::Camt { .. } => "camt",
        Import::Hledger { .. } => "hledger",
        Import::Mt940 { .. } => "mt940",
        Import::Ofx { .. } => "ofx",
        Import::Csv { .. } | Import::Berka { .. } | Import::Ndjson { .. } | Import::Northwind { .. } => "csv",
    }
}

fn statements(
    what: &Import,
    bytes: &[u8],
    mapping: Option<&Mapping>,
    currency: Option<Currency>,
    check_balances: bool,
) -> Result<Vec<Statement>, FileError> {
    match what {
        Import::Camt { of, .. } => of_account(camt::read(bytes)?, of.as_deref()),
        Import::Mt940 { of, encoding, .. } => {
            of_account(mt940::read(bytes, encoding.as_deref())?, of.as_deref())
        }
        Import::Ofx { of, encoding, .. } => of_account(ofx::read(bytes, encoding.as_deref())?, of.as_deref()),
        Import::Hledger { hledger_account, commodity, decimal, currency: told, .. } => {
            let currency = currency.or(*told);
            let currency = currency.ok_or_else(|| {
                FileError::of_file(
                    "there is no such account yet, and --currency does not say which currency to open it in",
                )
            })?;
            let decimal = decimal.chars().next().unwrap_or('.');
            let journal = hledger::Journal {
                account: hledger_account,
                commodity: commodity.as_deref(),
                decimal,
                currency,
            };
            hledger::read(bytes, &journal).map(|statement| vec![statement])
        }
        _ => match mapping {
            Some(mapping) => {
                csv_file::read(bytes, mapping, currency, check_balances).map(|statement| vec![statement])
            }
            None => Ok(Vec::new()),
        },
    }
}

/// A page of an account's events, as far as it is looked at.
#[derive(Deserialize)]
struct EventsPage {
    items: Vec<EventOfAccount>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct EventOfAccount {
    event_id: Uuid,
    r#type: String,
    data: Value,
}

/// What the books know of the account.
fn books(client: &Client, args: &StatementArgs) -> Result<Books, Failure> {
    let mut books = Books::default();
    each_page(client, args, |events| {
        for event in events {
            note(&mut books, event)?;
        }
        Ok(books.brought_forward.is_none())
    })?;
    Ok(books)
}

/// What is booked of a day.
fn booked_day(client: &Client, args: &StatementArgs, day: Date) -> Result<BookedDay, Failure> {
    let mut booked = BookedDay::default();
    // The first event of a large withdrawal has the name of the fact, and only announces it.
    let mut announced = None;
    each_page(client, args, |events| {
        for event in events {
            let kind = event.r#type.rsplit('.').next().unwrap_or_default();
            let Ok(told) = serde_json::from_value::<AccountEvent>(json!({ kind: event.data })) else {
                continue;
            };
            if matches!(told, AccountEvent::LargeWithdrawalInitiated(_)) {
                announced = Some(event.event_id);
            }
            let Some(entry) = told.entry() else { continue };
            let id = announced.take().unwrap_or(event.event_id);
            let forward = matches!(told, AccountEvent::OpeningBalanceTakenOver(_));
            match entry.business_date.cmp(&day) {
                Ordering::Less => booked.before_minor += i128::from(entry.signed_minor()),
                Ordering::Equal => booked.entries.push((id, forward, entry.signed_minor())),
                Ordering::Greater => {}
            }
        }
        Ok(true)
    })?;
    Ok(booked)
}

/// Gives out the account's events, page by page, as long as more is wanted; none if there is no such account.
fn each_page(
    client: &Client,
    args: &StatementArgs,
    mut take: impl FnMut(&[EventOfAccount]) -> Result<bool, Failure>,
) -> Result<(), Failure> {
    let id: AccountId = args.account.id();
    let mut cursor = String::new();
    loop {
        let reply = client.get(&format!("/v1/accounts/{id}/events?limit=200{cursor}"))?;
        if reply.status == 404 {
            return Ok(());
        }
        let page: EventsPage = reply.read()?;
        let more = take(&page.items)?;
        match page.next_cursor {
            Some(next) if more => cursor = format!("&cursor={next}"),
            _ => return Ok(()),
        }
    }
}

fn note(books: &mut Books, event: &EventOfAccount) -> Result<(), Failure> {
    let unexpected = |error| Failure::because("the server's answer was not understood", error);
    match event.r#type.rsplit('.').next().unwrap_or_default() {
        "account_opened" => {
            books.currency = Some(Currency::deserialize(&event.data["currency"]).map_err(unexpected)?)
        }
        "opening_balance_taken_over" => {
            let amount = Money::deserialize(&event.data["amount"]).map_err(unexpected)?;
            let date = Date::deserialize(&event.data["business_date"]).map_err(unexpected)?;
            let minor = if event.data["direction"] == "debit" { -amount.minor() } else { amount.minor() };
            (books.brought_forward, books.begun) = (Some((date, minor)), true);
        }
        "money_deposited"
        | "money_withdrawn"
        | "hold_captured"
        | "interest_posted"
        | "fee_charged"
        | "transaction_reversed" => books.begun = true,
        _ => {}
    }
    Ok(())
}

/// What the file comes to.
fn tell(taken: &TakenOver) -> Result<(), Failure> {
    let sum = |minor| WideMoney::from_minor(minor, taken.currency);
    let days = taken.days.map(|(first, last)| format!(" of {first} to {last}")).unwrap_or_default();
    output::say(&format!(
        "the file: {} entries{days}, credits {}, debits {}",
        taken.entries,
        sum(taken.credits_minor),
        sum(taken.debits_minor)
    ))?;
    for (name, balance) in [("opening", taken.opening), ("closing", taken.closing)] {
        if let Some(balance) = balance {
            let calculated = if balance.calculated { ", calculated" } else { "" };
            output::say(&format!("{name} balance {} ({}{calculated})", balance.amount, balance.date))?;
        }
    }
    if taken.pending + taken.zero > 0 {
        output::say(&format!("left out: {} not booked, {} with amount zero", taken.pending, taken.zero))?;
    }
    taken.notes.iter().try_for_each(|note| output::say(note))?;
    Ok(())
}
