//! `khata token`: makes a token, for development and for machines of the bank's own.

use crate::{
    failure::Failure,
    options::{GlobalOptions, read_secret},
    output::{complain, say},
};
use clap::Args;
use jiff::SignedDuration;
use khata_application::{Clock, access::Role};
use khata_domain::ids::CustomerId;
use khata_infrastructure::{
    SystemClock, private_file,
    tokens::{Grant, TokenSecret},
};

/// What a token is to say.
#[derive(Debug, Args)]
pub struct TokenOptions {
    /// What its bearer is, separated by commas: customer, teller, loan_officer, relationship_manager, compliance_officer, auditor,
    /// operator, admin.
    #[arg(long = "role", env = "KHATA_ROLE", value_name = "ROLES", value_delimiter = ',', required = true, value_parser = role)]
    pub roles: Vec<Role>,
    /// Which customer they are, with the role customer.
    #[arg(long, env = "KHATA_CUSTOMER", value_name = "ID")]
    pub customer: Option<CustomerId>,
    /// How they are called: the actor of what they do.
    #[arg(long, env = "KHATA_SUB", value_name = "NAME", default_value = "developer")]
    pub sub: String,
    /// How long it is good, such as 8h, 30m or 365d.
    #[arg(long, env = "KHATA_TTL", value_name = "SPAN", default_value = "1h", value_parser = span)]
    pub ttl: SignedDuration,
    /// Make the secret first if there is none: --token-secret-file, or token.key in the data directory.
    #[arg(long, env = "KHATA_MAKE_SECRET")]
    pub make_secret: bool,
}

/// Prints a token, and nothing else on standard output.
pub(super) fn make(global: &GlobalOptions, options: &TokenOptions) -> Result<(), Failure> {
    let path = global.access.secret_in(&global.data_dir);
    if options.make_secret && !path.exists() {
        if let Some(folder) = path.parent().filter(|folder| *folder == global.data_dir) {
            private_file::create_folder(folder).map_err(Failure::plain)?;
        }
        TokenSecret::create(&path).map_err(Failure::plain)?;
        complain(&format!("made {}; serve with --token-secret-file {}", path.display(), path.display()));
    }
    if !path.exists() {
        return Err(Failure::new(format!("there is no secret {}; --make-secret makes one", path.display())));
    }
    let secret = read_secret(&path)?;
    let grant = Grant {
        subject: options.sub.clone(),
        roles: options.roles.iter().copied().collect(),
        customer: options.customer,
        ttl: options.ttl,
    };
    let rules = global.access.own_rules(global.namespace()?, SignedDuration::ZERO);
    let token = secret.issue(&rules, &grant, SystemClock.now()).map_err(Failure::plain)?;
    Ok(say(&token)?)
}

fn role(text: &str) -> Result<Role, String> {
    let named = Role::ALL.into_iter().find(|role| role.name() == text.trim());
    named.ok_or_else(|| {
        let names: Vec<&str> = Role::ALL.iter().map(|role| role.name()).collect();
        format!("there are {}", names.join(", "))
    })
}

/// A span such as `90s`, `30m`, `8h` or `365d`, of days of 24 hours.
fn span(text: &str) -> Result<SignedDuration, String> {
    let refused = || "a whole number with s, m, h or d behind it, such as 8h".to_owned();
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(refused)?;
    let seconds: i64 = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(refused()),
    };
    let number: u32 = number.parse().map_err(|_| refused())?;
    if number == 0 { Err(refused()) } else { Ok(SignedDuration::from_secs(i64::from(number) * seconds)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_whole_numbers_with_a_unit() {
        for (text, seconds) in [("90s", 90), ("30m", 1_800), ("8h", 28_800), ("365d", 31_536_000)] {
            assert_eq!(span(text), Ok(SignedDuration::from_secs(seconds)), "{text}");
        }
        for text in ["", "8", "h", "-1h", "0s", "1.5h", "8 h", "8w", "99999999999d", "8é"] {
            assert!(span(text).is_err(), "{text}");
        }
    }
}
