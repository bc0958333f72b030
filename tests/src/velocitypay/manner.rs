//! How the network meets what it is asked: what it does, and what it says.

/// What the network does with an order that it does not know yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    Nothing,
    Settles,
    /// Code AC04.
    Refuses,
    /// It works on it until it is told otherwise.
    Takes,
}

/// What it says then, or to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// What is so.
    Straight,
    /// 500.
    Fails,
    /// Nothing, and the connection stays.
    Hangs,
    /// What is no answer.
    Rubbish,
    /// Nothing: it closes the connection.
    Lost,
    /// The same twice over.
    Twice,
    /// What is so, but for the amount.
    OtherAmount,
    /// Something, once nobody waits for it any more; it does not do what it does earlier either.
    Late,
    /// It does not know the payment.
    Unknown,
}

/// How the network meets an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manner(pub Deed, pub Reply);

impl Manner {
    /// Pays, and says so.
    pub const SETTLES: Self = Self(Deed::Settles, Reply::Straight);
    /// Refuses, and says so.
    pub const REFUSES: Self = Self(Deed::Refuses, Reply::Straight);
    /// Takes it, and says so.
    pub const TAKES: Self = Self(Deed::Takes, Reply::Straight);

    /// All by their names.
    pub const NAMED: [(&'static str, Self); 11] = [
        ("settles", Self::SETTLES),
        ("refuses", Self::REFUSES),
        ("in-progress", Self::TAKES),
        ("fails-before", Self(Deed::Nothing, Reply::Fails)),
        ("fails-after", Self(Deed::Settles, Reply::Fails)),
        ("hangs", Self(Deed::Nothing, Reply::Hangs)),
        ("rubbish", Self(Deed::Settles, Reply::Rubbish)),
        ("loses", Self(Deed::Settles, Reply::Lost)),
        ("twice", Self(Deed::Settles, Reply::Twice)),
        ("other-amount", Self(Deed::Settles, Reply::OtherAmount)),
        ("late", Self(Deed::Settles, Reply::Late)),
    ];

    /// By its name.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMED.iter().find(|(known, _)| *known == name).map(|(_, manner)| *manner)
    }
}
