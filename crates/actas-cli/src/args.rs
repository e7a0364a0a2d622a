//! What the command is told.

use std::path::PathBuf;

use actas_audit::{Anchor, SessionId};
use clap::{Parser, Subcommand, ValueEnum};

use crate::exit::{ALL_HELP, AUDIT_HELP, DONE_HELP, HELP};
use crate::keys_args::{self, Keys};
use crate::serve_args::Serve;
use crate::token_args::VerifyToken;

/// Explains session tokens, keeps an issuer's keys, serves one, and sees to the record of impersonated sessions.
#[derive(Debug, Parser)]
#[command(name = "actas", version, after_help = ALL_HELP)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Verify(Box<VerifyToken>),
    /// The record of impersonated sessions.
    #[command(subcommand, after_help = AUDIT_HELP)]
    Audit(Audit),
    /// The keys that an issuer signs with, in a file.
    #[command(subcommand, after_help = keys_args::HELP)]
    Keys(Keys),
    Serve(Serve),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Says whether a record holds, and what the first thing is that does not.
    ///
    /// Reads a record where it is, in its database, or exported: in constant memory, and without writing. Or the receipt of
    /// one session.
    ///
    /// With the public key it shows what was changed by anyone but the holder of the signing key; without it only
    /// accidents, and not a rewrite. With an anchor, an earlier head that was kept elsewhere, it finds a record that was cut
    /// off at its end.
    #[command(after_help = verify_help())]
    Verify(Verify),
    /// Writes a record to the standard output, as JSON lines, in constant memory.
    ///
    /// The database is only read. What is written in the native format can be verified; in the others it is for reading.
    #[command(after_help = done_help(EXPORT))]
    Export(Export),
    /// Writes the receipt of one session to the standard output: all its events up to the last link over it.
    ///
    /// The database is only read.
    #[command(after_help = done_help(RECEIPT))]
    Receipt(Receipt),
    /// Removes whole sessions that are closed and were over before a time, and leaves their signed heads.
    ///
    /// It writes to the database as the application does: it closes sessions that are over, and signs what it removes.
    #[command(after_help = done_help(PRUNE))]
    Prune(Prune),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Prune {
    /// A SQLite file, or the URL of a PostgreSQL database (`postgres://…`; its password may stand in PGPASSWORD).
    #[arg(value_name = "DATABASE")]
    pub(crate) record: PathBuf,

    /// The time, as in RFC 3339: `2026-01-01T00:00:00Z`.
    #[arg(long, value_name = "TIME")]
    pub(crate) before: jiff::Timestamp,

    /// The file of the key that the record is signed with.
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: PathBuf,

    /// The file of a key that signed the record before. Sessions that were last written with a key that is not given are
    /// left. May be given several times.
    #[arg(long, value_name = "FILE")]
    pub(crate) previous_key_file: Vec<PathBuf>,

    /// Prints one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Export {
    /// A SQLite file, or the URL of a PostgreSQL database (`postgres://…`; its password may stand in PGPASSWORD).
    #[arg(value_name = "DATABASE")]
    pub(crate) record: PathBuf,

    /// What to write.
    #[arg(long, value_enum, default_value_t = Format::Native)]
    pub(crate) format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Format {
    /// The record, as `actas audit verify` reads it
    Native,
    /// Events in the Open Cybersecurity Schema Framework, 1.8.0
    Ocsf,
    /// Events in the Elastic Common Schema, 9.4.0
    Ecs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Receipt {
    /// A SQLite file, or the URL of a PostgreSQL database (`postgres://…`; its password may stand in PGPASSWORD).
    #[arg(value_name = "DATABASE")]
    pub(crate) record: PathBuf,

    /// The session's id in the record: `imp_…`.
    #[arg(value_name = "SESSION")]
    pub(crate) session: SessionId,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Verify {
    /// A SQLite file, the URL of a PostgreSQL database (`postgres://…`; its password may stand in PGPASSWORD), an exported
    /// record, or a receipt; `-` reads either of the last two from the standard input.
    #[arg(value_name = "RECORD")]
    pub(crate) record: PathBuf,

    /// A public key that links may be signed by: a PEM document, or the file that holds one. May be given several times, as
    /// after a change of keys.
    #[arg(long, value_name = "PEM|FILE", allow_hyphen_values = true)]
    pub(crate) public_key: Vec<String>,

    /// An earlier head that the record must pass through: `<n>:<hash>` of the ledger, or `<session>:<seq>:<hash>`. May be
    /// given several times.
    #[arg(long, value_name = "HEAD")]
    pub(crate) anchor: Vec<Anchor>,

    /// Judges the record as of this time, as in RFC 3339: `2026-11-25T07:00:00Z`. By default, as of now.
    ///
    /// For an archive or a backup, in which the sessions stay open that were open when it was taken. The first line of an
    /// export says when that was, and is not believed by itself: whoever cuts off that a session was closed, or never let it
    /// be written, could set that time back. Take the time from where you would take the public key from.
    #[arg(long, value_name = "TIME")]
    pub(crate) as_of: Option<jiff::Timestamp>,

    /// Prints one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

const EXPORT: &str = "  actas audit export audit.db > record.jsonl
  actas audit export postgres://auditor@db.example:5432/app --format ocsf > events.jsonl";

const RECEIPT: &str =
    "  actas audit receipt audit.db imp_bd4c941f37460fb88008b5056a362c27 > receipt.json";

const PRUNE: &str = "  actas audit prune audit.db --before 2026-01-01T00:00:00Z --key-file audit.key
  actas audit prune audit.db --before 2026-01-01T00:00:00Z --key-file new.key --previous-key-file audit.key --json";

fn done_help(examples: &str) -> String {
    format!("Examples:\n{examples}\n\n{DONE_HELP}")
}

fn verify_help() -> String {
    format!(
        "Examples:
  actas audit verify record.jsonl --public-key audit.pub.pem
  actas audit verify record.jsonl --public-key audit.pub.pem --anchor 17:5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9
  actas audit verify audit.db --public-key audit.pub.pem
  actas audit verify postgres://auditor@db.example:5432/app --public-key audit.pub.pem
  zcat record.jsonl.gz | actas audit verify - --public-key \"$(cat audit.pub.pem)\" --json
  actas audit verify archive.jsonl --public-key audit.pub.pem --as-of 2026-01-01T00:00:00Z
  actas audit verify receipt.json --public-key audit.pub.pem

{HELP}"
    )
}
