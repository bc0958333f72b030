//! The relay of a running Khata: its options, and how it is put together.

use super::{holder, stores::Stores};
use crate::{
    failure::Failure,
    part::{Part, Role},
};
use clap::Args;
use khata_application::{
    relay::{Broker, Relay, RelayPorts, RelaySettings},
    subscription::SubscriptionPorts,
};
use khata_infrastructure::{
    SystemClock, V7Ids,
    nats::{NatsAddress, NatsBroker, StreamOptions},
};
use std::{fmt, sync::Arc, time::Duration};

/// Where committed events are relayed to.
#[derive(Clone, Args)]
pub struct RelayOptions {
    /// Publish committed events to this NATS server with JetStream, e.g. nats://host:4222 or tls://host:4222;
    /// without it nothing is published. User and password go before the host as in any URL, preferably in the
    /// environment or in khata.toml.
    #[arg(long, env = "KHATA_RELAY_URL", value_name = "URL", hide_env_values = true)]
    pub relay_url: Option<String>,
    /// The JetStream stream, created if it does not exist. Default: `KHATA_` and the namespace in capitals.
    #[arg(long, env = "KHATA_RELAY_STREAM", value_name = "NAME")]
    pub relay_stream: Option<String>,
    /// Only events of these categories, separated by commas, e.g. order,bank_account. Default: all of them.
    #[arg(long, env = "KHATA_RELAY_CATEGORIES", value_name = "CATEGORIES")]
    pub relay_categories: Option<String>,
    /// How many seconds a stream that Khata creates remembers message ids to remove duplicates.
    #[arg(long, env = "KHATA_RELAY_DUPLICATE_WINDOW", value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..=604_800))]
    pub relay_duplicate_window: u32,
}

/// Without the credentials that the URL may hold.
impl fmt::Debug for RelayOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelayOptions").field("relay_stream", &self.relay_stream).finish_non_exhaustive()
    }
}

/// What is to be relayed, and where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RelayPlan {
    address: NatsAddress,
    stream: StreamOptions,
}

impl RelayOptions {
    /// What these options ask of a process; `None` if nothing is to be relayed, or not by it.
    ///
    /// # Errors
    /// They make no sense, whoever is to relay.
    pub(crate) fn plan(&self, part: &Part) -> Result<Option<RelayPlan>, Failure> {
        let mut stream = StreamOptions::of(part.namespace().clone());
        stream.duplicate_window = Duration::from_secs(self.relay_duplicate_window.into());
        if let Some(name) = &self.relay_stream {
            if !StreamOptions::is_name(name) {
                let told = format!(
                    "{name:?} cannot name a stream (--relay-stream): up to 100 letters, digits, dashes and underscores"
                );
                return Err(Failure::usage(told));
            }
            stream.name.clone_from(name);
        }
        if let Some(categories) = &self.relay_categories {
            stream.categories = self::categories(categories)?;
        }
        let Some(url) = &self.relay_url else { return Ok(None) };
        let address: NatsAddress =
            url.parse().map_err(|error| Failure::usage(format!("{error} (--relay-url)")))?;
        Ok(part.has(Role::Processes).then_some(RelayPlan { address, stream }))
    }
}

/// The categories of a list with commas.
fn categories(text: &str) -> Result<Vec<String>, Failure> {
    let names: Vec<&str> = text.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    let is_category = |name: &str| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    match names.iter().find(|name| !is_category(name)) {
        Some(name) => Err(Failure::usage(format!(
            "{name:?} cannot name a category (--relay-categories): lower-case letters and underscores"
        ))),
        None if names.is_empty() => {
            Err(Failure::usage("--relay-categories names nothing; leave it out for all of them"))
        }
        None => Ok(names.into_iter().map(str::to_owned).collect()),
    }
}

impl RelayPlan {
    /// Starts to relay. The broker need not be there yet.
    pub(crate) fn start(self, stores: &Stores, lease: Duration) -> Relay {
        let Self { address, stream } = self;
        let mut settings = RelaySettings::of(stream.namespace.clone(), holder::name(&V7Ids));
        settings.categories.clone_from(&stream.categories);
        settings.subscription.lease = lease;
        let broker: Arc<dyn Broker> = Arc::new(NatsBroker::new(address, stream));
        let (events, positions) = (stores.events(), stores.positions());
        let subscription = SubscriptionPorts { events, positions, clock: Arc::new(SystemClock) };
        Relay::start(RelayPorts { subscription, broker }, settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use khata_application::Namespace;

    fn options(url: Option<&str>) -> RelayOptions {
        RelayOptions {
            relay_url: url.map(str::to_owned),
            relay_stream: None,
            relay_categories: None,
            relay_duplicate_window: 120,
        }
    }

    fn whole() -> Part {
        Part::whole(Namespace::parse("tenant_7").unwrap())
    }

    #[test]
    fn without_a_url_or_the_role_nothing_is_relayed() {
        assert_eq!(options(None).plan(&whole()).unwrap(), None);
        assert_eq!(
            options(Some("nats://localhost"))
                .plan(&whole().with_roles([Role::Api, Role::Projector]))
                .unwrap(),
            None
        );
    }

    #[test]
    fn the_stream_is_named_after_the_namespace_or_as_asked() {
        let plan = options(Some("nats://localhost")).plan(&whole()).unwrap().unwrap();
        assert_eq!(
            (&*plan.stream.name, plan.stream.duplicate_window, plan.stream.categories.len()),
            ("KHATA_TENANT_7", Duration::from_secs(120), 0)
        );
        let mut asked = options(Some("nats://localhost"));
        (asked.relay_stream, asked.relay_categories) = (Some("EVENTS".into()), Some("order, loan,".into()));
        let plan = asked.plan(&whole()).unwrap().unwrap();
        assert_eq!(
            (&*plan.stream.name, plan.stream.categories),
            ("EVENTS", vec!["order".to_owned(), "loan".to_owned()])
        );
    }

    #[test]
    fn what_makes_no_sense_is_told_without_credentials() {
        let told = |change: fn(&mut RelayOptions)| {
            let mut asked = options(Some("nats://relay:s3cret@localhost"));
            change(&mut asked);
            assert!(!format!("{asked:?}").contains("s3cret"));
            asked.plan(&whole()).unwrap_err().to_string()
        };
        assert!(
            told(|asked| asked.relay_url = Some("http://relay:s3cret@localhost".into()))
                .ends_with("tls://host:4222 (--relay-url)")
        );
        assert!(
            told(|asked| asked.relay_stream = Some("a.b".into()))
                .starts_with("\"a.b\" cannot name a stream (--relay-stream)")
        );
        assert!(
            told(|asked| asked.relay_categories = Some("order,Loan".into()))
                .starts_with("\"Loan\" cannot name a category")
        );
        assert!(
            told(|asked| asked.relay_categories = Some(",".into()))
                .starts_with("--relay-categories names nothing")
        );
    }
}
