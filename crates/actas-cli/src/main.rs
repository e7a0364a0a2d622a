//! The `actas` command.
//!
//! - `actas verify` explains a session token, check by check, by the verdict of [`actas_core`]'s verifier.
//! - `actas audit` verifies, exports and prunes the record of impersonated sessions.
//! - `actas keys` makes, rotates, removes and publishes the keys that an issuer signs with.
//! - `actas serve` serves an issuer and its API.

// The order of the modules is that of their dependencies: each imports only modules above it.
mod exit;
mod token_args;
mod keys_args;
mod serve_args;
mod args;
mod public_key;
mod progress;
mod output;
mod database;
mod verify;
mod export;
mod prune;
mod token;
mod keys;
mod serve;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Args, Audit, Command};

fn main() -> ExitCode {
    if token::is_argument(std::env::args_os()) {
        return token::refuse_argument().into();
    }
    let Args { command } = Args::parse();
    let exit = match command {
        Command::Verify(args) => token::run(&args),
        Command::Audit(Audit::Verify(args)) => verify::run(&args),
        Command::Audit(Audit::Export(args)) => export::run(&args),
        Command::Audit(Audit::Receipt(args)) => export::receipt(&args),
        Command::Audit(Audit::Prune(args)) => prune::run(&args),
        Command::Keys(command) => keys::run(&command),
        Command::Serve(args) => serve::run(&args),
    };
    exit.into()
}
