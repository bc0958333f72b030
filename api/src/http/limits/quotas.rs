//! What is limited, and to how much.

use std::{fmt, str::FromStr, time::Duration};

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Class {
    /// Commands of one principal.
    Commands,
    /// Questions of one principal.
    Queries,
    /// What one principal asks of the operators' routes.
    Admin,
    /// All that comes from one address.
    Address,
    /// What comes from one address without a good token.
    Unauthenticated,
}

impl Class {
    const ALL: [Self; 5] = [Self::Commands, Self::Queries, Self::Admin, Self::Address, Self::Unauthenticated];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Commands => "commands",
            Self::Queries => "queries",
            Self::Admin => "admin",
            Self::Address => "address",
            Self::Unauthenticated => "unauthenticated",
        }
    }
}

/// So many requests in so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quota {
    pub(super) requests: u32,
    pub(super) window: Duration,
}

impl Quota {
    /// How long one request takes to be paid off.
    pub(super) fn nanos_each(self) -> u64 {
        let nanos = self.window.as_nanos() / u128::from(self.requests.max(1));
        u64::try_from(nanos).unwrap_or(u64::MAX).max(1)
    }

    fn parse(text: &str) -> Option<Self> {
        let (requests, unit) = text.split_once('/')?;
        let requests =
            requests.trim().parse().ok().filter(|requests| (1..=1_000_000_000).contains(requests))?;
        let seconds = match unit.trim() {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            _ => return None,
        };
        Some(Self { requests, window: Duration::from_secs(seconds) })
    }
}

impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.window.as_secs() {
            1 => "s",
            60 => "m",
            _ => "h",
        };
        write!(f, "{}/{unit}", self.requests)
    }
}

/// How much may be asked; what is not named has no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RateLimits([Option<Quota>; Class::ALL.len()]);

/// Why a text names no limits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no limit, such as commands=50/s or address=6000/m: commands, queries, admin, address or unauthenticated, once each"
)]
pub struct NoQuota(String);

impl RateLimits {
    pub(super) fn of(&self, class: Class) -> Option<Quota> {
        self.0[class as usize]
    }
}

impl FromStr for RateLimits {
    type Err = NoQuota;

    fn from_str(text: &str) -> Result<Self, NoQuota> {
        let mut limits = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let refused = || NoQuota(part.to_owned());
            let (name, quota) = part.split_once('=').ok_or_else(refused)?;
            let class =
                Class::ALL.into_iter().find(|class| class.name() == name.trim()).ok_or_else(refused)?;
            let quota = Quota::parse(quota).ok_or_else(refused)?;
            if limits.0[class as usize].replace(quota).is_some() {
                return Err(refused());
            }
        }
        Ok(limits)
    }
}

impl fmt::Display for RateLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = Class::ALL.into_iter().filter_map(|class| Some((class, self.of(class)?)));
        let told: Vec<String> = named.map(|(class, quota)| format!("{}={quota}", class.name())).collect();
        f.write_str(&told.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_as_they_are_told() {
        let limits: RateLimits = " address=6000/m, commands=50/s,queries=3/h ".parse().unwrap();
        assert_eq!(limits.to_string(), "commands=50/s,queries=3/h,address=6000/m");
        assert_eq!(limits.of(Class::Admin), None);
        assert_eq!("".parse(), Ok(RateLimits::default()));
        for text in ["commands", "commands=50", "commands=0/s", "commands=-1/s", "commands=5/d", "others=5/s"]
        {
            assert_eq!(text.parse::<RateLimits>(), Err(NoQuota(text.to_owned())), "{text}");
        }
        assert_eq!("admin=1/s,admin=2/s".parse::<RateLimits>(), Err(NoQuota("admin=2/s".to_owned())));
    }
}
