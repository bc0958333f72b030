//! Statements of one account by the command line: every format, with a server and without, again and again.

use crate::told::{fed, finish, over};
use khata_tests::{Server, binary::khata};
use std::{
    fs,
    path::{Path, PathBuf},
};

const CUSTOMER: &str = r#"{"customer_onboarded":{"source":"test:c:1","effective_at":"2025-01-01","name":"One","email":"one@test.example","phone":"+49 30 000","type":"individual"}}"#;
const OPEN: [&str; 4] = ["--open", "savings", "--customer", "test:c:1"];

/// A place with a customer, files and a data directory.
struct Place {
    directory: tempfile::TempDir,
    server: Option<Server>,
}

impl Place {
    fn new(with_server: bool) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().join("data");
        let server = with_server.then(|| Server::start(&data));
        let place = Self { directory, server };
        let customer = place.file("customer.ndjson", CUSTOMER);
        over(&place.data(), &["import", "ndjson", &customer]).well();
        place
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.directory.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn import(&self, format: &str, file: &str, more: &[&str]) -> crate::told::Told {
        let arguments = [&["import", format, file, "--account", "test:giro"], more].concat();
        over(&self.data(), &arguments)
    }
}

/// An MT940 statement from a balance to another.
fn mt940(opening: &str, lines: &[&str], closing: &str) -> String {
    let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    format!(":20:X\r\n:25:DE1\r\n:28C:1\r\n:60F:{opening}\r\n{lines}:62F:{closing}\r\n-\r\n")
}

const TICKET: &str = ":61:2601030103D2,50NMSCNONREF\r\n:86:bus ticket";

#[test]
fn a_statement_opens_an_account_is_taken_once_and_a_longer_one_adds_what_is_new() {
    for with_server in [true, false] {
        let place = Place::new(with_server);
        let january =
            mt940("C260101EUR100,00", &[TICKET, TICKET, ":61:2601040104C7,00NTRFR1//B1"], "C260104EUR102,00");
        let file = place.file("january.sta", &january);
        let shown = place.import("mt940", &file, &[&OPEN[..], &["--check"]].concat()).well();
        for words in [
            "the file: 3 entries of 2026-01-03 to 2026-01-04, credits 7.00 EUR, debits 5.00 EUR",
            "opening balance 100.00 EUR",
            "nothing was written",
        ] {
            assert!(shown.contains(words), "{shown}");
        }
        let first = place.import("mt940", &file, &OPEN).well();
        assert!(
            first.contains("1 accounts, 1 opening balances, 3 transactions, 1 balances checked"),
            "{first}"
        );
        assert!(first.contains("EUR: opening 100.00, credits 7.00, debits 5.00, balance 102.00"), "{first}");
        assert!(first.contains("6 facts: 5 imported, 0 already present"), "{first}");
        let again = place.import("mt940", &file, &OPEN).well();
        assert!(
            again.contains("5 facts: 0 imported, 4 already present") && again.contains("0 events appended"),
            "{again}"
        );
        let longer = mt940(
            "C260101EUR100,00",
            &[TICKET, TICKET, ":61:2601040104C7,00NTRFR1//B1", ":61:2601050105RC7,00NTRFR1//B2"],
            "C260105EUR95,00",
        );
        let longer = place.import("mt940", &place.file("longer.sta", longer), &[]).well();
        assert!(longer.contains("1 imported, 4 already present"), "{longer}");
        let february = mt940("C260105EUR95,00", &[":61:2602010201D5,00NMSCNONREF"], "C260201EUR90,00");
        let february = place.import("mt940", &place.file("february.sta", february), &[]).well();
        assert!(february.contains("1 transactions, 2 balances checked"), "{february}");
    }
}

#[test]
fn statements_that_contradict_themselves_or_the_books_are_refused_with_both_figures_and_the_line() {
    for with_server in [true, false] {
        let place = Place::new(with_server);
        let wrong = place.file("wrong.sta", mt940("C260101EUR100,00", &[TICKET], "C260103EUR97,00"));
        let told = place
            .import("mt940", &wrong, &OPEN)
            .failed(1, "wrong.sta, line 7: from 100.00 EUR the movements lead to 97.50 EUR, and the closing balance is 97.00 EUR");
        assert!(!told.out.contains("events appended"), "{told:?}");
        let january = place.file("january.sta", mt940("C260101EUR100,00", &[TICKET], "C260103EUR97,50"));
        place.import("mt940", &january, &OPEN).well();
        let march = place.file(
            "march.sta",
            mt940("C260228EUR200,00", &[":61:2603010301D5,00NMSCNONREF"], "C260301EUR195,00"),
        );
        place.import("mt940", &march, &[]).failed(1, "march.sta, line 4: the balance at the end of 2026-02-28 is 97.50 EUR by the account's entries and 200.00 EUR by this line (balance_differs)");
        place.import("mt940", &march, &["--no-balance-checks"]).well();
        let dollars = place.file("dollars.sta", mt940("C260401USD1,00", &[], "C260401USD1,00"));
        place
            .import("mt940", &dollars, &[])
            .failed(1, "dollars.sta, line 4: the amount is in USD, the account in EUR");
    }
}

