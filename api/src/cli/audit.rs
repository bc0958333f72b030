//! `khata audit`: is the log whole, and what happened in one stream.

use crate::{
    client::{Client, Reply},
    failure::Failure,
    http::{Audit, AuditProgress, NDJSON, parse_expected, resources},
    options::GlobalOptions,
    output::{self, Bar},
    serve::{InspectedLog, repair_log, runtime},
    shown,
};
use clap::Args;
use jiff::Timestamp;
use khata_application::{
    StreamName,
    audit::{self, Asked},
};
use khata_infrastructure::Repaired;
use serde::Deserialize;
use serde_json::Value;
use std::io::BufRead;

/// A line that the server tells while it audits.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Line {
    Result(Audit),
    Progress(AuditProgress),
}

/// An instant, or why it is none in plain words.
pub(super) fn instant(text: &str) -> Result<Timestamp, String> {
    text.parse()
        .map_err(|_| "not an instant such as 2026-03-31T18:30:00Z (for a day, say when it ends)".to_owned())
}

/// What the log is compared with.
#[derive(Debug, Args)]
pub struct VerifyOptions {
    /// An event that was noted elsewhere before: position, colon, hash in hex. It must still be there.
    #[arg(long, env = "KHATA_EXPECT", value_name = "POSITION:HASH", value_parser = expected)]
    pub expect: Option<(u64, [u8; 32])>,
    /// Only verify the chain; do not compare indexes, snapshots and idempotency keys with the events.
    #[arg(long, env = "KHATA_QUICK")]
    pub quick: bool,
}

fn expected(text: &str) -> Result<(u64, [u8; 32]), String> {
    parse_expected(text).map_err(str::to_owned)
}

impl VerifyOptions {
    fn asked(&self) -> Asked {
        Asked { expected: self.expect, quick: self.quick, ..Asked::ALL }
    }

    fn path(&self) -> String {
        let expect = self
            .expect
            .map(|(position, hash)| format!("&expect={position}:{}", hex::encode(hash)))
            .unwrap_or_default();
        format!("/v1/admin/audit/verify?quick={}{expect}", self.quick)
    }
}

/// Walks the stored hash chain over the whole log.
pub(super) fn verify(options: &GlobalOptions, asked: &VerifyOptions) -> Result<(), Failure> {
    let bar = Bar::of("events", 0);
    let tell = |position, head| {
        bar.grow(head);
        bar.at(position);
    };
    let (answer, place) = match Client::running(options)? {
        Some(server) => (
            listen(server.follow(&asked.path(), NDJSON)?, tell)?,
            format!("the log of the server at {}", server.base()),
        ),
        None => (
            inspect(options, &asked.asked(), tell)?,
            format!("{}, namespace {}", options.store_urls()?.events, options.namespace()?),
        ),
    };
    bar.clear();
    match (answer.broken_at, answer.reason) {
        (None, _) if !answer.faults.is_empty() => Err(Failure::new(format!(
            "the {} events fit together, but what is derived from them does not match:{}\n`khata audit repair-index` rebuilds it from the events",
            answer.events,
            answer
                .faults
                .iter()
                .map(|fault| format!("\n  {}: {}", fault.part, shown::text(&fault.reason)))
                .collect::<String>()
        ))),
        (None, _) => {
            // Beside the result, so that results can be compared wherever they come from.
            output::complain(&format!("audited: {place}"));
            Ok(output::say(&format!(
                "{} events fit together; the last one's hash is {}",
                answer.events, answer.hash
            ))?)
        }
        (Some(position), reason) => {
            let reason = shown::text(reason.as_deref().unwrap_or_default()).into_owned();
            Err(Failure::new(format!(
                "the log does not fit at position {position}: {reason}; everything before it fits ({place})"
            )))
        }
    }
}

/// Audits the log here. It is not opened for use first: one that a start refuses is named its first misfit,
/// too.
fn inspect(
    options: &GlobalOptions,
    asked: &Asked,
    tell: impl Fn(u64, u64) + Send + Sync,
) -> Result<Audit, Failure> {
    let unreadable = |error| Failure::because("the log cannot be read", error);
    runtime()?.block_on(async {
        let inspected = InspectedLog::open(options).await?;
        let log = inspected.stored();
        let head = log.end().await.map_err(unreadable)?.position;
        Ok(audit::run(log, asked, |position| tell(position, head)).await.map_err(unreadable)?.into())
    })
}

/// Makes everything beside the events anew.
pub(super) fn repair(options: &GlobalOptions) -> Result<(), Failure> {
    let Repaired { events, kinds, keys_mended, keys_restored, keys_lost } =
        runtime()?.block_on(repair_log(options))?;
    output::say(&format!(
        "{events} events fit together; the indexes were rebuilt, and snapshots will be when they are due"
    ))?;
    if kinds > 0 {
        output::say(&format!("{kinds} event types were recorded again"))?;
    }
    if keys_mended > 0 {
        output::say(&format!("{keys_mended} idempotency keys were repaired from their events"))?;
    }
    if keys_restored > 0 {
        output::say(&format!("{keys_restored} missing idempotency keys were restored from their events"))?;
    }
    for key in keys_lost {
        output::say(&format!(
            "the idempotency key {key:?} was damaged and no event names it: it was removed, and a command repeated under it is executed again"
        ))?;
    }
    Ok(())
}

