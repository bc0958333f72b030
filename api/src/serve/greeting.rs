//! What a server says when it begins to serve: where it is, what it stands on, and who may ask.

use super::System;
use crate::{failure::Failure, options::LogFormat, output::say};

/// Who may ask a server without keys.
const NOBODY_IS_ASKED: &str = "whoever reaches it, from this machine alone: nobody has to say who they are";

/// What is said besides what the system knows of itself.
pub(super) struct Greeting {
    /// Whose tokens are taken; `None` where nobody is asked.
    pub(super) access: Option<String>,
    pub(super) format: LogFormat,
}

impl Greeting {
    /// Says it on standard output.
    ///
    /// # Errors
    /// It cannot be written, or the log cannot be read.
    pub(super) async fn give(&self, system: &System, url: &str) -> Result<(), Failure> {
        let (app, urls) = (system.app(), system.store_urls());
        let events = app
            .events
            .head()
            .await
            .map_err(|error| Failure::because("the log cannot be read", error))?
            .position;
        let access = self.access.as_deref().unwrap_or(NOBODY_IS_ASKED);
        if self.format == LogFormat::Json {
            let greeting = serde_json::json!({
                "message": "Khata serves", "version": env!("CARGO_PKG_VERSION"), "api": format!("{url}/v1"), "docs": format!("{url}/docs"),
                "events": urls.events.to_string(), "views": urls.views.to_string(), "position": events,
                "namespace": app.part.namespace().as_str(), "runs": app.part.to_string(), "access": access,
            });
            return Ok(say(&greeting.to_string())?);
        }
        say(&format!("Khata {} serves", env!("CARGO_PKG_VERSION")))?;
        say(&format!("  API        {url}/v1"))?;
        say(&format!("  docs       {url}/docs"))?;
        if urls.events == urls.views {
            say(&format!("  data       {} ({events} events)", urls.events))?;
        } else {
            say(&format!("  events     {} ({events} events)", urls.events))?;
            say(&format!("  views      {}", urls.views))?;
        }
        say(&format!("  namespace  {}", app.part.namespace()))?;
        say(&format!("  runs       {}", app.part))?;
        Ok(say(&format!("  access     {access}"))?)
    }
}
