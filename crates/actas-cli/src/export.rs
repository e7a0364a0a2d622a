//! `actas audit export` and `actas audit receipt`.

use std::io::{BufWriter, Write, stdout};

use actas_audit::{AuditScope, ExportFormat, NativeWriter, RecordReader, StoredRecord, Timestamp};

use crate::args::{Export, Format, Receipt};
use crate::database::{self, Database};
use crate::exit::Exit;
use crate::output;

const BUFFER: usize = 1 << 18;

/// Writes a record to the standard output.
pub(crate) fn run(args: &Export) -> Exit {
    let out = BufWriter::with_capacity(BUFFER, stdout().lock());
    with(Database::of(&args.record), async |reader| {
        match args.format {
            Format::Native => native(reader, out).await,
            Format::Ocsf => events(reader, ExportFormat::Ocsf, out).await,
            Format::Ecs => events(reader, ExportFormat::Ecs, out).await,
        }
    })
}

/// Writes a session's receipt to the standard output.
pub(crate) fn receipt(args: &Receipt) -> Exit {
    with(Database::of(&args.record), async |reader| {
        let receipt = reader.receipt(args.session).await.map_err(told)?;
        let receipt = receipt
            .ok_or_else(|| format!("no link vouches for events of a session {}", args.session))?;
        let mut out = stdout().lock();
        receipt.write(&mut out).map_err(told)?;
        out.flush().map_err(told)
    })
}

fn with(
    database: Database<'_>,
    work: impl AsyncFnOnce(&RecordReader) -> Result<(), String>,
) -> Exit {
    let done = database::run(async {
        let reader = database.open().await.map_err(told)?;
        let done = work(&reader).await;
        if done.is_ok() {
            reader.close().await;
        }
        done
    });
    match done.map_err(told).flatten() {
        Ok(()) => Exit::Holds,
        Err(message) => {
            output::not_done(&format!("{}: {message}", database.name()), false);
            Exit::CannotBeRead
        }
    }
}

async fn native(reader: &RecordReader, out: impl Write) -> Result<(), String> {
    // Before it is read: nothing in it has happened later, and nothing that is missing may be told so.
    let at = Timestamp::now();
    let mut records = reader.records().await.map_err(told)?;
    let mut writer = NativeWriter::new(out, at, None).map_err(told)?;
    while let Some(record) = records.next().await.map_err(told)? {
        let written = match &record {
            StoredRecord::Event(body) => writer.event(body),
            StoredRecord::Link(link) => writer.link(&link.stated()),
            _ => Ok(()),
        };
        written.map_err(told)?;
    }
    writer.finish().map(drop).map_err(told)
}

async fn events(
    reader: &RecordReader,
    format: ExportFormat,
    mut out: impl Write,
) -> Result<(), String> {
    let events = reader.export(AuditScope::All, format).await;
    let mut events = events.map_err(told)?;
    while let Some(line) = events.next().await.map_err(told)? {
        out.write_all(&line).map_err(told)?;
    }
    out.flush().map_err(told)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it stands where errors are mapped"
)]
fn told(error: impl ToString) -> String {
    error.to_string()
}
