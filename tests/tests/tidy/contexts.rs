//! Bounded contexts keep out of each other's aggregates: they share ids and published events only. What they
//! declare of themselves is what their code does: what it takes part in, what it hears, whose views it reads.

use crate::{
    Repository, assert_found, assert_tidy,
    code_text::{code_of, has_word, numbered},
};
use khata_application::{
    CONTEXTS,
    context::{AggregateType, Context},
};
use khata_projections::READ_MODELS;
use khata_tests::TestApp;
use std::collections::BTreeSet;

/// Folders of `domain/src` that are no context: words shared by all, too long for one file.
const VOCABULARY: [&str; 3] = ["currency", "ids", "settings"];

/// The contexts: the other folders of `domain/src`.
fn contexts(repository: &Repository) -> BTreeSet<&str> {
    let folders = repository
        .within("domain/src/", ".rs")
        .filter_map(|(path, _)| path["domain/src/".len()..].split_once('/'));
    folders.map(|(folder, _)| folder).filter(|folder| !VOCABULARY.contains(folder)).collect()
}

/// Uses of one context's code inside another's, within the domain.
fn foreign_aggregates(repository: &Repository) -> Vec<String> {
    let contexts = contexts(repository);
    let mut findings = Vec::new();
    for context in &contexts {
        let own_files = [format!("domain/src/{context}/"), format!("domain/src/{context}.rs")];
        for (path, text) in own_files.iter().flat_map(|prefix| repository.within(prefix, ".rs")) {
            for (number, line) in numbered(&code_of(text)) {
                let foreign = contexts.iter().find(|other| *other != context && is_path_into(line, other));
                findings.extend(foreign.map(|other| {
                    format!("{path}:{number}: {context} must not use {other}: contexts share ids only")
                }));
            }
        }
    }
    findings
}

/// Whether a line of code names something within a module, or the module itself as `crate::module`.
fn is_path_into(line: &str, module: &str) -> bool {
    has_word(line, module)
        && (line.contains(&format!("{module}::")) || line.contains(&format!("crate::{module}")))
}

#[test]
fn contexts_share_ids_only() {
    assert_tidy(foreign_aggregates(&Repository::here()));
}

#[test]
fn the_contexts_are_found() {
    let repository = Repository::here();
    assert!(
        contexts(&repository).is_superset(&BTreeSet::from(["accounts", "customers"])),
        "{:?}",
        contexts(&repository)
    );
}

#[test]
fn a_planted_foreign_aggregate_is_found() {
    let files = [
        ("domain/src/ids/chosen.rs", "//! Chosen ids.\npub struct CustomerId;"),
        (
            "domain/src/accounts/bank_account.rs",
            "//! Accounts of customers.\nuse crate::ids::CustomerId;\nuse crate::customers::customer::Customer;",
        ),
        (
            "domain/src/customers/customer.rs",
            "//! Customers.\nuse crate::{Money, ids::CustomerId};\nlet accounts = accounts.iter().collect::<Vec<_>>();",
        ),
    ];
    assert_found(
        foreign_aggregates(&Repository::of(files)),
        "domain/src/accounts/bank_account.rs:3: accounts must not use customers",
    );
}

/// The code of a context in one layer, without its tests.
fn code_of_context(repository: &Repository, layer: &str, context: &str) -> String {
    let (folder, face) = (format!("{layer}/src/{context}/"), format!("{layer}/src/{context}.rs"));
    let files = repository.all().filter(|(path, _)| {
        (path.starts_with(&folder) || *path == face) && path.ends_with(".rs") && !path.contains("/tests")
    });
    files.map(|(_, text)| code_of(text)).collect::<Vec<_>>().join("\n")
}

/// Aggregates of other contexts that code names as a type argument, as `Participant::of::<Customer>` does.
fn foreign_types(context: &Context, code: &str) -> BTreeSet<&'static str> {
    let declared = code.replace("AggregateType::of::<", "");
    let others =
        CONTEXTS.iter().filter(|other| other.name != context.name).flat_map(|other| other.aggregates);
    others
        .filter(|aggregate| declared.contains(&format!("::<{}>", aggregate.name())))
        .map(|aggregate| aggregate.category)
        .collect()
}

