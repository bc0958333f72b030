//! Tables as banks, PayPal and Stripe write them, and journals as hledger does.

use super::{hledger::Journal, *};
use jiff::civil::date;

fn eur() -> Option<Currency> {
    Some("EUR".parse().unwrap())
}

fn mapped(mapping: &str, table: &str) -> Result<Statement, FileError> {
    read(table.as_bytes(), &Mapping::parse(mapping).unwrap(), eur(), true)
}

fn minors(statement: &Statement) -> Vec<i64> {
    statement.movements.iter().map(|movement| movement.amount.minor()).collect()
}

const GERMAN: &str = "encoding = \"windows-1252\"\ndelimiter = \";\"\nskip_top = 2\nskip_bottom = 1\norder = \"newest_first\"\ndecimal = \",\"\ndate_format = \"%d.%m.%Y\"\n[columns]\ndate = \"Buchungstag\"\nvalue_date = \"Valuta\"\namount = \"Betrag\"\ncurrency = \"Währung\"\nbalance = \"Saldo\"\ncounterparty = [\"Name\", \"IBAN\"]\ndescription = \"Zweck\"\n";

fn german(rows: &str) -> Vec<u8> {
    let table = format!(
        "Umsätze Girokonto\r\n\r\nBuchungstag;Valuta;Name;IBAN;Zweck;Betrag;Währung;Saldo\r\n{rows}Summe;;;;;;;\r\n"
    );
    encoding_rs::WINDOWS_1252.encode(&table).0.into_owned()
}

#[test]
fn a_banks_table_is_read_by_its_mapping_with_balances_before_and_after() {
    let mapping = Mapping::parse(GERMAN).unwrap();
    let rows = "03.01.2026;04.01.2026;Müller;DE1;\"Miete; Januar\r\nWohnung\";-1.525,00;EUR;-525,00\r\n\r\n02.01.2026;02.01.2026;Gehalt;;;1.000,00;EUR;1.000,00\r\n";
    let statement = read(&german(rows), &mapping, eur(), true).unwrap();
    assert_eq!(minors(&statement), [100_000, -152_500]);
    let rent = &statement.movements[1];
    assert_eq!((rent.line, rent.booked, rent.value_date), (4, date(2026, 1, 3), Some(date(2026, 1, 4))));
    assert_eq!(
        (rent.counterparty.as_str(), rent.description.as_str()),
        ("Müller DE1", "Miete; Januar\nWohnung")
    );
    assert_eq!(statement.movements[0].line, 7, "behind the row of two lines and the empty one");
    assert_eq!(statement.opening.map(|balance| balance.amount.minor()), Some(0));
    assert_eq!(
        statement.closing.map(|balance| (balance.date, balance.amount.minor())),
        Some((date(2026, 1, 3), -52_500))
    );
}

#[test]
fn a_balance_that_does_not_follow_is_refused_with_both_figures() {
    let mapping = Mapping::parse(GERMAN).unwrap();
    let rows = "03.01.2026;;;;;1,00;EUR;3,01\r\n02.01.2026;;;;;2,00;EUR;2,00\r\n";
    let refused = read(&german(rows), &mapping, eur(), true).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "line 4: from the balance of 2.00 EUR (line 5) this row leads to 3.00 EUR, and its balance is 3.01 EUR"
    );
}

#[test]
fn credits_and_debits_may_have_columns_or_signs_of_their_own() {
    let two = "[columns]\ndate = \"d\"\ncredit = \"in\"\ndebit = \"out\"";
    assert_eq!(
        minors(
            &mapped(
                two,
                "d,in,out\n2026-01-02,5.00,\n2026-01-02,,3.00\n2026-01-02,0.00,-2.00\n2026-01-02,,(1.00)\n"
            )
            .unwrap()
        ),
        [500, -300, -200, -100]
    );
    assert!(
        mapped(two, "d,in,out\n2026-01-02,5.00,3.00\n")
            .unwrap_err()
            .to_string()
            .starts_with("line 2: there is a credit of 5.00 EUR and a debit")
    );
    assert!(
        mapped(two, "d,in,out\n2026-01-02,,\n")
            .unwrap_err()
            .to_string()
            .starts_with("line 2: there is neither")
    );
    let signed = "header = false\n[columns]\ndate = \"1\"\namount = \"2\"\nsign = \"3\"\n[signs]\ncredit = [\"H\"]\ndebit = [\"S\"]";
    assert_eq!(minors(&mapped(signed, "2026-01-02,5.00,h\n2026-01-02,3.00,S\n").unwrap()), [500, -300]);
    assert_eq!(
        mapped(signed, "2026-01-02,5.00,X\n").unwrap_err().to_string(),
        "line 1: the sign \"X\" stands neither in signs.credit nor in signs.debit of the mapping"
    );
    let card = "invert = true\n[columns]\ndate = \"d\"\namount = \"a\"";
    assert_eq!(minors(&mapped(card, "d,a\n2026-01-02,5.00\n2026-01-02,0.00\n").unwrap()), [-500]);
}

