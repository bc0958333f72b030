//! What a file looks like, from its first lines, so that whoever gives it to the wrong reader is told the
//! right one.

/// A format of files, with the command that takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Open Financial Exchange.
    Ofx,
    /// SWIFT's customer statement.
    Mt940,
    /// A message of ISO 20022.
    Camt,
    /// What `hledger print -O csv` writes.
    Hledger,
    /// Lines of facts.
    Ndjson,
}

/// So many bytes tell.
pub const HEAD_BYTES: usize = 4096;

impl Format {
    /// What the head of a file looks like; `None` for a table, or for nothing known.
    pub fn of(head: &[u8]) -> Option<Self> {
        let head = String::from_utf8_lossy(&head[..head.len().min(HEAD_BYTES)]).replace('\0', "");
        let text = head.trim_start_matches(['\u{feff}', '\u{fffd}']).trim_start();
        let has = |part: &str| text.contains(part);
        if text.starts_with("OFXHEADER") || has("<?OFX") || has("<OFX>") || has("<ofx>") {
            Some(Self::Ofx)
        } else if text.starts_with('<') && (has("BkToCstmr") || has("camt.05")) {
            Some(Self::Camt)
        } else if (text.starts_with(":20:") || has("\n:20:") || has("{4:")) && has(":25") {
            Some(Self::Mt940)
        } else if text.starts_with("\"txnidx\"") || text.starts_with("txnidx") {
            Some(Self::Hledger)
        } else if text.starts_with("{\"") {
            Some(Self::Ndjson)
        } else {
            None
        }
    }

    /// What to type instead.
    pub const fn hint(self) -> &'static str {
        match self {
            Self::Ofx => "this looks like OFX: khata import ofx --account ID FILE",
            Self::Mt940 => "this looks like MT940: khata import mt940 --account ID FILE",
            Self::Camt => "this looks like a CAMT message: khata import camt --account ID FILE",
            Self::Hledger => {
                "this looks like the CSV of hledger: khata import hledger --account ID --hledger-account NAME FILE"
            }
            Self::Ndjson => "this looks like lines of facts: khata import ndjson FILE",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_by_how_they_begin() {
        for (head, format) in [
            ("OFXHEADER:100\nDATA:OFXSGML\n", Some(Format::Ofx)),
            ("<?xml version=\"1.0\"?>\n<?OFX OFXHEADER=\"200\"?>", Some(Format::Ofx)),
            (
                "<?xml version='1.0'?><Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.02'>",
                Some(Format::Camt),
            ),
            (":20:STARTUMS\r\n:25:10020030/1234\r\n", Some(Format::Mt940)),
            ("{1:F01AAAABB99BSMK3513951576}{4:\n:20:0\n:25:1\n", Some(Format::Mt940)),
            ("\"txnidx\",\"date\"", Some(Format::Hledger)),
            ("\u{feff}{\"entry\":{}}", Some(Format::Ndjson)),
            ("Datum;Betrag\n", None),
            ("", None),
        ] {
            assert_eq!(Format::of(head.as_bytes()), format, "{head}");
        }
    }
}