fn categories<'a>(aggregates: impl IntoIterator<Item = &'a AggregateType>) -> BTreeSet<&'static str> {
    aggregates.into_iter().map(|aggregate| aggregate.category).collect()
}

#[test]
fn every_folder_of_the_domain_is_a_declared_context() {
    let declared: BTreeSet<&str> = CONTEXTS.iter().map(|context| context.name).collect();
    assert_eq!(contexts(&Repository::here()), declared);
}

#[test]
fn what_a_context_imports_is_what_its_commands_take_part_in() {
    let repository = Repository::here();
    for context in CONTEXTS {
        let imported = context.imports.iter().map(|port| &port.aggregate);
        assert_eq!(
            foreign_types(context, &code_of_context(&repository, "application", context.name)),
            categories(imported),
            "{}",
            context.name
        );
    }
}

#[test]
fn what_a_context_hears_is_what_its_projections_fold_of_others() {
    let repository = Repository::here();
    for models in READ_MODELS {
        let heard =
            foreign_types(models.context, &code_of_context(&repository, "projections", models.context.name));
        assert_eq!(heard, categories(models.subscribes_to), "{}", models.context.name);
    }
}

#[test]
fn a_planted_participant_is_found_and_the_declaration_itself_is_not() {
    let accounts = CONTEXTS.into_iter().find(|context| context.name == "accounts").unwrap();
    let code = "let others = [Participant::of::<Customer>(id)]; unit.decide::<BankAccount>(id, command); AggregateType::of::<Loan>()";
    assert_eq!(foreign_types(accounts, code), BTreeSet::from(["customer"]));
}

/// The contexts whose views code imports from the read models.
fn contexts_read<'a>(own: &str, code: &str, all: &BTreeSet<&'a str>) -> BTreeSet<&'a str> {
    let imports: Vec<&str> =
        code.split("use khata_projections::").skip(1).filter_map(|rest| rest.split(';').next()).collect();
    all.iter()
        .copied()
        .filter(|other| {
            *other != own
                && imports
                    .iter()
                    .any(|import| has_word(import, other) && import.contains(&format!("{other}::")))
        })
        .collect()
}

#[tokio::test]
async fn the_views_that_a_context_reads_of_others_are_what_its_queries_import() {
    let (repository, all) = (Repository::here(), CONTEXTS.iter().map(|context| context.name).collect());
    let served = TestApp::start().get("/v1/admin/contexts").await.expect(200);
    let owner = |table: &str| {
        let has_it = |models: &&&khata_projections::ReadModels| {
            (models.projections)().iter().any(|own| own.tables().iter().any(|own| own.name == table))
        };
        READ_MODELS.iter().find(has_it).map(|models| models.context.name)
    };
    for context in served["items"].as_array().unwrap() {
        let name = context["name"].as_str().unwrap();
        // The face of a context declares what it reads; its folder does it.
        let files = repository.all().filter(|(path, _)| path.starts_with(&format!("api/src/http/{name}/")));
        let code: String = files.map(|(_, text)| code_of(text)).collect();
        let declared: BTreeSet<&str> =
            context["reads"].as_array().unwrap().iter().filter_map(|table| owner(table.as_str()?)).collect();
        assert_eq!(contexts_read(name, &code, &all), declared, "{name}");
    }
}

#[test]
fn a_planted_foreign_view_is_found() {
    let all = BTreeSet::from(["accounts", "customers"]);
    let code = "use khata_domain::customers::Customer;\nuse khata_projections::{\n    Value,\n    accounts::AccountRow,\n};\nlet a = accounts::x;";
    assert_eq!(contexts_read("customers", code, &all), BTreeSet::from(["accounts"]));
    assert_eq!(contexts_read("accounts", code, &all), BTreeSet::new());
}