/// Hears progress until the result comes.
fn listen(lines: impl BufRead, tell: impl Fn(u64, u64)) -> Result<Audit, Failure> {
    for line in lines.lines() {
        let line = line.map_err(|error| Failure::because("the server closed the connection", error))?;
        match serde_json::from_str(&line)
            .map_err(|error| Failure::because("the server's answer was not understood", error))?
        {
            Line::Progress(progress) => tell(progress.position, progress.head),
            Line::Result(answer) => return Ok(answer),
        }
    }
    Err(Failure::new("the server ended the audit without a result; its log says why"))
}

/// A page of a stream's history.
#[derive(Debug, Deserialize)]
struct History {
    items: Vec<StoredEvent>,
    next_cursor: Option<String>,
}

/// What is shown of an event.
#[derive(Debug, Deserialize)]
struct StoredEvent {
    event_id: String,
    version: u64,
    position: u64,
    r#type: String,
    data: Value,
    metadata: Value,
    recorded_at: Timestamp,
    effective_at: Timestamp,
}

/// Shows a stream's events, recorded up to an instant, and what they came to.
pub(super) fn show(
    options: &GlobalOptions,
    stream: &StreamName,
    as_of: Option<Timestamp>,
) -> Result<(), Failure> {
    let client = Client::reach(options)?;
    let as_of = as_of.map(|instant| format!("&as_of={instant}")).unwrap_or_default();
    let path = format!("/v1/streams/{stream}/events?limit=200{as_of}");
    let mut page: History = client.get(&path)?.read()?;
    let mut last_version = 0;
    loop {
        for event in &page.items {
            last_version = event.version;
            tell(event)?;
        }
        match &page.next_cursor {
            Some(cursor) => page = client.get(&format!("{path}&cursor={cursor}"))?.read()?,
            None => break,
        }
    }
    // By version and not from a view: it shows exactly the events above.
    match resource(stream) {
        Some(resource) => {
            state(&client.get(&format!("/v1/{resource}/{}?as_of_version={last_version}", stream.id()))?)
        }
        None => Ok(()),
    }
}

fn tell(event: &StoredEvent) -> Result<(), Failure> {
    let member =
        |name: &str| event.metadata.get(name).and_then(Value::as_str).map_or("-".into(), shown::text);
    output::say(&format!(
        "{} {} at position {}, event {}",
        event.version,
        shown::text(&event.r#type),
        event.position,
        event.event_id
    ))?;
    output::say(&format!(
        "  recorded {}, effective {}, by {} ({})",
        event.recorded_at,
        event.effective_at,
        member("actor"),
        member("origin")
    ))?;
    output::say(&format!("  correlation {}, command {}", member("correlation_id"), member("command_id")))?;
    Ok(output::say(&format!("  {}", event.data))?)
}

fn state(reply: &Reply) -> Result<(), Failure> {
    let state: Value = reply.read()?;
    let pretty = serde_json::to_string_pretty(&state)
        .map_err(|error| Failure::because("the state cannot be shown", error))?;
    Ok(output::say(&format!("state:\n{pretty}"))?)
}

/// The stream that a name or an id means.
pub(super) fn named(text: &str) -> Result<StreamName, String> {
    if let Some(stream) = resources().find_map(|resource| resource.stream(text)) {
        return Ok(stream);
    }
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    let stream = StreamName::parse(text).ok().filter(|stream| stream.as_str().bytes().all(fits));
    stream.ok_or_else(|| "it names no stream, such as bank_account-acc_…".to_owned())
}

/// Where the API shows the aggregate of a stream.
fn resource(stream: &StreamName) -> Option<&'static str> {
    resources().find(|resource| resource.category == stream.category()).map(|resource| resource.collection)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_named_in_full_or_by_its_id_alone() {
        let account = "acc_00000000-0000-0000-0000-000000000007";
        let stream = format!("bank_account-{account}");
        assert_eq!(named(account).unwrap().as_str(), stream);
        assert_eq!(named(&stream).unwrap().as_str(), stream);
        assert_eq!(named("card_00000000-0000-0000-0000-000000000007").unwrap().category(), "credit_card");
        let order = named("ord_00000000-0000-0000-0000-000000000007").unwrap();
        assert_eq!((order.category(), resource(&order)), ("order", Some("orders")));
        assert_eq!(named("cus_00000000-0000-0000-0000-000000000007").unwrap().category(), "customer");
        assert_eq!(named("loan_00000000-0000-0000-0000-000000000007").unwrap().category(), "loan");
    }

    #[test]
    fn what_names_no_stream_is_refused() {
        for text in ["", "acc_7", "Bank-acc", "bank_account-a/../b", "bank_account-a?b"] {
            assert!(named(text).is_err(), "{text:?}");
        }
    }
}
