//! The command: arguments in, an exit code out; everything else is in the library beside it.

use std::process::ExitCode;

fn main() -> ExitCode {
    replication::ctl::run()
}
