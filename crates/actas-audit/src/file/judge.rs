use std::io::{BufRead, Cursor, Read as _};

use super::error::ReadError;
use super::line::{BEGINNING, FIRST_LINK, HeaderLine, Line, VERSION};
use super::lines::Lines;
use super::receipt_judge::ReceiptReport;
use super::receipt_reader::judge_receipt;
use super::tally::Tally;
use crate::verify::{Finding, Place, Problem, Report, Verifier};

/// What a file that holds is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judged {
    /// A record, as [`NativeWriter`](crate::NativeWriter) writes it.
    Export(Report),
    /// One session's [`Receipt`](crate::Receipt).
    Receipt(ReceiptReport),
}

/// Judges a file, an export or a receipt, in constant memory: no line of the one and no event of the other may be longer than
/// 1 MiB.
///
/// `progress` is told how many bytes have been read, after each line or event.
///
/// # Errors
///
/// [`ReadError::Finding`] when the record does not hold, and the others when it cannot be read.
pub fn judge(
    mut reader: impl BufRead,
    verifier: Verifier,
    progress: impl FnMut(u64),
) -> Result<Judged, ReadError> {
    let mut beginning = Vec::new();
    let length = u64::try_from(BEGINNING.len()).unwrap_or(u64::MAX);
    reader
        .by_ref()
        .take(length)
        .read_to_end(&mut beginning)
        .map_err(ReadError::Io)?;
    let is_export = beginning == BEGINNING;
    let reader = Cursor::new(beginning).chain(reader);
    if is_export {
        judge_export(Lines::new(reader), verifier, progress).map(Judged::Export)
    } else {
        judge_receipt(reader, verifier, progress).map(Judged::Receipt)
    }
}

fn judge_export<R: BufRead>(
    mut lines: Lines<R>,
    mut verifier: Verifier,
    mut progress: impl FnMut(u64),
) -> Result<Report, ReadError> {
    let in_file = |problem| Finding::new(Place::Record, problem);
    let (mut read, mut end) = (Tally::new(), None);
    let header = lines.next()?.ok_or(ReadError::NotARecord)?;
    read.line(header);
    let header: HeaderLine = serde_json::from_slice(header).map_err(|_| ReadError::NotARecord)?;
    if header.actas_audit_export != VERSION {
        return Err(ReadError::Version(header.actas_audit_export));
    }
    let problem = match header.from_n {
        FIRST_LINK if header.is_whole() => None,
        FIRST_LINK => Some(Problem::Line),
        n => Some(Problem::NotFromFirst { n }),
    };
    if let Some(problem) = problem {
        return Err(ReadError::Finding(in_file(problem).on_line(lines.line())));
    }
    while let Some(line) = lines.next()? {
        let judged = match Line::read(line) {
            _ if end.is_some() => Err(in_file(Problem::Line)),
            Some(Line::End(line)) => {
                end = Some(line.end);
                Ok(())
            }
            Some(other) => {
                read.line(line);
                judge_line(&other, &mut verifier, &mut read)
            }
            None => Err(in_file(Problem::Line)),
        };
        judged.map_err(|finding| {
            let is_cut = finding.problem == Problem::Line && end.is_none() && !lines.is_whole();
            let finding = if is_cut {
                in_file(Problem::Incomplete)
            } else {
                finding
            };
            ReadError::Finding(finding.on_line(lines.line()))
        })?;
        progress(lines.bytes());
    }
    let end = end.ok_or_else(|| ReadError::Finding(in_file(Problem::Incomplete)))?;
    // Where both do not hold, the record's own problem says more.
    let report = verifier.finish().map_err(ReadError::Finding)?;
    if end != read.end() {
        return Err(ReadError::Finding(in_file(Problem::Incomplete)));
    }
    Ok(report)
}

fn judge_line(line: &Line<'_>, verifier: &mut Verifier, read: &mut Tally) -> Result<(), Finding> {
    match line {
        Line::Event(line) => {
            read.events = read.events.saturating_add(1);
            verifier.event(&line.event)?;
        }
        Line::Link(line) => {
            read.links = read.links.saturating_add(1);
            let unclear = Finding::new(Place::Record, Problem::Line);
            verifier.link(&line.stated().ok_or(unclear)?)?;
        }
        Line::End(_) => (),
    }
    Ok(())
}
