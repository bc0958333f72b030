//! How options come from the file, and what of a file is refused.

use super::*;
use crate::options::GlobalOptions;
use clap::{Arg, Args, Command, FromArgMatches};

fn file(text: &str) -> FileOptions {
    read("khata.toml".into(), text).unwrap()
}

/// Commands like those of Khata.
fn command() -> Command {
    let listen = Arg::new("listen").long("listen");
    GlobalOptions::augment_args(Command::new("khata"))
        .subcommand(Command::new("serve").arg(listen))
        .subcommand(Command::new("projections").subcommand(Command::new("list")))
        .subcommand(Command::new("audit").subcommand(Command::new("verify")))
}

/// The data directory that a command line gives with a file behind it.
fn data_dir(text: &str, arguments: &[&str]) -> PathBuf {
    let command = with_defaults(command(), &file(text)).unwrap();
    let matches = command.try_get_matches_from(arguments).unwrap();
    GlobalOptions::from_arg_matches(&matches).unwrap().data_dir
}

#[test]
fn a_value_of_the_file_stands_where_no_flag_does() {
    let text = "data_dir = '/srv/khata'\nlisten = '127.0.0.1:9000'";
    assert_eq!(data_dir(text, &["khata", "serve"]), PathBuf::from("/srv/khata"));
    assert_eq!(data_dir(text, &["khata", "projections", "list"]), PathBuf::from("/srv/khata"));
}

#[test]
fn a_flag_wins_over_the_file_wherever_it_stands() {
    let text = "data_dir = '/srv/khata'";
    assert_eq!(
        data_dir(text, &["khata", "--data-dir", "/tmp/a", "audit", "verify"]),
        PathBuf::from("/tmp/a")
    );
    assert_eq!(
        data_dir(text, &["khata", "audit", "verify", "--data-dir", "/tmp/b"]),
        PathBuf::from("/tmp/b")
    );
}

#[test]
fn an_unknown_key_is_refused_and_the_known_ones_are_named() {
    let error = with_defaults(command(), &file("data_directory = 'x'")).unwrap_err().to_string();
    assert!(error.starts_with("khata.toml: `data_directory` is no option of Khata; there are "), "{error}");
    assert!(error.contains("data_dir") && error.contains("listen"), "{error}");
}

#[test]
fn numbers_truths_and_lists_are_written_as_an_argument_would_be() {
    let options = file("after = 12\ncompare = true\nroles = ['api', 'projector']");
    let values: Vec<_> = options.values.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(values, [("after", "12"), ("compare", "true"), ("roles", "api,projector")]);
}

#[test]
fn limits_may_stand_in_a_table() {
    let options = file("[rate_limits]\ncommands = '50/s'\naddress = '6000/m'");
    assert_eq!(options.values["rate_limits"], "address=6000/m,commands=50/s");
    assert_eq!(file("[rate_limits]\ncommands = 50").values["rate_limits"], "commands=");
}

#[test]
fn what_is_no_option_value_or_no_toml_is_refused_by_name() {
    for (text, expected) in [
        ("listen = 1.5", "khata.toml: `listen` must be"),
        ("[listen]\na = 1", "khata.toml: `listen` must be"),
        ("listen", "khata.toml is not TOML"),
    ] {
        let error = read("khata.toml".into(), text).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn the_last_config_option_names_the_file_and_one_behind_two_dashes_names_none() {
    let named = |arguments: &[&str]| named_file(&arguments.iter().map(OsString::from).collect::<Vec<_>>());
    assert_eq!(named(&["khata", "--config", "a.toml", "serve", "--config=b.toml"]), Some("b.toml".into()));
    assert_eq!(named(&["khata", "serve"]), None);
    assert_eq!(named(&["khata", "--", "--config", "a.toml"]), None);
}

#[test]
fn a_named_file_must_exist_and_the_default_one_need_not() {
    assert!(matches!(
        load(&["khata".into(), "--config=/nowhere/khata.toml".into()], None),
        Err(ConfigError::Unreadable { .. })
    ));
    assert!(matches!(
        load(&["khata".into()], Some("/nowhere/khata.toml".into())),
        Err(ConfigError::Unreadable { .. })
    ));
}
