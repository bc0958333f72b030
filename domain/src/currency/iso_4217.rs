//! The currencies of ISO 4217, in one table: its list one as published on [`PUBLISHED`], and what has left
//! that list since Khata knows it.
//!
//! Left out are codes in which no account is held: funds and units of account (BOV, CHE, CHW, CLF, COU, MXV,
//! USN, UYI, UYW, XAD, XDR, XSU, XUA, XBA to XBD), metals, and the codes for testing and for none. A new
//! edition of the list changes this file and nothing else.

use jiff::civil::{Date, date};

/// The day on which the maintenance agency published the list (`Pblshd` of its XML, list one).
pub(super) const PUBLISHED: Date = date(2026, 1, 1);

/// Codes whose minor unit is a hundredth, in order.
pub(super) const TWO_DIGITS: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC \
    CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR \
    JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD \
    NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN \
    SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG";
/// Codes without a minor unit, in order.
pub(super) const NO_DIGITS: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";
/// Codes whose minor unit is a thousandth, in order.
pub(super) const THREE_DIGITS: &str = "BHD IQD JOD KWD LYD OMR TND";

/// A currency that is no longer on the list: what is held in it can be read and ended, and nothing new is
/// begun.
pub(super) struct Withdrawn {
    pub(super) code: [u8; 3],
    /// The last day on which it was legal tender on its own.
    pub(super) last_day: Date,
}

/// In order of their codes. All have two digits.
pub(super) const WITHDRAWN: [Withdrawn; 2] = [
    // The Netherlands Antillean guilder: the Caribbean guilder, XCG, since 31 March 2025 (amendment 176).
    Withdrawn { code: *b"ANG", last_day: date(2025, 6, 30) },
    // The lev: the euro since 1 January 2026.
    Withdrawn { code: *b"BGN", last_day: date(2025, 12, 31) },
];
