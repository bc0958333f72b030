//! What stands between clients and the server: pages of other origins, proxies, and how much may be asked.

use crate::{
    failure::Failure,
    http::{Networks, Origins, RateLimits},
};
use clap::Args;

/// What is between clients and the server.
#[derive(Debug, Clone, Default, Args)]
pub struct OutsideOptions {
    /// How much may be asked, separated by commas: commands, queries and admin by whoever a token names, address by one address,
    /// unauthenticated by one address without a good token; per s, m or h, e.g. commands=50/s,address=6000/m. In khata.toml also as a
    /// table. What is not named has no limit.
    #[arg(
        long,
        env = "KHATA_RATE_LIMITS",
        value_name = "LIMITS",
        default_value_t,
        hide_default_value = true
    )]
    pub rate_limits: RateLimits,
    /// Proxies whose X-Forwarded-For is believed, separated by commas: addresses or networks, e.g. 10.0.0.0/8.
    #[arg(
        long,
        env = "KHATA_TRUSTED_PROXIES",
        value_name = "NETWORKS",
        default_value_t,
        hide_default_value = true
    )]
    pub trusted_proxies: Networks,
    /// Pages of other origins that may send requests, separated by commas, e.g. `https://app.bank.example`. Needs keys: they show a token.
    #[arg(
        long,
        env = "KHATA_CORS_ORIGINS",
        value_name = "ORIGINS",
        default_value_t,
        hide_default_value = true
    )]
    pub cors_origins: Origins,
}

impl OutsideOptions {
    /// Pages of other origins, where they have to say who sends a request.
    pub(super) fn cors_origins(&self, by_token: bool) -> Result<Origins, Failure> {
        if by_token || self.cors_origins.is_empty() {
            return Ok(self.cors_origins.clone());
        }
        Err(Failure::usage(
            "--cors-origins needs keys (--token-secret-file or --jwks): without them every page of these origins could do everything",
        ))
    }
}
