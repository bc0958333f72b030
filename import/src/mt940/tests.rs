//! Statements written after SWIFT's format of field 61 and the forms of field 86 that German and Dutch banks
//! publish.

use super::*;
use jiff::civil::date;

const TWO: &str = "{1:F01BANKDEFFAXXX0000000000}{2:O940}{4:\r\n:20:STARTUMS\r\n:25:50880050/0194777000\r\n:28C:1/1\r\n:60F:C251230EUR1000,00\r\n:61:2512310101DR12,50NMSCKREF-1//B4711\r\nmore of it\r\n:86:177?00SEPA?20EREF+E-1SVWZ+Rent?21 May?30BANKDEFF?32Landlady?33 Ltd\r\n:61:260102C7,NTRFNONREF\r\n:86:/TRTP/SEPA OVERBOEKING/NAME/J. Jansen/REMI/gift/EREF/X9\r\n:62M:C260102EUR994,50\r\n-}\r\n:20:STARTUMS\r\n:25:50880050/0194777000\r\n:28C:1/2\r\n:60M:C260102EUR994,50\r\n:61:2601030103RC7,00NTRFNONREF\r\n:61:2601030103C0,00NMSCNONREF\r\n:61:2601040104CR0,10NINTNONREF\r\n:86:interest\r\nof the year\r\n:62F:C260104EUR987,60\r\n:64:C260104EUR987,60\r\n-\r\n";

#[test]
fn statements_are_read_with_their_parts_dates_marks_and_remarks() {
    let statements = read(TWO.as_bytes(), None).unwrap();
    let [first, second] = statements.as_slice() else { panic!("{statements:?}") };
    assert_eq!(first.account.as_deref(), Some("50880050/0194777000"));
    assert_eq!(
        first.opening.map(|balance| (balance.date, balance.amount.to_string())),
        Some((date(2025, 12, 30), "1000.00 EUR".to_owned()))
    );
    let rent = &first.movements[0];
    assert_eq!(
        (rent.line, rent.booked, rent.value_date),
        (6, date(2026, 1, 1), Some(date(2025, 12, 31))),
        "the year of booking is the nearer one"
    );
    assert_eq!(
        (rent.amount.to_string().as_str(), rent.reference.as_str(), rent.id.as_deref()),
        ("-12.50 EUR", "KREF-1", Some("B4711"))
    );
    assert_eq!(
        (rent.counterparty.as_str(), rent.description.as_str()),
        ("Landlady Ltd", "more of it Rent May")
    );
    let gift = &first.movements[1];
    assert_eq!((gift.booked, gift.value_date, gift.id.as_deref()), (date(2026, 1, 2), None, None));
    assert_eq!(
        (gift.counterparty.as_str(), gift.description.as_str(), gift.reference.as_str()),
        ("J. Jansen", "gift", "X9")
    );
    assert_eq!((second.movements.len(), second.zero), (2, 1));
    assert_eq!(
        (second.movements[0].amount.minor(), &second.movements[0].undoes),
        (-700, &Some(Undone::Alike)),
        "RC takes a credit back"
    );
    assert_eq!(
        (second.movements[1].kind, second.movements[1].description.as_str()),
        (MovementKind::Interest, "interest of the year")
    );
    assert_eq!(second.closing.map(|balance| (balance.line, balance.amount.minor())), Some((22, 98_760)));
}

