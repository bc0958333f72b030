//! What a store finds out about its log by itself, before anybody asks.

/// How a log is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Condition {
    /// The log is not the one any more that this process has opened and followed.
    pub replaced: Option<Replaced>,
    /// Nothing can be written at present.
    pub unwritable: Option<Unwritable>,
}

/// The log went back, holds other events than those that were followed, or its files are gone. Nothing is
/// decided on it until it is as it was, or the process was started anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// What was found, in one sentence.
    pub reason: String,
    /// What this process has opened can still be read whole: only its files cannot be found any more under
    /// their names.
    pub readable: bool,
}

/// Nothing can be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unwritable {
    pub reason: String,
    /// This process has no connection to write on: another one may have.
    pub no_connection: bool,
}

impl Condition {
    /// Why nothing can be read from the log any more, if so.
    pub fn unreadable(&self) -> Option<&str> {
        self.replaced.as_ref().filter(|replaced| !replaced.readable).map(|replaced| replaced.reason.as_str())
    }
}