#[test]
fn a_day_that_is_split_over_two_files_is_not_taken_for_the_same_file_and_an_account_has_one_name() {
    for with_server in [true, false] {
        let place = Place::new(with_server);
        let ticket = ":61:2601020102D2,50NMSCNONREF\r\n:86:bus ticket";
        let morning = place.file("morning.sta", mt940("C260102EUR10,00", &[ticket], "C260102EUR7,50"));
        let evening = place.file("evening.sta", mt940("C260102EUR7,50", &[ticket], "C260102EUR5,00"));
        let noon = place
            .file("noon.sta", mt940("C260102EUR7,50", &[":61:2601020102D1,00NMSCNONREF"], "C260102EUR6,50"));
        place.import("mt940", &morning, &OPEN).well();
        place.import("mt940", &evening, &[]).failed(
            1,
            "evening.sta, line 5: the file begins within 2026-01-02, and an equal movement of that day is booked from another file: import the files of one day together",
        );
        let id: khata_domain::ids::AccountId =
            khata_application::import::SourceRef::parse("test:giro").unwrap().id();
        let again = over(&place.data(), &["import", "mt940", &morning, "--account", &id.to_string()]).well();
        assert!(again.contains("0 imported, 2 already present"), "{again}");
        let noon_told = place.import("mt940", &noon, &[]).well();
        assert!(noon_told.contains("1 imported, 0 already present"), "{noon_told}");
        let again = place.import("mt940", &noon, &[]).well();
        assert!(again.contains("0 imported, 1 already present"), "{again}");
    }
}

#[test]
fn a_tables_balances_may_be_left_unchecked_and_a_second_years_journal_begins_with_a_check() {
    let place = Place::new(false);
    let map =
        place.file("map.toml", "[columns]\ndate = \"d\"\namount = \"a\"\nbalance = \"b\"\ncurrency = \"c\"");
    let wrong = place.file("wrong.csv", "d,a,b,c\n2025-01-02,10,110,EUR\n2025-01-03,5,116,EUR\n");
    let with_map = [&OPEN[..], &["--map", &map]].concat();
    place
        .import("csv", &wrong, &with_map)
        .failed(1, "wrong.csv, line 3: from the balance of 110.00 EUR (line 2) this row leads to 115.00 EUR");
    let told = place.import("csv", &wrong, &[&with_map[..], &["--no-balance-checks"]].concat()).well();
    assert!(told.contains("EUR: opening 100.00, credits 15.00, debits 0.00, balance 115.00"), "{told}");
    let head = "txnidx,date,date2,status,code,description,comment,account,amount,commodity,credit,debit,posting-status,posting-comment";
    let year = |opening: &str| {
        let opened = format!(
            "1,2026-01-01,,,,,,assets:giro,{opening},EUR,,,,\n1,2026-01-01,,,,,,equity:opening/closing balances,-{opening},EUR,,,,"
        );
        format!(
            "{head}\n{opened}\n2,2026-01-02,,,,,,assets:giro,-1.00,EUR,,,,\n2,2026-01-02,,,,,,expenses:food,1.00,EUR,,,,\n"
        )
    };
    let of = ["--hledger-account", "assets:giro"];
    place
        .import("hledger", &place.file("other.csv", year("114.00")), &of)
        .failed(1, "other.csv, line 2: the balance at the end of 2025-12-31 is 115.00 EUR");
    let told = place.import("hledger", &place.file("second.csv", year("115.00")), &of).well();
    assert!(told.contains("1 transactions, 1 balances checked"), "{told}");
}

const OFX: &str = include_str!("../../fixtures/statements/statement.ofx");
const TABLE: &str = include_str!("../../fixtures/statements/movements.csv");
const MAPPING: &str = include_str!("../../fixtures/statements/bank.toml");
const CAMT: &str = include_str!("../../fixtures/statements/statement.xml");

#[test]
fn ofx_and_camt_are_taken_once_and_their_balances_hold() {
    for with_server in [true, false] {
        for (format, text, first, again) in [
            (
                "ofx",
                OFX,
                "EUR: opening 100.00, credits 0.00, debits 25.00, balance 75.00",
                "0 imported, 3 already present",
            ),
            ("camt", CAMT, "EUR: credits 9.00, debits 0.00, balance 9.00", "0 imported, 1 already present"),
        ] {
            let place = Place::new(with_server);
            let file = place.file("statement", text);
            let told = place.import(format, &file, &OPEN).well();
            assert!(told.contains(first), "{told}");
            let told = place.import(format, &file, &[]).well();
            assert!(told.contains(again) && told.contains("0 events appended"), "{told}");
        }
    }
}