#[test]
fn what_makes_no_sense_is_told_with_its_line() {
    for (from, to, saying) in [
        ("C251230EUR1000,00", "X251230EUR1000,00", "line 5: field 60F: \"X251230EUR1000,00\" has no C or D"),
        ("C251230EUR1000,00", "C251330EUR1000,00", "line 5: field 60F: \"C251330EUR1000,00\" has no date"),
        ("C251230EUR1000,00", "C251230EUR1000.00", "line 5: field 60F: \"1000.00\" is no amount"),
        ("DR12,50NMSC", "XR12,50NMSC", "line 6: field 61: "),
        ("DR12,50NMSC", "DR12,505NMSC", "line 6: field 61: \"12,505\" has more decimals than EUR"),
        ("DR12,50NMSC", "DR12,50", "line 6: field 61: "),
        (":60F:C251230EUR1000,00\r\n", "", "field 61 stands before the opening balance"),
        (":62F:C260104EUR987,60\r\n", "", "has no closing balance, field 62F"),
        (
            ":20:STARTUMS\r\n:25:50880050/0194777000\r\n:28C:1/1",
            ":25:1\r\n:28C:1/1",
            "stands before the first field 20",
        ),
    ] {
        let text = TWO.replacen(from, to, 1);
        let refused = read(text.as_bytes(), None).unwrap_err().to_string();
        assert!(refused.contains(saying), "{to}: {refused}");
    }
    assert!(read(b"", None).is_err());
    let endless = TWO.replacen(":86:interest", &format!(":86:{}", "x\r\n".repeat(100)), 1);
    assert!(read(endless.as_bytes(), None).unwrap_err().reason.contains("more than 64 lines"));
}

#[test]
fn bytes_of_any_kind_are_refused_and_nothing_panics() {
    for cut in 0..TWO.len() {
        let _ = read(&TWO.as_bytes()[..cut], None);
    }
    for text in [
        ":20:\n:60F:C",
        ":20:ü\n:60F:C25ü230EUR1",
        ":20:a\n:60F:C251230EUR1,\n:61:25ü",
        ":20:a\n:60F:C251230EUR1,\n:61:2512311301C1,NMSC",
        ":20:a\n:60F:C251230EUR1,\n:61:2512310101C1,üüü",
    ] {
        assert!(read(text.as_bytes(), None).is_err(), "{text}");
    }
}

#[test]
fn the_thirtieth_of_february_is_its_last_day() {
    let told = |value_date: &str| {
        let text =
            format!(":20:1\n:60F:C260201EUR1,00\n:61:{value_date}0301D1,00NMSCNONREF\n:62F:C260301EUR0,00\n");
        read(text.as_bytes(), None).map(|statements| statements[0].movements[0].value_date)
    };
    assert_eq!(told("260230"), Ok(Some(date(2026, 2, 28))));
    assert_eq!(told("240230"), Ok(Some(date(2024, 2, 29))));
    assert!(told("260231").is_err());
    assert!(told("261330").is_err());
}

#[test]
fn what_tells_no_date_of_booking_is_booked_between_its_balances() {
    let told = |opening: &str, value_date: &str| {
        let text =
            format!(":20:1\n:{opening}EUR100,00\n:61:{value_date}D5,00NMSCNONREF\n:62F:C260203EUR95,00\n");
        let movement = read(text.as_bytes(), None).unwrap().remove(0).movements.remove(0);
        (movement.booked, movement.value_date)
    };
    let (first, last) = (date(2026, 2, 1), date(2026, 2, 3));
    assert_eq!(told("60F:C260131", "260129"), (first, Some(date(2026, 1, 29))));
    assert_eq!(told("60F:C260131", "260131"), (first, Some(date(2026, 1, 31))));
    assert_eq!(told("60F:C260131", "260202"), (date(2026, 2, 2), None));
    assert_eq!(
        told("60F:C260131", "270101"),
        (last, Some(date(2027, 1, 1))),
        "nothing is booked in the future"
    );
    assert_eq!(
        told("60M:C260131", "260129"),
        (date(2026, 1, 31), Some(date(2026, 1, 29))),
        "an intermediate balance stands within its day"
    );
    assert_eq!(told("60F:C260203", "260129"), (last, Some(date(2026, 1, 29))), "one day");
    assert_eq!(
        told("60F:C260131", "2601290130"),
        (date(2026, 1, 30), Some(date(2026, 1, 29))),
        "what is told stays"
    );
}

#[test]
fn a_file_of_more_fields_than_any_bank_writes_is_refused() {
    let refused = read(":20:\n".repeat(2_000_001).as_bytes(), None).unwrap_err();
    assert!(refused.reason.contains("more than 2000000 fields"), "{refused}");
}
