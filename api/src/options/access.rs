//! The options by which commands and servers agree who is who: the secret of tokens, what tokens have to say, and the token that this
//! command shows.

use crate::failure::Failure;
use clap::Args;
use jiff::SignedDuration;
use khata_application::Namespace;
use khata_infrastructure::tokens::{ClaimRules, TokenSecret};
use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

/// The issuer and the audience of tokens that are signed with the secret alone, which nobody but Khata has.
const OWN: &str = "khata";
/// The secret that `khata token --make-secret` makes, in the data directory.
const SECRET_FILE: &str = "token.key";
/// Where a token may stand beside a file: it is never an argument, which every user of the machine could read.
const TOKEN: &str = "KHATA_TOKEN";
/// No token is longer.
const LONGEST_TOKEN: u64 = 8 * 1024;

/// What says who is who.
#[derive(Clone, Default, Args)]
pub struct AccessOptions {
    /// A file with the secret that tokens are signed with (HS256): 32 bytes or more, for its owner alone. `khata token --make-secret`
    /// makes one. With it the server asks who sends a request.
    #[arg(long, env = "KHATA_TOKEN_SECRET_FILE", value_name = "FILE", global = true)]
    pub token_secret_file: Option<PathBuf>,
    /// Who has to have made a token (`iss`). Default with a secret alone: khata.
    #[arg(long, env = "KHATA_TOKEN_ISSUER", value_name = "ISSUER", global = true)]
    pub token_issuer: Option<String>,
    /// Whom a token has to be for (`aud`). Default with a secret alone: khata.
    #[arg(long, env = "KHATA_TOKEN_AUDIENCE", value_name = "AUDIENCE", global = true)]
    pub token_audience: Option<String>,
    /// A file with the token to send to a server. Without it: what KHATA_TOKEN holds.
    #[arg(long, env = "KHATA_TOKEN_FILE", value_name = "FILE", global = true)]
    pub token_file: Option<PathBuf>,
}

impl AccessOptions {
    /// The secret of tokens, if one is named.
    ///
    /// # Errors
    /// Its file cannot be taken.
    pub(crate) fn secret(&self) -> Result<Option<TokenSecret>, Failure> {
        self.token_secret_file.as_deref().map(read_secret).transpose()
    }

    /// Where a secret is that was made by `khata token`, or would be.
    pub(crate) fn secret_in(&self, data_dir: &Path) -> PathBuf {
        self.token_secret_file.clone().unwrap_or_else(|| data_dir.join(SECRET_FILE))
    }

    /// What tokens have to say, where a secret alone makes them.
    pub(crate) fn own_rules(&self, namespace: Namespace, leeway: SignedDuration) -> ClaimRules {
        let or_own = |told: &Option<String>| told.clone().unwrap_or_else(|| OWN.to_owned());
        let (issuer, audience) = (or_own(&self.token_issuer), or_own(&self.token_audience));
        ClaimRules { issuer, audience, leeway, namespace }
    }

    /// What tokens have to say, where others make them.
    ///
    /// # Errors
    /// It was not told.
    pub(crate) fn rules(&self, namespace: Namespace, leeway: SignedDuration) -> Result<ClaimRules, Failure> {
        let told = |value: &Option<String>, flag: &str| {
            let value = value.clone().filter(|value| !value.is_empty());
            value.ok_or_else(|| {
                Failure::usage(format!("with --jwks, {flag} has to say whose tokens are taken"))
            })
        };
        let issuer = told(&self.token_issuer, "--token-issuer")?;
        let audience = told(&self.token_audience, "--token-audience")?;
        Ok(ClaimRules { issuer, audience, leeway, namespace })
    }

    /// The token that this command was given to show.
    ///
    /// # Errors
    /// Its file cannot be read, or holds none.
    pub(crate) fn token(&self) -> Result<Option<String>, Failure> {
        let Some(path) = &self.token_file else {
            return std::env::var(TOKEN).ok().map(|token| one_word(&token, TOKEN)).transpose();
        };
        let unreadable = |error| Failure::because(format!("{} cannot be read", path.display()), error);
        let mut text = String::new();
        let file = File::open(path).map_err(unreadable)?;
        file.take(LONGEST_TOKEN + 2).read_to_string(&mut text).map_err(unreadable)?;
        one_word(&text, &path.display().to_string()).map(Some)
    }
}

/// Reads a secret.
pub(crate) fn read_secret(path: &Path) -> Result<TokenSecret, Failure> {
    TokenSecret::read(path).map_err(Failure::plain)
}

/// A token out of a text that may end with a line break. What else it holds is not repeated: it is secret.
fn one_word(text: &str, place: &str) -> Result<String, Failure> {
    let token = text.trim_ascii();
    let is_token = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    let fits = is_token && token.len() as u64 <= LONGEST_TOKEN;
    if fits { Ok(token.to_owned()) } else { Err(Failure::usage(format!("{place} holds no token"))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_one_word_and_nothing_of_what_is_none_is_repeated() {
        assert_eq!(one_word("a.b.c\n", "x").unwrap(), "a.b.c");
        for text in ["", "\n", "s3cret token", &"a".repeat(8 * 1024 + 1), "s3crét"] {
            let told = one_word(text, "the file").unwrap_err().to_string();
            assert_eq!(told, "the file holds no token");
        }
    }

    #[test]
    fn whose_tokens_of_others_are_taken_has_to_be_said() {
        let told =
            AccessOptions { token_issuer: Some("https://issuer.example".into()), ..Default::default() };
        let refused = told.rules(Namespace::default(), SignedDuration::ZERO).unwrap_err().to_string();
        assert!(refused.contains("--token-audience"), "{refused}");
        let own = told.own_rules(Namespace::default(), SignedDuration::ZERO);
        assert_eq!((own.issuer.as_str(), own.audience.as_str()), ("https://issuer.example", "khata"));
    }
}