#[test]
fn a_table_and_its_mapping_are_taken_as_the_documentation_shows_them() {
    let page =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/importing.md")).unwrap();
    assert!(
        page.contains(&format!("```csv\n{TABLE}```")) && page.contains(&format!("```toml\n{MAPPING}```"))
    );
    let place = Place::new(false);
    let (table, map) = (place.file("table.csv", TABLE), place.file("bank.toml", MAPPING));
    let told = place.import("csv", &table, &[&OPEN[..], &["--map", &map]].concat()).well();
    assert!(told.contains("EUR: credits 2000.00, debits 1525.00, balance 475.00"), "{told}");
    let again = place.import("csv", &table, &["--map", &map]).well();
    assert!(again.contains("0 imported, 2 already present"), "{again}");
    let bad = place.file("bad.toml", MAPPING.replace("delimiter", "delimeter"));
    place
        .import("csv", &table, &["--map", &bad])
        .failed(2, "bad.toml, line 1: unknown field `delimeter`, expected one of `encoding`, `delimiter`");
    let other = place.file("other.toml", MAPPING.replace("\"Betrag\"", "\"Umsatz\""));
    place
        .import("csv", &table, &["--map", &other])
        .failed(1, "there is no column \"Umsatz\"; there are \"Buchungstag\", \"Valuta\"");
}

#[test]
fn a_journal_comes_from_standard_input() {
    let place = Place::new(false);
    let journal = "\"txnidx\",\"date\",\"date2\",\"status\",\"code\",\"description\",\"comment\",\"account\",\"amount\",\"commodity\",\"credit\",\"debit\",\"posting-status\",\"posting-comment\"\n\"1\",\"2026-01-01\",\"\",\"\",\"\",\"opening\",\"\",\"assets:giro\",\"100.00\",\"€\",\"\",\"100.00\",\"\",\"\"\n\"1\",\"2026-01-01\",\"\",\"\",\"\",\"opening\",\"\",\"equity:opening/closing balances\",\"-100.00\",\"€\",\"100.00\",\"\",\"\",\"\"\n\"2\",\"2026-01-02\",\"\",\"\",\"\",\"Shop\",\"\",\"assets:giro\",\"-12.50\",\"€\",\"12.50\",\"\",\"\",\"\"\n\"2\",\"2026-01-02\",\"\",\"\",\"\",\"Shop\",\"\",\"expenses:food\",\"12.50\",\"€\",\"\",\"12.50\",\"\",\"\"\n";
    for told in ["3 imported, 0 already present", "0 imported, 2 already present"] {
        let mut command = khata([
            "import",
            "hledger",
            "-",
            "--account",
            "test:giro",
            "--hledger-account",
            "assets:giro",
            "--commodity",
            "€",
            "--currency",
            "EUR",
        ]);
        command.args(OPEN).arg("--data-dir").arg(place.data());
        let out = fed(&mut command, journal).well();
        assert!(
            out.contains("EUR: opening 100.00, credits 0.00, debits 12.50, balance 87.50")
                && out.contains(told),
            "{out}"
        );
    }
}

#[test]
fn a_file_given_to_the_wrong_reader_and_an_account_that_is_not_there_are_told() {
    let place = Place::new(false);
    let (ofx, camt) = (place.file("a.ofx", OFX), place.file("a.xml", CAMT));
    place
        .import("mt940", &ofx, &[])
        .failed(2, "a.ofx: this looks like OFX: khata import ofx --account ID FILE");
    place.import("ofx", &camt, &[]).failed(2, "this looks like a CAMT message: khata import camt");
    finish(khata(["import", "ndjson", &camt, "--data-dir"]).arg(place.data()))
        .failed(2, "this looks like a CAMT message");
    place
        .import("ofx", &ofx, &[])
        .failed(1, "there is no account test:giro yet: name one that exists, or have it opened by --open TYPE --customer ID");
    place
        .import("ofx", &ofx, &["--of", "7", "--open", "savings", "--customer", "test:c:1"])
        .failed(1, "it tells of \"1\", not of \"7\"");
    let nowhere = place.directory.path().join("nothing");
    over(&nowhere, &["import", "ofx", &ofx, "--account", "test:giro", "--check"]).failed(1, "");
    assert!(!nowhere.exists(), "a check makes no store");
}

#[test]
fn value_dates_and_the_balance_brought_forward_show_in_lists_and_statements() {
    let place = Place::new(true);
    let text = mt940("C260101EUR100,00", &[":61:2601050103D2,50NMSCNONREF"], "C260103EUR97,50");
    place.import("mt940", &place.file("a.sta", text), &OPEN).well();
    let id: khata_domain::ids::AccountId =
        khata_application::import::SourceRef::parse("test:giro").unwrap().id();
    let mut client = place.server.as_ref().unwrap().client();
    let statement = client.get(&format!("/v1/accounts/{id}/statement?month=2026-01")).expect(200);
    let lines = statement["transactions"].as_array().unwrap();
    let told: Vec<_> = lines
        .iter()
        .map(|line| {
            (&line["kind"], &line["business_date"], &line["value_date"], &line["balance_after"]["amount"])
        })
        .collect();
    assert_eq!(
        serde_json::json!(told),
        serde_json::json!([
            ["balance_brought_forward", "2026-01-01", null, "100.00"],
            ["withdrawal", "2026-01-03", "2026-01-05", "97.50"]
        ])
    );
    let then = client.get(&format!("/v1/accounts/{id}?effective_on=2026-01-02")).expect(200);
    assert_eq!(then["balance"]["amount"], "100.00");
}
