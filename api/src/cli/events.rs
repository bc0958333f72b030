//! `khata events tail`: the log, one event per line.

use crate::{client::Client, failure::Failure, options::GlobalOptions, output};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::io::BufRead;

/// A page of the feed; events are passed on as they came.
#[derive(Debug, Deserialize)]
struct Page {
    items: Vec<Box<RawValue>>,
    next_cursor: Option<String>,
}

/// A category of events, as far as its letters go.
pub(super) fn category(text: &str) -> Result<String, String> {
    let fits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if fits { Ok(text.to_owned()) } else { Err("no category of events, such as bank_account".to_owned()) }
}

/// Prints events behind a position: to the end of the log, and on from there while a server runs.
pub(super) fn tail(options: &GlobalOptions, after: u64, category: Option<&str>) -> Result<(), Failure> {
    let client = Client::reach(options)?;
    let category = category.map(|category| format!("&category={category}")).unwrap_or_default();
    match &client {
        Client::Server(server) => {
            follow(server.follow(&format!("/v1/events?after={after}{category}"), "text/event-stream")?)
        }
        Client::Opened(_) => to_the_end(&client, after, &category),
    }
}

fn to_the_end(client: &Client, after: u64, category: &str) -> Result<(), Failure> {
    let mut path = format!("/v1/events?limit=200&after={after}{category}");
    loop {
        let page: Page = client.get(&path)?.read()?;
        page.items.iter().try_for_each(|event| output::say(event.get()))?;
        match page.next_cursor {
            Some(cursor) => path = format!("/v1/events?limit=200&cursor={cursor}{category}"),
            None => return Ok(()),
        }
    }
}

/// Prints the data of Server-Sent Events until the server ends the stream. A line that is cut short is not
/// passed on.
fn follow(stream: impl BufRead) -> Result<(), Failure> {
    for line in stream.lines() {
        let line = line.map_err(|error| Failure::because("the server closed the connection", error))?;
        if let Some(event) = line.strip_prefix("data:") {
            output::say(event.trim_start())?;
        }
    }
    Ok(())
}
