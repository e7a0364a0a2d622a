//! `actas audit export` and `actas audit receipt`.

use std::io::{BufWriter, Write, stdout};

use actas_audit::{
    About, Event, EventId, EventKind, ExportFormat, NativeWriter, RecordReader, Records, Request,
    SessionId, SessionStarted, StoredRecord, Timestamp,
};

use crate::args::{Export, Format, Receipt};
use crate::database::{self, Database};
use crate::exit::Exit;
use crate::output;

const BUFFER: usize = 1 << 18;

/// Writes a record to the standard output.
pub(crate) fn run(args: &Export) -> Exit {
    let out = BufWriter::with_capacity(BUFFER, stdout().lock());
    with(Database::of(&args.record), async |reader| {
        // Before it is read: nothing in it has happened later, and nothing that is missing may be told so.
        let at = Timestamp::now();
        let records = reader.records().await.map_err(told)?;
        match args.format {
            Format::Native => native(records, at, out).await,
            Format::Ocsf => events(records, ExportFormat::Ocsf, out).await,
            Format::Ecs => events(records, ExportFormat::Ecs, out).await,
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

async fn native(mut records: Records, at: Timestamp, out: impl Write) -> Result<(), String> {
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
    mut records: Records,
    format: ExportFormat,
    mut out: impl Write,
) -> Result<(), String> {
    let mut started: Option<(SessionId, SessionStarted)> = None;
    let mut request: Option<(EventId, Request)> = None;
    while let Some(record) = records.next().await.map_err(told)? {
        let StoredRecord::Event(body) = record else {
            continue;
        };
        let event = Event::from_body(&body).map_err(told)?;
        let start = match started.take() {
            Some((session, start)) if session == event.session => start,
            _ => start_of(&mut records, event.session).await?,
        };
        let of = match &event.kind {
            EventKind::Outcome(outcome) => Some(outcome.of),
            EventKind::Action(action) => action.of,
            _ => None,
        };
        if let Some(of) = of
            && request.as_ref().is_none_or(|(id, _)| *id != of)
        {
            request = request_of(&mut records, of).await?;
        }
        let about = About {
            started: &start,
            request: request
                .as_ref()
                .filter(|(id, _)| Some(*id) == of)
                .map(|(_, request)| request),
        };
        format.write(&mut out, &event, &about).map_err(told)?;
        started = Some((event.session, start));
        if let EventKind::Request(asked) = event.kind {
            request = Some((event.id, asked));
        }
    }
    out.flush().map_err(told)
}

async fn start_of(records: &mut Records, session: SessionId) -> Result<SessionStarted, String> {
    let body = records.event(session, 1).await.map_err(told)?;
    let event = body.map(|body| Event::from_body(&body)).transpose();
    match event.map_err(told)?.map(|event| event.kind) {
        Some(EventKind::SessionStarted(started)) => Ok(started),
        _ => Err(format!(
            "the record does not hold: session {session} has no start"
        )),
    }
}

async fn request_of(
    records: &mut Records,
    id: EventId,
) -> Result<Option<(EventId, Request)>, String> {
    let body = records.event_by_id(id).await.map_err(told)?;
    let event = body.map(|body| Event::from_body(&body)).transpose();
    match event.map_err(told)?.map(|event| event.kind) {
        Some(EventKind::Request(request)) => Ok(Some((id, request))),
        _ => Ok(None),
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it stands where errors are mapped"
)]
fn told(error: impl ToString) -> String {
    error.to_string()
}
