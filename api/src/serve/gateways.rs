//! The networks that carry payments to other banks: their options.

use crate::failure::Failure;
use clap::Args;
use khata_application::payments::PaymentGateway;
use khata_infrastructure::{
    velocitypay::{Breaker, GatewayUrl, VelocityPay},
    webhooks::WebhookSecrets,
};
use std::{fmt, sync::Arc, time::Duration};

/// Which networks carry payments to other banks.
#[derive(Clone, Args)]
pub struct GatewayOptions {
    /// Send payments to other banks over VelocityPay at this URL, e.g. `https://velocitypay.example/v1`. Without it, none
    /// can be ordered.
    #[arg(long, env = "KHATA_VELOCITYPAY_URL", value_name = "URL")]
    pub velocitypay_url: Option<GatewayUrl>,
    /// What VelocityPay knows Khata by, sent as a bearer token; preferably in the environment.
    #[arg(long, env = "KHATA_VELOCITYPAY_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    pub velocitypay_token: Option<String>,
    /// The secret that VelocityPay signs its notices with, or several while it changes, separated by commas
    /// (`whsec_…`); preferably in the environment. Without one, no notices are taken.
    #[arg(long, env = "KHATA_VELOCITYPAY_WEBHOOK_SECRET", value_name = "SECRETS", hide_env_values = true)]
    pub velocitypay_webhook_secret: Option<String>,
    /// How many seconds VelocityPay may take to answer.
    #[arg(long, env = "KHATA_VELOCITYPAY_TIMEOUT", value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=120))]
    pub velocitypay_timeout: u32,
    /// After so many failures in a row VelocityPay is left alone for a while.
    #[arg(long, env = "KHATA_VELOCITYPAY_FAILURES", value_name = "FAILURES", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub velocitypay_failures: u32,
    /// For so many seconds it is left alone then.
    #[arg(long, env = "KHATA_VELOCITYPAY_PAUSE", value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub velocitypay_pause: u32,
}

/// Without what is secret.
impl fmt::Debug for GatewayOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.velocitypay_url.as_ref().map(ToString::to_string);
        f.debug_struct("GatewayOptions").field("velocitypay_url", &url).finish_non_exhaustive()
    }
}

/// The networks that are reached.
#[derive(Clone, Default)]
pub(crate) struct Gateways {
    pub(super) all: Vec<Arc<dyn PaymentGateway>>,
    /// What VelocityPay's notices are checked with.
    pub(super) velocitypay_secrets: Option<WebhookSecrets>,
}

impl GatewayOptions {
    /// The networks that these options tell of.
    ///
    /// # Errors
    /// They make no sense.
    pub(crate) fn plan(&self) -> Result<Gateways, Failure> {
        let Some(url) = &self.velocitypay_url else {
            return match (&self.velocitypay_token, &self.velocitypay_webhook_secret) {
                (None, None) => Ok(Gateways::default()),
                _ => {
                    Err(Failure::usage("a token or secret of VelocityPay needs its URL (--velocitypay-url)"))
                }
            };
        };
        let secrets =
            self.velocitypay_webhook_secret.as_deref().map(|told| WebhookSecrets::parse(told.split(',')));
        let velocitypay_secrets = secrets
            .transpose()
            .map_err(|error| Failure::usage(format!("{error} (--velocitypay-webhook-secret)")))?;
        let breaker = Breaker {
            failures: self.velocitypay_failures,
            pause: Duration::from_secs(self.velocitypay_pause.into()),
        };
        let timeout = Duration::from_secs(self.velocitypay_timeout.into());
        let velocitypay = VelocityPay::new(url, self.velocitypay_token.as_deref(), timeout, breaker);
        Ok(Gateways { all: vec![Arc::new(velocitypay)], velocitypay_secrets })
    }
}
