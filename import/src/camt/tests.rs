//! Files written after the message definitions of CAMT.053 (ISO 20022): versions 02 and 08, which differ in
//! where names and states stand.

use super::*;
use jiff::civil::date;

fn file(version: &str, entries: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}\"><BkToCstmrStmt><GrpHdr><MsgId>1</MsgId></GrpHdr>\n<Stmt><Id>S1</Id><Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy></Acct>\n{}\n{}\n{entries}\n</Stmt></BkToCstmrStmt></Document>",
        balance("OPBD", "100.00", "CRDT", "2026-01-01"),
        balance("CLBD", "92.50", "CRDT", "2026-01-05"),
    )
}

fn balance(code: &str, amount: &str, side: &str, date: &str) -> String {
    format!(
        "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"EUR\">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd><Dt><Dt>{date}</Dt></Dt></Bal>"
    )
}

fn entry(amount: &str, side: &str, status: &str, more: &str) -> String {
    format!(
        "<Ntry><Amt Ccy=\"EUR\">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>{more}<Sts>{status}</Sts><BookgDt><Dt>2026-01-05</Dt></BookgDt><ValDt><DtTm>2026-01-06T10:00:00+01:00</DtTm></ValDt><AcctSvcrRef>B1</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls><TxDtls><Refs><EndToEndId>E1</EndToEndId></Refs><RltdPties><Cdtr><Nm>Shop</Nm></Cdtr><Dbtr><Pty><Nm>Payer</Nm></Pty></Dbtr></RltdPties><RmtInf><Ustrd>shoes</Ustrd><Ustrd>size 9</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )
}

#[test]
fn entries_and_balances_of_old_and_new_versions_are_read() {
    let entries = [
        entry("10.00", "DBIT", "BOOK", ""),
        entry("2.50", "CRDT", "<Cd>BOOK</Cd>", "<RvslInd>true</RvslInd>"),
        entry("1.00", "DBIT", "PDNG", ""),
        entry("0.00", "CRDT", "BOOK", ""),
    ];
    for version in ["02", "08"] {
        let statement = read(file(version, &entries.join("\n")).as_bytes()).unwrap().remove(0);
        assert_eq!(
            (statement.account.as_deref(), statement.pending, statement.zero),
            (Some("DE89370400440532013000"), 1, 1)
        );
        assert_eq!(
            statement.opening.map(|balance| (balance.line, balance.date, balance.amount.minor())),
            Some((4, date(2026, 1, 1), 10_000))
        );
        assert_eq!(statement.closing.map(|balance| balance.amount.minor()), Some(9_250));
        let [shoes, back] = statement.movements.as_slice() else { panic!("{statement:?}") };
        assert_eq!(
            (shoes.line, shoes.booked, shoes.value_date),
            (6, date(2026, 1, 5), Some(date(2026, 1, 6)))
        );
        assert_eq!(
            (shoes.amount.minor(), shoes.id.as_deref(), shoes.reference.as_str()),
            (-1_000, Some("B1"), "E1")
        );
        assert_eq!((shoes.counterparty.as_str(), shoes.description.as_str()), ("Shop", "shoes size 9"));
        assert_eq!(
            (back.amount.minor(), back.counterparty.as_str(), &back.undoes),
            (250, "Payer", &Some(Undone::Alike))
        );
    }
}

#[test]
fn what_makes_no_sense_is_told_with_its_line_and_entry() {
    let good = file("02", &entry("10.00", "DBIT", "BOOK", ""));
    for (text, saying) in [
        (
            good.replace("<Amt Ccy=\"EUR\">10.00", "<Amt Ccy=\"EUR\">10,00"),
            "line 6: entry 1: \"10,00\" is no amount",
        ),
        (good.replace("<Amt Ccy=\"EUR\">10.00", "<Amt>10.00"), "line 6: entry 1: the amount has no currency"),
        (good.replace("<CdtDbtInd>DBIT", "<CdtDbtInd>OUT"), "line 6: entry 1: CdtDbtInd \"OUT\""),
        (
            good.replace("<Dt>2026-01-05</Dt></BookgDt>", "<Dt>5.1.2026</Dt></BookgDt>"),
            "line 6: entry 1: \"5.1.2026\" is no date",
        ),
        (good.replace("BkToCstmrStmt", "BkToCstmrAcctRpt"), "CAMT.052"),
        (good.replace("BkToCstmrStmt", "BkToCstmrDbtCdtNtfctn"), "CAMT.054"),
        (good.replace("BkToCstmrStmt", "CstmrCdtTrfInitn"), "it is no CAMT.053: <CstmrCdtTrfInitn>"),
        (good.replace("</Stmt>", ""), "line 7: "),
        ("<Document/>".to_owned(), "without content"),
        (
            good.replacen(
                "<Document",
                "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>\n<Document",
                1,
            ),
            "DTD",
        ),
    ] {
        let refused = read(text.as_bytes()).unwrap_err().to_string();
        assert!(refused.contains(saying), "{saying}: {refused}");
    }
}

#[test]
fn the_encoding_of_the_declaration_is_heeded() {
    let text = file("02", &entry("10.00", "DBIT", "BOOK", ""))
        .replace("UTF-8", "ISO-8859-1")
        .replace("shoes", "Schuhe für Müller");
    let bytes: Vec<u8> = text.chars().map(|letter| letter as u8).collect();
    assert_eq!(read(&bytes).unwrap()[0].movements[0].description, "Schuhe für Müller size 9");
}

#[test]
fn a_file_that_is_cut_off_anywhere_is_refused() {
    let good = file("02", &entry("10.00", "DBIT", "BOOK", ""));
    assert!((0..good.len()).all(|cut| read(&good.as_bytes()[..cut]).is_err()));
    assert!(read("<a>".repeat(100_000).as_bytes()).is_err(), "elements in each other without end");
}

#[test]
fn what_tells_no_date_of_booking_is_booked_between_its_balances() {
    let without = |value_date: &str| {
        let entry = entry("10.00", "DBIT", "BOOK", "").replace("<BookgDt><Dt>2026-01-05</Dt></BookgDt>", "");
        let statement =
            read(file("08", &entry.replace("2026-01-06T", value_date)).as_bytes()).unwrap().remove(0);
        (statement.movements[0].booked, statement.movements[0].value_date)
    };
    assert_eq!(without("2025-12-30T"), (date(2026, 1, 2), Some(date(2025, 12, 30))));
    assert_eq!(without("2026-01-03T"), (date(2026, 1, 3), None));
    assert_eq!(without("2027-01-03T"), (date(2026, 1, 5), Some(date(2027, 1, 3))));
}

#[test]
fn trailing_zeros_of_an_amount_are_never_thousands() {
    let statement = read(file("08", &entry("1.500", "CRDT", "BOOK", "")).as_bytes()).unwrap().remove(0);
    assert_eq!(statement.movements[0].amount.minor(), 150);
}
