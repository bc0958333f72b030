//! The page for people that shows the table: every row of it, as it is.

use khata_application::access::{FACTS, FIELDS, Grant, Mask, Part, Role, Roles, TABLE, Told};
use std::{fmt::Write, fs, path::Path};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/access.md");
const BEGIN: &str = "<!-- The tables below are written by a test, from the code. -->\n";

/// The tables as they are in the code.
fn tables() -> String {
    let mut text = String::from(BEGIN);
    let roles = Role::ALL.map(|role| format!("`{}`", role.name())).join(" | ");
    let mut group = "";
    for rule in TABLE {
        if rule.group != group {
            group = rule.group;
            let lines = " --- |".repeat(Role::ALL.len());
            write!(text, "\n### {group}\n\n| operation | {roles} |\n| --- |{lines}\n").unwrap();
        }
        let grants = rule.grants.map(|grant| match grant {
            Grant::Nothing => "",
            Grant::Own => "own",
            Grant::Assigned => "assigned",
            Grant::All => "all",
        });
        writeln!(text, "| `{}` | {} |", rule.operation, grants.join(" | ")).unwrap();
    }
    let names =
        |roles: Roles| roles.iter().map(|role| format!("`{}`", role.name())).collect::<Vec<_>>().join(", ");
    text.push_str("\n### What is somebody's word\n\n| operation | member of the body | may be stated by |\n| --- | --- | --- |\n");
    for fact in FACTS {
        let told = match fact.told {
            Told::Anything => "",
            Told::ThePast => ", if it lies in the past",
        };
        writeln!(text, "| `{}` | `{}`{told} | {} |", fact.operation, fact.member, names(fact.stated_by))
            .unwrap();
    }
    text.push_str("\n### What not everybody sees in the clear\n\n| of | member | shown in the clear to | to others |\n| --- | --- | --- | --- |\n");
    for field in FIELDS {
        let mask = match field.mask {
            Mask::LastFour => "dots, and the last four characters",
            Mask::Null => "null",
        };
        let of = match field.stands_in {
            Part::Everything => field.category.to_owned(),
            Part::State => format!("{}, as it is or was", field.category),
            Part::Event(event_type) => format!("event `{event_type}`"),
        };
        let owner = if field.clear_to_owner { "the customer, " } else { "" };
        let (member, roles) = (field.path.join("."), names(field.clear_to));
        writeln!(text, "| {of} | `{member}` | {owner}{roles} | {mask} |").unwrap();
    }
    text
}

#[test]
fn the_page_shows_the_table_as_it_is() {
    let page = fs::read_to_string(Path::new(PAGE)).unwrap();
    let (text, _) = page.split_once(BEGIN).expect("the place where the tables begin");
    let wanted = format!("{text}{}", tables());
    if std::env::var_os("KHATA_WRITE_GOLDEN").is_some() {
        return fs::write(PAGE, &wanted).unwrap();
    }
    assert!(page == wanted, "docs/access.md is not the table any more: KHATA_WRITE_GOLDEN=1 writes it");
}
