//! Files written after the specifications of OFX 1.6 (SGML) and 2.2 (XML).

use super::*;
use jiff::civil::date;

const SGML: &str = "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nENCODING:USASCII\nCHARSET:1252\n\n<OFX>\n<SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS></SONRS></SIGNONMSGSRSV1>\n<BANKMSGSRSV1><STMTTRNRS><TRNUID>1\n<STMTRS><CURDEF>USD\n<BANKACCTFROM><BANKID>1<ACCTID>12345<ACCTTYPE>CHECKING</BANKACCTFROM>\n<BANKTRANLIST><DTSTART>20260101<DTEND>20260131\n<STMTTRN>\n<TRNTYPE>DEBIT\n<DTPOSTED>20260105120000[-5:EST]\n<TRNAMT>-12.50\n<FITID>2026 0105 1\n<NAME>Bread &amp; Butter\n<MEMO>\n</STMTTRN>\n<STMTTRN><TRNTYPE>FEE<DTPOSTED>20260103<DTAVAIL>20260104<TRNAMT>-1,00<FITID>F2<NAME>Bank</STMTTRN>\n<STMTTRN><TRNTYPE>INT<DTPOSTED>20260104<TRNAMT>0.00<FITID>F3</STMTTRN>\n</BANKTRANLIST>\n<LEDGERBAL><BALAMT>86.50<DTASOF>20260131</LEDGERBAL>\n</STMTRS></STMTTRNRS></BANKMSGSRSV1>\n</OFX>\n";

#[test]
fn version_1_is_read_without_ends_behind_its_values() {
    let statements = read(SGML.as_bytes(), None).unwrap();
    let [statement] = statements.as_slice() else { panic!("{statements:?}") };
    assert_eq!((statement.account.as_deref(), statement.zero), (Some("12345"), 1));
    let [fee, bread] = statement.movements.as_slice() else { panic!("{statement:?}") };
    assert_eq!(
        (fee.line, fee.booked, fee.value_date, fee.kind),
        (21, date(2026, 1, 3), Some(date(2026, 1, 4)), MovementKind::Fee)
    );
    assert_eq!(
        (bread.line, bread.booked, bread.amount.to_string().as_str()),
        (13, date(2026, 1, 5), "-12.50 USD")
    );
    assert_eq!(
        (bread.id.as_deref(), bread.counterparty.as_str(), bread.description.as_str()),
        (Some("2026 0105 1"), "Bread & Butter", "")
    );
    let opening = statement.opening.unwrap();
    assert_eq!((opening.date, opening.amount.minor(), opening.calculated), (date(2026, 1, 3), 10_000, true));
    assert_eq!(
        statement.closing.map(|balance| (balance.date, balance.amount.minor(), balance.calculated)),
        Some((date(2026, 1, 31), 8_650, false))
    );
}

fn xml(transactions: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<?OFX OFXHEADER=\"200\" VERSION=\"220\"?>\n<!-- made for a test -->\n<OFX><CREDITCARDMSGSRSV1><CCSTMTTRNRS><CCSTMTRS><CURDEF>EUR</CURDEF><CCACCTFROM><ACCTID>4711</ACCTID></CCACCTFROM>\n<BANKTRANLIST>\n{transactions}\n</BANKTRANLIST></CCSTMTRS></CCSTMTTRNRS></CREDITCARDMSGSRSV1></OFX>"
    )
}

fn transaction(fitid: &str, amount: &str, more: &str) -> String {
    format!(
        "<STMTTRN><TRNTYPE>OTHER</TRNTYPE><DTPOSTED>20260105</DTPOSTED><TRNAMT>{amount}</TRNAMT><FITID>{fitid}</FITID>{more}<MEMO></MEMO></STMTTRN>\n"
    )
}

#[test]
fn version_2_is_read_and_corrections_undo_what_they_correct() {
    let deletes = "<CORRECTFITID>A</CORRECTFITID><CORRECTACTION>DELETE</CORRECTACTION>";
    let replaces = "<CORRECTFITID>B</CORRECTFITID><CORRECTACTION>REPLACE</CORRECTACTION>";
    let transactions = [
        transaction("A", "5.00", ""),
        transaction("B", "-7.00", ""),
        transaction("C", "5.00", deletes),
        transaction("D", "-8.00", replaces),
    ];
    let statement = read(xml(&transactions.concat()).as_bytes(), None).unwrap().remove(0);
    let told: Vec<_> = statement
        .movements
        .iter()
        .map(|movement| (movement.amount.minor(), movement.undoes.clone()))
        .collect();
    let named = |id: &str| Some(Undone::Named(id.to_owned()));
    assert_eq!(told, [(500, None), (-700, None), (-500, named("A")), (700, named("B")), (-800, None)]);
    assert_eq!((statement.account.as_deref(), statement.closing), (Some("4711"), None));
    let refused = read(xml(&transaction("C", "5.00", deletes)).as_bytes(), None).unwrap_err();
    assert!(
        refused.to_string().starts_with("line 6: it corrects \"A\", which this file does not hold"),
        "{refused}"
    );
}

