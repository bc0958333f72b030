//! The one binary, `khata`.

use std::process::ExitCode;

fn main() -> ExitCode {
    khata_api::cli::main()
}