#[test]
fn a_table_that_is_turned_has_its_balance_and_its_net_turned_too() {
    let card = "invert = true\n[columns]\ndate = \"d\"\namount = \"a\"\nbalance = \"b\"";
    let statement = mapped(card, "d,a,b\n2026-01-02,10.00,110.00\n").unwrap();
    assert_eq!(minors(&statement), [-1_000]);
    let balances = [statement.opening, statement.closing].map(|balance| balance.unwrap().amount.minor());
    assert_eq!(balances, [-10_000, -11_000]);
    let net = "invert = true\nfee_sign = \"deducted\"\n[columns]\ndate = \"d\"\namount = \"a\"\nfee = \"f\"\nnet = \"n\"";
    let statement = mapped(net, "d,a,f,n\n2026-01-02,10.00,1.00,11.00\n").unwrap();
    assert_eq!(
        (minors(&statement), statement.movements[0].fee.map(Money::minor)),
        (vec![-1_000], Some(-100))
    );
}

#[test]
fn rows_without_a_balance_count_for_the_next_one() {
    let mapping = "[columns]\ndate = \"d\"\namount = \"a\"\nbalance = \"b\"";
    let told = |table: &str| {
        let statement = mapped(mapping, table).unwrap();
        [statement.opening, statement.closing]
            .map(|balance| balance.map(|balance| (balance.date, balance.amount.minor())))
    };
    let (second, third, fourth) = (date(2026, 1, 2), date(2026, 1, 3), date(2026, 1, 4));
    assert_eq!(
        told("d,a,b\n2026-01-02,10,10\n2026-01-03,5,\n2026-01-04,3,18\n"),
        [Some((second, 0)), Some((fourth, 1_800))]
    );
    assert_eq!(
        told("d,a,b\n2026-01-02,10,\n2026-01-03,5,115\n"),
        [Some((second, 10_000)), Some((third, 11_500))]
    );
    assert_eq!(
        told("d,a,b\n2026-01-02,10,110\n2026-01-03,5,\n"),
        [Some((second, 10_000)), Some((third, 11_500))]
    );
    assert_eq!(told("d,a,b\n2026-01-02,10,\n"), [None, None]);
    let wrong = "d,a,b\n2026-01-02,10,10\n2026-01-03,5,\n2026-01-04,3,19\n";
    assert_eq!(
        mapped(mapping, wrong).unwrap_err().to_string(),
        "line 4: from the balance of 10.00 EUR (line 2) this row leads to 18.00 EUR, and its balance is 19.00 EUR"
    );
    let unchecked = read(wrong.as_bytes(), &Mapping::parse(mapping).unwrap(), eur(), false).unwrap();
    assert_eq!(minors(&unchecked), [1_000, 500, 300]);
}

#[test]
fn rows_that_hold_more_than_the_header_are_refused() {
    let (point, comma) = (
        "[columns]\ndate = \"date\"\namount = \"amount\"",
        "decimal = \",\"\n[columns]\ndate = \"date\"\namount = \"amount\"",
    );
    for (mapping, row) in [(comma, "2026-01-05,-12,50,Rent"), (point, "2026-01-05,1,525.00,Rent")] {
        let refused = mapped(mapping, &format!("date,amount,description\n{row}\n")).unwrap_err().to_string();
        assert!(
            refused.starts_with("line 2: 4 columns instead of 3: ") && refused.ends_with("in quotes"),
            "{refused}"
        );
    }
    assert_eq!(minors(&mapped(point, "date,amount,description\n2026-01-05,1.00,Rent, ,\n").unwrap()), [100]);
}

const PAYPAL: &str = "date_format = \"%m/%d/%Y\"\n[columns]\ndate = \"Date\"\namount = \"Gross\"\nfee = \"Fee\"\nnet = \"Net\"\ncurrency = \"Currency\"\nid = \"Transaction ID\"\nstatus = \"Status\"\nkind = \"Type\"\n[status]\ntake = [\"Completed\"]\nleave_out = [\"Pending\"]\n[kinds]\n\"Account fee\" = \"fee\"\n";
const PAYPAL_HEAD: &str =
    "\u{feff}\"Date\",\"Type\",\"Status\",\"Currency\",\"Gross\",\"Fee\",\"Net\",\"Transaction ID\"\n";

