//! From statements to facts: joins, opening balances, names, reversals.

use super::{facts::*, *};
use jiff::civil::date;
use khata_application::import::{EntryKind, Fact, SourceRef};
use khata_domain::{Currency, ids::AccountId};

fn eur(minor: i64) -> Money {
    Money::from_minor(minor, "EUR".parse().unwrap())
}

fn options() -> FactsOptions {
    let books = Books { currency: Some("EUR".parse::<Currency>().unwrap()), ..Books::default() };
    let account = SourceRef::parse("shop:giro").unwrap();
    FactsOptions {
        account,
        format: "mt940",
        check_balances: true,
        reversals: Reversals::Undo,
        open: None,
        books,
    }
}

fn moved(line: u64, day: i8, minor: i64) -> Movement {
    Movement::new(line, date(2026, 1, day), eur(minor))
}

fn balance(line: u64, day: i8, minor: i64) -> Option<Balance> {
    Some(Balance { line, date: date(2026, 1, day), amount: eur(minor), calculated: false })
}

fn statement(opening: Option<Balance>, movements: Vec<Movement>, closing: Option<Balance>) -> Statement {
    Statement { opening, closing, movements, ..Statement::default() }
}

fn january() -> Statement {
    statement(balance(1, 1, 10_000), vec![moved(2, 2, 500), moved(3, 3, -200)], balance(4, 3, 10_300))
}

fn told(statements: &[Statement], options: &FactsOptions) -> Vec<(u64, String)> {
    let taken = take_over(statements, options).unwrap();
    taken.facts.iter().map(|(line, fact)| (*line, shape(fact))).collect()
}

fn shape(fact: &Fact) -> String {
    match fact {
        Fact::OpeningBalance(fact) => format!("opening {}", fact.amount.amount()),
        Fact::BalanceChecked(fact) => format!("check {}", fact.amount.amount()),
        Fact::Entry(entry) => format!("{:?} {}", entry.kind, entry.amount.amount()),
        Fact::AccountOpened(_) => "opened".to_owned(),
        other => panic!("{other:?}"),
    }
}

fn sources(statements: &[Statement]) -> Vec<String> {
    take_over(statements, &options())
        .unwrap()
        .facts
        .iter()
        .map(|(_, fact)| fact.source().to_string())
        .collect()
}

#[test]
fn a_history_begins_with_the_first_opening_balance_and_ends_in_a_check() {
    let facts = told(&[january()], &options());
    let expected = [(1, "opening 100.00"), (2, "Deposit 5.00"), (3, "Withdrawal 2.00"), (4, "check 103.00")];
    assert_eq!(facts, expected.map(|(line, shape)| (line, shape.to_owned())));
}

#[test]
fn an_account_with_a_history_must_have_led_to_the_opening_balance_unless_that_is_its_own() {
    let begun = |brought_forward| {
        let mut options = options();
        (options.books.begun, options.books.brought_forward) = (true, brought_forward);
        told(&[january()], &options).remove(0)
    };
    assert_eq!(begun(None), (1, "check 100.00".to_owned()));
    assert_eq!(
        begun(Some((date(2026, 1, 1), 10_000))),
        (1, "opening 100.00".to_owned()),
        "the same file once more"
    );
    let mut unchecked = options();
    (unchecked.books.begun, unchecked.check_balances) = (true, false);
    assert_eq!(
        told(&[january()], &unchecked),
        [(2, "Deposit 5.00".to_owned()), (3, "Withdrawal 2.00".to_owned())]
    );
}

#[test]
fn statements_that_do_not_follow_are_refused_with_both_figures_unless_told_otherwise() {
    let wrong = Statement { closing: balance(4, 3, 10_301), ..january() };
    let refused = take_over(std::slice::from_ref(&wrong), &options()).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "line 4: from 100.00 EUR the movements lead to 103.00 EUR, and the closing balance is 103.01 EUR"
    );
    let february = statement(balance(9, 3, 10_200), vec![], balance(10, 4, 10_200));
    let refused = take_over(&[january(), february.clone()], &options()).unwrap_err();
    assert!(
        refused.to_string().starts_with(
            "line 9: the statement before ends with 103.00 EUR (line 4), this one begins with 102.00 EUR"
        ),
        "{refused}"
    );
    assert!(take_over(&[wrong, february], &FactsOptions { check_balances: false, ..options() }).is_ok());
}

