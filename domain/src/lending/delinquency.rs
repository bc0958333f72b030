//! How late a loan is: days past due, and the bucket they fall in.

use crate::names::names;

names! {
    /// A bucket of days past due.
    pub enum Bucket as "DelinquencyBucket", default Current {
        /// Nothing is past due.
        Current = "current",
        /// 1 to 30 days.
        UpTo30 = "1-30",
        /// 31 to 60 days.
        UpTo60 = "31-60",
        /// 61 to 90 days.
        UpTo90 = "61-90",
        /// Over 90 days: not performing.
        NonPerforming = "non_performing",
    }
}

impl Bucket {
    /// The bucket of a number of days past due.
    pub const fn of_days(days_past_due: u32) -> Self {
        match days_past_due {
            0 => Self::Current,
            1..=30 => Self::UpTo30,
            31..=60 => Self::UpTo60,
            61..=90 => Self::UpTo90,
            91.. => Self::NonPerforming,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bucket_begins_and_ends_on_its_day() {
        for (days, name) in [
            (0, "current"),
            (1, "1-30"),
            (30, "1-30"),
            (31, "31-60"),
            (60, "31-60"),
            (61, "61-90"),
            (90, "61-90"),
            (91, "non_performing"),
            (u32::MAX, "non_performing"),
        ] {
            let bucket = Bucket::of_days(days);
            assert_eq!(bucket.name(), name, "{days}");
            assert_eq!(serde_json::to_string(&bucket).unwrap(), format!("{name:?}"));
        }
    }
}
