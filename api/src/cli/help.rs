//! The help of single commands: what every command takes is told once, by `khata --help`.

use clap::Command;
use std::ffi::OsString;

/// What stands below the help of a command in place of the options of every command.
const ELSEWHERE: &str = "Options of every command (--data-dir, --events-url, --url, --log, …): khata --help";

/// The same commands, with a short help where the command line names one of them.
pub(super) fn shortened(command: Command, arguments: &[OsString]) -> Command {
    let names_one = arguments
        .iter()
        .skip(1)
        .filter_map(|argument| argument.to_str())
        .any(|name| command.find_subcommand(name).is_some());
    if !names_one {
        return command;
    }
    let command = command
        .mut_args(|argument| if argument.is_global_set() { argument.hide_long_help(true) } else { argument });
    command.mut_subcommands(pointing)
}

fn pointing(command: Command) -> Command {
    let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let pointer =
        if examples.is_empty() { ELSEWHERE.to_owned() } else { format!("{examples}\n\n{ELSEWHERE}") };
    command.after_long_help(pointer).mut_subcommands(pointing)
}
