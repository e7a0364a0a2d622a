use super::finding::{Finding, Place, Problem};
use super::run::Run;
use crate::link::{Link, LinkKind};

/// A link's kind says what its heads must be.
pub(crate) fn judge_heads(link: &Link) -> Result<(), Finding> {
    let are_good = match (link.kind, link.from) {
        (LinkKind::Opened, None) => link.to.seq == 1,
        (LinkKind::Closed, Some(from)) => {
            from.seq >= 1 && (from.seq < link.to.seq || from == link.to)
        }
        (LinkKind::Pruned, None) => link.to.seq >= 1,
        _ => false,
    };
    if are_good {
        Ok(())
    } else {
        Err(Finding::new(Place::Link(link.n), Problem::LinkHeads))
    }
}

/// The events before a link must be those that it vouches for, and no others.
pub(super) fn judge_events(
    link: &Link,
    run: Option<&Run>,
    are_pruned: bool,
) -> Result<(), Finding> {
    let found = |problem| Err(Finding::new(Place::Link(link.n), problem));
    match run {
        None if are_pruned || link.from == Some(link.to) => Ok(()),
        None => {
            let last = link.from.map_or(0, |from| from.seq);
            found(Problem::EventsMissing {
                last,
                vouched: link.to.seq,
            })
        }
        Some(_) if are_pruned => found(Problem::Pruned),
        Some(run) if run.from == link.from => judge_end(link, run),
        Some(run) => {
            let expected = link.from.map_or(0, |from| from.seq).saturating_add(1);
            if run.from.is_some_and(|from| from.seq >= expected) {
                return Err(Finding::new(
                    run.first_place(),
                    Problem::EventGap { expected },
                ));
            }
            found(Problem::From)
        }
    }
}

/// The last event must be the one that a link vouches for.
pub(crate) fn judge_end(link: &Link, run: &Run) -> Result<(), Finding> {
    let found = |problem| Err(Finding::new(Place::Link(link.n), problem));
    let (last, vouched) = (run.head.seq, link.to.seq);
    if last < vouched {
        return found(Problem::EventsMissing { last, vouched });
    }
    if last > vouched {
        return found(Problem::EventsBeyond { last, vouched });
    }
    if run.head == link.to {
        Ok(())
    } else {
        Err(run.changed())
    }
}