#[test]
fn balances_are_checked_where_they_stand_at_the_end_of_a_day() {
    // Two statements of one day: only the later one stands at its end.
    let morning = statement(balance(1, 1, 0), vec![moved(2, 2, 100)], balance(3, 2, 100));
    let evening = statement(balance(4, 2, 100), vec![moved(5, 2, 50)], balance(6, 2, 150));
    let next = statement(balance(7, 2, 150), vec![moved(8, 4, 1)], balance(9, 4, 151));
    let checks: Vec<_> = told(&[morning, evening, next], &options())
        .into_iter()
        .filter(|(_, shape)| shape.starts_with("check"))
        .collect();
    assert_eq!(checks, [(6, "check 1.50".to_owned()), (9, "check 1.51".to_owned())]);
}

#[test]
fn the_same_movements_have_the_same_names_in_a_longer_file_and_equal_ones_each_their_own() {
    let ticket = |line| Movement { description: "ticket".to_owned(), ..moved(line, 2, -250) };
    let named = |line, id: &str| Movement { id: Some(id.to_owned()), ..moved(line, 3, -100) };
    let short = [statement(None, vec![ticket(1), ticket(2), named(3, "A-1")], None)];
    let long = [statement(
        None,
        vec![moved(1, 1, 7), ticket(2), ticket(3), named(4, "A-1"), named(5, "A-1"), named(6, "with blank")],
        None,
    )];
    let (short, long) = (sources(&short), sources(&long));
    assert_eq!(short, long[1..4]);
    let mut distinct = long.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), long.len(), "{long:?}");
    let id: AccountId = SourceRef::parse("shop:giro").unwrap().id();
    assert_eq!(short[2], format!("{id}:mt940:2026-01-03:-1.00:id.A-1:1"));
}

