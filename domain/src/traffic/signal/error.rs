//! Why a traffic signal refuses. The code is the rule; the members are its facts.

use super::words::{Direction, Light, SignalStatus};
use crate::refusals;
use jiff::Timestamp;

refusals! {
    /// Why a traffic signal refuses.
    pub enum SignalError {
        /// The signal is not installed.
        #[error("the signal is not installed")]
        SignalNotInstalled,
        /// The signal is installed already.
        #[error("the signal is installed already")]
        SignalAlreadyInstalled,
        /// The signal is dark, or keeps a direction open for a vehicle (`actual_status`).
        #[error("the signal is {status}")]
        SignalNotOperating { status: SignalStatus },
        /// Lights do not last that long (`member`, `seconds`, `least`, `most`).
        #[error("{seconds} s is not within {least} to {most} s, as `{member}` must be")]
        TimingOutOfRange { member: &'static str, seconds: u16, least: u16, most: u16 },
        /// The present light has not lasted long enough (`light`, `until`).
        #[error("{light} lasts until {until}")]
        PhaseTooShort { light: Light, until: Timestamp },
        /// A direction is kept open for another vehicle (`direction`).
        #[error("{direction} is kept open for a vehicle")]
        OverrideActive { direction: Direction },
    }
}
