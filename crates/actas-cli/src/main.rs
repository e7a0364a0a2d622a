//! The `actas` command.

// The order of the modules is that of their dependencies: each imports only modules above it.
mod exit;
mod keys_args;
mod args;
mod public_key;
mod progress;
mod output;
mod database;
mod verify;
mod export;
mod prune;
mod keys;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Args, Audit, Command};

fn main() -> ExitCode {
    let Args { command } = Args::parse();
    let exit = match command {
        Command::Audit(Audit::Verify(args)) => verify::run(&args),
        Command::Audit(Audit::Export(args)) => export::run(&args),
        Command::Audit(Audit::Receipt(args)) => export::receipt(&args),
        Command::Audit(Audit::Prune(args)) => prune::run(&args),
        Command::Keys(command) => keys::run(&command),
    };
    exit.into()
}