#[test]
fn a_fee_in_a_line_is_kept_apart_and_the_net_must_hold() {
    let table = format!(
        "{PAYPAL_HEAD}01/02/2026,Sale,Completed,EUR,\"1,000.00\",-0.59,999.41,T1\n01/02/2026,Sale,Pending,EUR,5.00,0.00,5.00,T2\n01/03/2026,Account fee,completed,EUR,-3.00,,-3.00,T3\n"
    );
    let statement = mapped(PAYPAL, &table).unwrap();
    let told: Vec<_> = statement
        .movements
        .iter()
        .map(|movement| (movement.amount.minor(), movement.fee.map(Money::minor), movement.kind))
        .collect();
    assert_eq!(told, [(100_000, Some(-59), MovementKind::Plain), (-300, None, MovementKind::Fee)]);
    assert_eq!((statement.pending, statement.movements[0].id.as_deref()), (1, Some("T1")));
    let wrong = table.replace("999.41", "999.42");
    assert_eq!(
        mapped(PAYPAL, &wrong).unwrap_err().to_string(),
        "line 2: 1000.00 EUR and a fee of -0.59 EUR come to 999.41 EUR, not to the net of 999.42 EUR"
    );
    let unknown = table.replace("Pending", "Denied");
    assert!(
        mapped(PAYPAL, &unknown)
            .unwrap_err()
            .to_string()
            .starts_with("line 3: the status \"Denied\" stands neither")
    );
    let stripe = "fee_sign = \"deducted\"\ncurrency = \"JPY\"\n[columns]\ndate = \"created\"\namount = \"amount\"\nfee = \"fee\"\nnet = \"net\"";
    let statement = mapped(stripe, "created,amount,fee,net\n2026-01-02,500.00,18.00,482.00\n").unwrap();
    assert_eq!(
        (statement.movements[0].amount.to_string().as_str(), statement.movements[0].fee.map(Money::minor)),
        ("500 JPY", Some(-18))
    );
}

#[test]
fn mappings_and_tables_that_do_not_fit_are_refused_with_what_there_is() {
    for (mapping, saying) in [
        (
            "colour = 1\n[columns]\ndate = \"d\"\namount = \"a\"",
            "line 1: unknown field `colour`, expected one of `encoding`, `delimiter`",
        ),
        (
            "[columns]\ndate = \"d\"\namonut = \"a\"",
            "line 3: unknown field `amonut`, expected one of `date`, `value_date`, `amount`",
        ),
        ("[columns]\namount = \"a\"", "missing field `date`"),
        ("[columns]\ndate = \"d\"", "either amount, or credit and debit"),
        ("[columns]\ndate = \"d\"\namount = \"a\"\nsign = \"s\"", "[signs]"),
        ("[columns]\ndate = \"d\"\namount = \"a\"\nstatus = \"s\"", "[status]"),
        ("decimal = \";\"\n[columns]\ndate = \"d\"\namount = \"a\"", "decimal is"),
        ("delimiter = \"§\"\n[columns]\ndate = \"d\"\namount = \"a\"", "delimiter is one character of ASCII"),
        (
            "order = \"up\"\n[columns]\ndate = \"d\"\namount = \"a\"",
            "unknown variant `up`, expected `oldest_first` or `newest_first`",
        ),
    ] {
        let refused = Mapping::parse(mapping).unwrap_err().to_string();
        assert!(refused.contains(saying), "{mapping}: {refused}");
    }
    let plain = "[columns]\ndate = \"d\"\namount = \"a\"";
    for (table, saying) in [
        ("date,a\n2026-01-02,1\n", "the file: there is no column \"d\"; there are \"date\", \"a\""),
        ("d,a\n2026-01-02\n", "line 2: 1 columns instead of 2: [\"2026-01-02\"]"),
        ("d,a\n2.1.2026,1\n", "line 2: \"2.1.2026\" is no date like \"%Y-%m-%d\""),
        ("d,a\n2026-01-02,1.525\n", "line 2: \"1.525\" has more decimals than EUR"),
        ("d,a\n2026-01-02,\n", "line 2: there is no amount"),
        ("", "the file: it holds no row"),
    ] {
        assert_eq!(mapped(plain, table).unwrap_err().to_string(), saying);
    }
    let long = format!("d,a\n2026-01-02,{}\n", "1".repeat(70_000));
    assert!(mapped(plain, &long).unwrap_err().to_string().contains("line 2: the row is longer"));
}