#[test]
fn what_makes_no_sense_is_told_with_its_line() {
    for (text, saying) in [
        ("Datum;Betrag".to_owned(), "there is no <OFX>"),
        (SGML.replace("<TRNAMT>-12.50\n", ""), "line 13: STMTTRN has no TRNAMT"),
        (SGML.replace("-12.50", "-12.50.1"), "line 13: TRNAMT \"-12.50.1\" is no amount"),
        (SGML.replace("20260105120000", "2026AB"), "line 13: DTPOSTED \"2026AB[-5:EST]\" is no date"),
        (SGML.replace("<CURDEF>USD", "<CURDEF>US"), "CURDEF \"US\""),
        (SGML.replace("</STMTTRN>", "</STMTTRM>"), "</STMTTRM> ends nothing that is open"),
        (SGML.replace("</OFX>", ""), "has no end: the file may be cut off"),
        (SGML.replace("INFO", "ERROR"), "the bank answered with an error"),
        (
            xml(&transaction("A", "1.00", "<CURRENCY><CURSYM>USD</CURSYM><CURRATE>1</CURRATE></CURRENCY>")),
            "the amount is in USD, the account in EUR",
        ),
        ("<OFX>".repeat(500), "deeper than"),
        ("<OFX></OFX>".to_owned(), "holds no statement"),
    ] {
        let refused = read(text.as_bytes(), None).unwrap_err().to_string();
        assert!(refused.contains(saying), "{saying}: {refused}");
    }
}

#[test]
fn a_document_type_is_passed_over_and_its_entities_stay_unread() {
    let hostile = xml(&transaction("A", "1.00", "<NAME>&lol;</NAME>")).replacen(
        "<OFX>",
        "<!DOCTYPE lolz [<!ENTITY lol \"lol\">]>\n<OFX>",
        1,
    );
    let statement = read(hostile.as_bytes(), None).unwrap().remove(0);
    assert_eq!(statement.movements[0].counterparty, "&lol;");
    for cut in 0..SGML.len() {
        let _ = read(&SGML.as_bytes()[..cut], None);
    }
}

fn listed(range: &str, transactions: &str, ledger: &str) -> String {
    let list = format!(
        "<STMTRS><CURDEF>EUR<BANKACCTFROM><ACCTID>1</BANKACCTFROM><BANKTRANLIST>{range}{transactions}</BANKTRANLIST>"
    );
    format!("{list}<LEDGERBAL>{ledger}</LEDGERBAL></STMTRS>")
}

#[test]
fn a_balance_that_is_not_the_one_at_the_end_of_its_list_is_left_out_and_told() {
    let january = transaction("A", "-10.00", "");
    let range = "<DTSTART>20260101<DTEND>20260131";
    let later = "<BALAMT>500.00<DTASOF>20260310";
    for (list, why) in [
        (listed(range, &january, later), "the list ends with 2026-01-31"),
        (listed("", &january, later), "the list ends with 2026-01-05"),
        (listed("", "", later), "the list does not tell where it ends"),
        (listed(range, &january, "<BALAMT>500.00<DTASOF>20260104"), "the list goes on to 2026-01-05"),
    ] {
        let statement = read(format!("<OFX>{list}</OFX>").as_bytes(), None).unwrap().remove(0);
        assert_eq!((statement.opening, statement.closing), (None, None), "{list}");
        let [note] = statement.notes.as_slice() else { panic!("{statement:?}") };
        assert!(note.starts_with("balance not taken: 500.00 EUR (2026-") && note.contains(why), "{note}");
    }
    for (range, day) in
        [(range, "20260131"), (range, "20260110"), (range, "20260105"), ("", "20260105120000")]
    {
        let list = listed(range, &january, &format!("<BALAMT>500.00<DTASOF>{day}"));
        let statement = read(format!("<OFX>{list}</OFX>").as_bytes(), None).unwrap().remove(0);
        assert_eq!(statement.opening.map(|opening| opening.amount.minor()), Some(51_000), "{list}");
        assert!(statement.closing.is_some() && statement.notes.is_empty(), "{statement:?}");
    }
}

#[test]
fn balances_of_an_account_that_is_listed_twice_are_left_out() {
    let today = "<BALAMT>500.00<DTASOF>20260228";
    let january = listed("<DTSTART>20260101<DTEND>20260131", &transaction("A", "-10.00", ""), today);
    let february = listed("<DTSTART>20260201<DTEND>20260228", "", today);
    let statements = read(format!("<OFX>{january}{february}</OFX>").as_bytes(), None).unwrap();
    assert!(
        statements.iter().all(|statement| statement.opening.is_none() && statement.closing.is_none()),
        "{statements:?}"
    );
    assert!(statements[1].notes[0].contains("the file lists the account more than once"), "{statements:?}");
}

#[test]
fn three_digits_behind_a_comma_may_be_thousands_and_are_refused() {
    for (currency, amount) in [("JPY", "-12,000"), ("EUR", "-1,000"), ("EUR", "1.500")] {
        let text = xml(&transaction("A", amount, "")).replace("EUR", currency);
        let refused = read(text.as_bytes(), None).unwrap_err().to_string();
        assert!(refused.contains("may mean thousands"), "{refused}");
    }
}

#[test]
fn a_file_of_more_elements_than_any_bank_writes_is_refused() {
    let refused = read(format!("<OFX>{}", "<A>1".repeat(2_000_000)).as_bytes(), None).unwrap_err();
    assert!(refused.reason.contains("more than 2000000 elements"), "{refused}");
}
