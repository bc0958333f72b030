//! What a comparison of two generations found.

/// What a rebuild found when it compared its tables with the ones that it replaced.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Comparison {
    /// The position at which both stood.
    pub position: u64,
    /// One entry for each table that both have, equal or not.
    pub tables: Vec<Difference>,
}

/// How one table differs between two generations, in the columns that both have.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Difference {
    pub table: String,
    /// The columns that both have.
    pub columns: Vec<String>,
    /// How many rows only the old one has.
    pub only_old: u64,
    /// How many rows only the new one has.
    pub only_new: u64,
    /// How many rows of the same key differ.
    pub changed: u64,
    /// The keys of some of these rows, each as a JSON array.
    pub examples: Vec<String>,
}

impl Difference {
    /// At most so many keys are given as examples.
    pub const EXAMPLES: usize = 10;

    /// Whether all rows agree.
    pub fn is_none(&self) -> bool {
        self.only_old + self.only_new + self.changed == 0
    }
}