/// As hledger 1.25 writes it.
const JOURNAL: &str = "\"txnidx\",\"date\",\"date2\",\"status\",\"code\",\"description\",\"comment\",\"account\",\"amount\",\"commodity\",\"credit\",\"debit\",\"posting-status\",\"posting-comment\"\n\"1\",\"2026-01-01\",\"\",\"*\",\"\",\"opening\",\"\",\"assets:bank:giro\",\"100.00\",\"EUR\",\"\",\"100.00\",\"\",\"\"\n\"1\",\"2026-01-01\",\"\",\"*\",\"\",\"opening\",\"\",\"equity:opening/closing balances\",\"-100.00\",\"EUR\",\"100.00\",\"\",\"\",\"\"\n\"2\",\"2026-01-02\",\"2026-01-03\",\"\",\"17\",\"Shop\",\"\",\"expenses:food\",\"12.50\",\"EUR\",\"\",\"12.50\",\"\",\"\"\n\"2\",\"2026-01-02\",\"2026-01-03\",\"\",\"17\",\"Shop\",\"\",\"assets:bank:giro\",\"-12.50\",\"EUR\",\"12.50\",\"\",\"\",\"by card\"\n\"3\",\"2026-01-04\",\"\",\"!\",\"\",\"later\",\"\",\"assets:bank:giro\",\"-1.00\",\"EUR\",\"1.00\",\"\",\"\",\"\"\n\"3\",\"2026-01-04\",\"\",\"!\",\"\",\"later\",\"\",\"expenses:food\",\"1.00\",\"EUR\",\"\",\"1.00\",\"\",\"\"\n";

fn journal(account: &str) -> Journal<'_> {
    Journal { account, commodity: None, decimal: '.', currency: "EUR".parse().unwrap() }
}

#[test]
fn postings_of_one_account_are_taken_out_of_a_journal() {
    let statement = hledger::read(JOURNAL.as_bytes(), &journal("assets:bank:giro")).unwrap();
    assert_eq!((minors(&statement), statement.pending), (vec![10_000, -1_250], 1));
    assert_eq!(statement.movements[0].kind, MovementKind::BroughtForward);
    let shop = &statement.movements[1];
    assert_eq!(
        (shop.counterparty.as_str(), shop.reference.as_str(), shop.description.as_str()),
        ("expenses:food", "17", "Shop by card")
    );
    assert_eq!((shop.line, shop.value_date, shop.kind), (5, Some(date(2026, 1, 3)), MovementKind::Plain));
    assert_eq!(
        minors(&hledger::read(JOURNAL.as_bytes(), &journal("assets")).unwrap()),
        [10_000, -1_250],
        "with those below it"
    );
}

/// A journal's CSV of postings: transaction, day, account, amount.
fn postings(rows: &[(u32, &str, &str, &str)]) -> String {
    let head = JOURNAL.split_once('\n').unwrap().0;
    let rows: String = rows
        .iter()
        .map(|(number, day, account, amount)| format!("{number},{day},,,,,,{account},{amount},EUR,,,,\n"))
        .collect();
    format!("{head}\n{rows}")
}

#[test]
fn a_journals_first_transaction_against_the_opening_account_is_one_balance_whatever_else_it_holds() {
    let opening = "equity:opening/closing balances";
    let told = |rows: &[(u32, &str, &str, &str)]| {
        let statement = hledger::read(postings(rows).as_bytes(), &journal("assets:giro")).unwrap();
        statement
            .movements
            .iter()
            .map(|movement| (movement.amount.minor(), movement.kind))
            .collect::<Vec<_>>()
    };
    let several = [
        (1, "2026-01-01", "assets:giro", "100.00"),
        (1, "2026-01-01", "assets:cash", "50.00"),
        (1, "2026-01-01", opening, "-150.00"),
        (2, "2026-01-02", "assets:giro", "-1.00"),
        (2, "2026-01-02", "expenses:food", "1.00"),
    ];
    assert_eq!(told(&several), [(10_000, MovementKind::BroughtForward), (-100, MovementKind::Plain)]);
    let below = [
        (1, "2026-01-01", "assets:giro:a", "100.00"),
        (1, "2026-01-01", "assets:giro:b", "50.00"),
        (1, "2026-01-01", opening, "-150.00"),
    ];
    assert_eq!(told(&below), [(15_000, MovementKind::BroughtForward)]);
}

#[test]
fn journals_that_do_not_fit_are_refused_with_what_there_is() {
    let refused = |text: &str, account: &str| {
        hledger::read(text.as_bytes(), &journal(account)).unwrap_err().to_string()
    };
    assert!(
        refused(JOURNAL, "assets:ban")
            .contains("it has no posting to \"assets:ban\"; its accounts are assets:bank:giro, equity:opening/closing balances")
    );
    assert!(
        refused(&JOURNAL.replace("EUR", "€"), "assets")
            .starts_with("line 2: the posting is in \"€\", not in \"EUR\"")
    );
    assert!(
        refused(
            "txnidx,date,code,description,account,amount,total\n1,2026-01-01,,a,assets,EUR 1,EUR 1\n",
            "assets"
        )
        .contains("hledger print -O csv")
    );
    let euro = Journal { commodity: Some("€"), ..journal("assets") };
    assert_eq!(
        minors(&hledger::read(JOURNAL.replace("EUR", "€").as_bytes(), &euro).unwrap()),
        [10_000, -1_250]
    );
}