#[test]
fn an_account_has_one_name_however_it_is_asked_for() {
    let id: AccountId = options().account.id();
    let by_id = FactsOptions { account: SourceRef::parse(&id.to_string()).unwrap(), ..options() };
    let named = |options: &FactsOptions| {
        let taken = take_over(&[january()], options).unwrap();
        taken.facts.iter().map(|(_, fact)| fact.source().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(named(&by_id), named(&options()));
}

#[test]
fn a_movement_that_would_pass_for_one_of_another_file_of_its_day_is_refused() {
    let begun = FactsOptions { books: Books { begun: true, ..options().books }, ..options() };
    let morning = statement(balance(1, 2, 1_000), vec![moved(2, 2, -250)], balance(3, 2, 750));
    let evening = statement(balance(1, 2, 750), vec![moved(2, 2, -250)], balance(3, 2, 500));
    let other = statement(balance(1, 2, 750), vec![moved(2, 2, -100)], balance(3, 2, 650));
    let event = |statement: &Statement| {
        let taken = take_over(std::slice::from_ref(statement), &begun).unwrap();
        taken.facts.iter().find(|(_, fact)| matches!(fact, Fact::Entry(_))).unwrap().1.source().event_id()
    };
    let opened = (uuid::Uuid::nil(), true, 1_000);
    let first = BookedDay { before_minor: 0, entries: vec![opened, (event(&morning), false, -250)] };
    let day = date(2026, 1, 2);
    let told = |statement: &Statement, booked: &BookedDay| {
        let statements = std::slice::from_ref(statement);
        assert_eq!(begun_within(statements, &begun), Some(day));
        stand_apart(statements, &begun, day, booked).map_err(|error| error.to_string())
    };
    assert_eq!(told(&morning, &first), Ok(()), "the same file again");
    assert_eq!(
        told(&evening, &first).unwrap_err(),
        "line 2: the file begins within 2026-01-02, and an equal movement of that day is booked from another file: import the files of one day together"
    );
    assert_eq!(told(&other, &first), Ok(()));
    let both = BookedDay {
        entries: vec![opened, (event(&morning), false, -250), (event(&other), false, -100)],
        ..first
    };
    assert_eq!(told(&other, &both), Ok(()), "the second file again");
    assert_eq!(told(&morning, &both), Ok(()));
    assert_eq!(
        begun_within(&[statement(balance(1, 1, 750), vec![moved(2, 2, -250)], None)], &begun),
        None,
        "its balance is checked by the day"
    );
}

#[test]
fn a_journals_opening_is_what_the_history_before_must_have_led_to() {
    let forward = Movement { kind: MovementKind::BroughtForward, ..moved(2, 1, 10_000) };
    let journal = [statement(None, vec![forward, moved(4, 2, -100)], None)];
    assert_eq!(told(&journal, &options())[0], (2, "opening 100.00".to_owned()));
    let mut begun = options();
    (begun.books.begun, begun.books.brought_forward) = (true, Some((date(2025, 1, 1), 500)));
    assert_eq!(told(&journal, &begun)[0], (2, "check 100.00".to_owned()));
    let taken = take_over(&journal, &begun).unwrap();
    assert_eq!(
        taken.facts[0].1.effective_at(),
        khata_application::import::BusinessTime::Day(date(2025, 12, 31))
    );
    begun.books.brought_forward = Some((date(2026, 1, 1), 10_000));
    assert_eq!(told(&journal, &begun)[0], (2, "opening 100.00".to_owned()), "the same journal again");
}

#[test]
fn names_never_change() {
    // Stored logs rest on these: another value here would book every known movement a second time.
    let movement = Movement {
        counterparty: "Bäcker".into(),
        reference: "R 1".into(),
        description: "bread".into(),
        ..moved(1, 2, -250)
    };
    let odd = Movement { id: Some("2024 0117".into()), ..movement.clone() };
    let statements = [statement(None, vec![movement, odd], None)];
    assert_eq!(sources(&statements), NAMES);
}

/// The names as they were when the first file was taken over.
const NAMES: [&str; 2] = [
    "acc_5d80a390-80a8-872b-9006-7c0d590b18ee:mt940:2026-01-02:-2.50:t.a278afd3043b6d12bb2e4a510c0c33ce:1",
    "acc_5d80a390-80a8-872b-9006-7c0d590b18ee:mt940:2026-01-02:-2.50:h.ee2998342fb4a896f1a7979564ea2d24:1",
];

#[test]
fn a_reversal_undoes_the_entry_of_its_reference_or_the_latest_alike() {
    let with = |reference: &str, movement: Movement| Movement { reference: reference.to_owned(), ..movement };
    let undoing = |movement: Movement| Movement { undoes: Some(Undone::Alike), ..movement };
    let movements = vec![
        with("R1", moved(1, 2, -500)),
        with("R2", moved(2, 2, -500)),
        moved(3, 2, 900),
        undoing(with("R1", moved(4, 3, 500))),
        undoing(moved(5, 3, -900)),
    ];
    let taken = take_over(&[statement(None, movements.clone(), None)], &options()).unwrap();
    let entries: Vec<_> = taken
        .facts
        .iter()
        .filter_map(|(_, fact)| if let Fact::Entry(entry) = fact { Some(entry) } else { None })
        .collect();
    let undone: Vec<_> = entries.iter().filter_map(|entry| entry.reverses.clone()).collect();
    assert_eq!(undone, [entries[0].source.clone(), entries[2].source.clone()]);
    let elsewhere =
        [statement(None, vec![with("R1", moved(1, 2, -500)), undoing(with("R3", moved(2, 3, 500)))], None)];
    assert!(
        take_over(&elsewhere, &options()).unwrap_err().to_string().starts_with("line 2: "),
        "another reference is another entry"
    );
    let alone = [statement(None, vec![undoing(moved(7, 3, 500))], None)];
    let refused = take_over(&alone, &options()).unwrap_err();
    assert!(
        refused
            .to_string()
            .starts_with("line 7: it reverses an entry of -5.00 EUR that this file does not hold"),
        "{refused}"
    );
    let as_entries = FactsOptions { reversals: Reversals::AsEntries, ..options() };
    assert_eq!(told(&alone, &as_entries), [(7, "Deposit 5.00".to_owned())]);
}

#[test]
fn kinds_and_fees_become_their_own_entries() {
    let of = |line, minor, kind| Movement { kind, ..moved(line, 2, minor) };
    let movements = vec![
        of(1, 5, MovementKind::Interest),
        of(2, -5, MovementKind::Interest),
        of(3, -5, MovementKind::Fee),
        of(4, 5, MovementKind::Fee),
        Movement { fee: Some(eur(-30)), ..moved(5, 2, 1_000) },
        Movement { fee: Some(eur(30)), ..moved(6, 2, -1_000) },
    ];
    let taken = take_over(&[statement(None, movements, None)], &options()).unwrap();
    let kinds: Vec<_> = taken
        .facts
        .iter()
        .filter_map(|(_, fact)| if let Fact::Entry(entry) = fact { Some(entry.kind) } else { None })
        .collect();
    use EntryKind::*;
    assert_eq!(kinds, [Interest, PenaltyInterest, Fee, Deposit, Deposit, Fee, Withdrawal, Deposit]);
    assert_eq!(
        (taken.entries, taken.credits_minor, taken.debits_minor),
        (8, 5 + 5 + 1_000 + 30, 5 + 5 + 30 + 1_000)
    );
}

#[test]
fn another_currency_a_missing_account_and_several_accounts_are_refused() {
    let mut dollars = options();
    dollars.books.currency = Some("USD".parse().unwrap());
    assert_eq!(
        take_over(&[january()], &dollars).unwrap_err().to_string(),
        "line 1: the amount is in EUR, the account in USD"
    );
    let mut nowhere = options();
    nowhere.books.currency = None;
    assert!(take_over(&[january()], &nowhere).unwrap_err().to_string().contains("--open TYPE --customer ID"));
    nowhere.open =
        Some((SourceRef::parse("shop:customer:7").unwrap(), khata_domain::accounts::AccountType::Savings));
    assert_eq!(
        told(&[january()], &nowhere)[..2],
        [(1, "opened".to_owned()), (1, "opening 100.00".to_owned())]
    );
    let of = |name: &str| Statement { account: Some(name.to_owned()), ..january() };
    let refused = of_account(vec![of("DE1 2"), of("DE3")], None).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the file: it tells of several accounts: \"DE1 2\", \"DE3\"; say which one by --of"
    );
    assert_eq!(of_account(vec![of("DE1 2"), of("DE3")], Some("DE12")).unwrap(), [of("DE1 2")]);
    let february = statement(balance(9, 4, 10_300), vec![], balance(10, 5, 10_300));
    assert_eq!(
        of_account(vec![february.clone(), january()], None).unwrap(),
        [january(), february],
        "the latest may stand first"
    );
    assert!(of_account(vec![of("DE3")], Some("DE4")).unwrap_err().to_string().contains("\"DE3\""));
}

#[test]
fn a_listing_of_the_newest_first_undoes_what_stands_below() {
    let reversal = Movement { undoes: Some(Undone::Alike), ..moved(1, 5, 500) };
    let taken = take_over(&[statement(None, vec![reversal, moved(2, 3, -500)], None)], &options()).unwrap();
    let [(2, Fact::Entry(original)), (1, Fact::Entry(reversal))] = taken.facts.as_slice() else {
        panic!("{:?}", taken.facts)
    };
    assert_eq!((reversal.kind, reversal.reverses.as_ref()), (EntryKind::Reversal, Some(&original.source)));
}

#[test]
fn a_reversal_without_reference_undoes_nothing_where_it_could_be_one_of_several() {
    let with = |reference: &str, movement: Movement| Movement { reference: reference.to_owned(), ..movement };
    let undoing = |line| Movement { undoes: Some(Undone::Alike), ..moved(line, 4, 5_000) };
    let two = vec![with("R1", moved(1, 2, -5_000)), with("R2", moved(2, 3, -5_000))];
    let movements = [two.clone(), vec![undoing(3)]].concat();
    let refused = take_over(&[statement(None, movements, None)], &options()).unwrap_err().to_string();
    assert!(
        refused.starts_with(
            "line 3: it reverses an entry of -50.00 EUR without saying which, and 2 of them stand before it"
        ),
        "{refused}"
    );
    // Where one of them is undone by its reference, the other is the only one.
    let movements = [two, vec![with("R2", undoing(3)), undoing(4)]].concat();
    let taken = take_over(&[statement(None, movements, None)], &options()).unwrap();
    let undone: Vec<_> = taken
        .facts
        .iter()
        .filter_map(|(_, fact)| if let Fact::Entry(entry) = fact { entry.reverses.clone() } else { None })
        .collect();
    assert_eq!(undone, [taken.facts[1].1.source().clone(), taken.facts[0].1.source().clone()]);
}

#[test]
fn reversals_of_interest_and_fees_as_entries_are_deposits_and_withdrawals() {
    let undoing = |line, minor, kind| Movement { undoes: Some(Undone::Alike), kind, ..moved(line, 3, minor) };
    let movements = vec![
        undoing(1, -100, MovementKind::Interest),
        undoing(2, 100, MovementKind::Interest),
        undoing(3, -100, MovementKind::Fee),
    ];
    let as_entries = FactsOptions { reversals: Reversals::AsEntries, ..options() };
    let expected = [(1, "Withdrawal 1.00"), (2, "Deposit 1.00"), (3, "Withdrawal 1.00")];
    assert_eq!(
        told(&[statement(None, movements, None)], &as_entries),
        expected.map(|(line, shape)| (line, shape.to_owned()))
    );
}

#[test]
fn many_reversals_of_alike_entries_take_no_longer_than_as_many_entries() {
    let movements: Vec<Movement> = (0..60_000)
        .map(|number| {
            let undoes = (number >= 30_000).then_some(Undone::Alike);
            let minor = if undoes.is_some() { 5 } else { -5 };
            Movement { undoes, reference: "R".to_owned(), ..moved(number, 2, minor) }
        })
        .collect();
    let taken = take_over(&[statement(None, movements, None)], &options()).unwrap();
    let undone: std::collections::HashSet<_> = taken
        .facts
        .iter()
        .filter_map(|(_, fact)| if let Fact::Entry(entry) = fact { entry.reverses.clone() } else { None })
        .collect();
    assert_eq!(undone.len(), 30_000, "each undoes its own");
}
