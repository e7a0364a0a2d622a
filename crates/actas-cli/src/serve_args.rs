//! What `actas serve` is told.

use std::path::PathBuf;

/// Serves the issuer and its API, beside applications in any language.
///
/// Starting and stopping impersonation, the list of sessions, token exchange and the published keys, over plain `http`: TLS is the
/// task of the proxy before it, which passes these paths of the application's own host on to it.
///
/// What is set in the file can be set by the environment as well, which has precedence: `ACTAS__LISTEN`,
/// `ACTAS__TERMS__MAX_DURATION_SECONDS`. Passwords and secrets stand in variables or files that the file names.
///
/// It logs in JSON to the standard error. By SIGTERM or SIGINT it lets requests end, writes the record to its end, and exits.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Serve {
    /// The file of its settings, in TOML.
    #[arg(long, value_name = "FILE", required_unless_present = "example")]
    pub(crate) config: Option<PathBuf>,

    /// Judges the settings, the secrets and the keys, and exits. Neither the database nor the network is used.
    #[arg(long)]
    pub(crate) check: bool,

    /// Prints an example of the file, with all settings and their defaults.
    #[arg(long, conflicts_with_all = ["config", "check"])]
    pub(crate) example: bool,
}

const HELP: &str = "Examples:
  actas serve --example > actas.toml
  actas serve --config actas.toml --check
  ACTAS__LISTEN=127.0.0.1:8480 actas serve --config actas.toml

Routes:
  GET  /healthz   200 as long as the process answers
  GET  /readyz    503 while the database or the keys cannot be used, and when it is about to end
  GET  /openapi.json, /impersonations/openapi.json   all others

Exit codes:
  0  it was told to end, and has
  2  the command or its settings are not as they should be
  3  something cannot be read, opened, fetched, or listened on; or the record was not written to its end";
