//! `khata settings`: what decisions rest on, shown and changed.

use super::Settings;
use crate::{
    client::Client,
    config::{Told, lines},
    failure::Failure,
    options::GlobalOptions,
    output::say,
};
use serde::Deserialize;
use serde_json::{Value, json};

const PATH: &str = "/v1/admin/settings";

/// What an answer tells of them.
#[derive(Deserialize)]
struct Shown {
    version: u64,
    time_zone: String,
    rules: Value,
}

#[derive(Deserialize)]
struct Changed {
    state: Shown,
    events: Vec<Value>,
}

pub(super) fn run(options: &GlobalOptions, what: &Settings) -> Result<(), Failure> {
    match what {
        Settings::Show => {
            let Shown { version, time_zone, rules } = Client::reach(options)?.get(PATH)?.read()?;
            let written = lines(&json!({ "time_zone": time_zone, "rules": rules }));
            let recorded =
                if version == 0 { "not recorded yet".to_owned() } else { format!("version {version}") };
            Ok(say(&format!(
                "# the settings of the namespace {}, {recorded}\n{}",
                options.namespace()?,
                written.trim_end()
            ))?)
        }
        Settings::Set { pairs } => set(options, pairs),
    }
}

fn set(options: &GlobalOptions, pairs: &[String]) -> Result<(), Failure> {
    let told = if pairs.is_empty() { options.told() } else { Told::of_pairs(pairs).map_err(Failure::new)? };
    if told == Told::default() {
        return Err(Failure::new("no settings were given: name KEY=VALUE, or a file with --config"));
    }
    let Changed { state, events } = Client::reach(options)?.post(PATH, &told.to_json())?.read()?;
    let done =
        if events.is_empty() { "are already set" } else { "were changed for all processes of the namespace" };
    Ok(say(&format!("the settings {done}: version {}", state.version))?)
}
