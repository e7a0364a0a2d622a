//! What a session says of who is there.

use actas_core::{Actor, ActorKind, Auth};
use serde_json::{Value, json};

use super::moment::{moment, moment_from};
use super::shown::Shown;

/// The session of a token that is accepted, as a line that says it all, lines of detail, and JSON.
pub(super) struct Told {
    pub(super) summary: String,
    pub(super) lines: Vec<(&'static str, String)>,
    pub(super) json: Value,
}

/// Tells a session as of `at`, in seconds since the Unix epoch.
pub(super) fn told(auth: &Auth, shown: &Shown<'_>, at: i64) -> Told {
    let user = shown.text(&auth.user_id);
    let issuer = shown.text(&auth.issuer);
    let session_id = auth.session_id.as_ref().map(|id| shown.text(id));
    let party = auth
        .authorized_party
        .as_ref()
        .map(|party| shown.text(party));
    let one = |subject: &str, issuer: &str, kind: ActorKind| {
        (shown.text(subject), shown.text(issuer), kind)
    };
    let actor = auth
        .actor
        .as_ref()
        .map(|actor| one(&actor.subject, &actor.issuer, actor.kind));
    let prior: Vec<_> = auth
        .actor
        .iter()
        .flat_map(Actor::prior)
        .map(|prior| one(&prior.subject, &prior.issuer, prior.kind))
        .collect();

    let mut lines = vec![("user", format!("{user}, of {issuer}"))];
    let line = |(subject, issuer, kind): &(String, String, ActorKind)| {
        format!("{subject}, {}, of {issuer}", name(*kind))
    };
    lines.extend(actor.iter().map(|actor| ("actor", line(actor))));
    lines.extend(prior.iter().map(|prior| ("before", line(prior))));
    lines.extend(session_id.iter().map(|id| ("session", id.clone())));
    lines.extend(party.iter().map(|party| ("party", party.clone())));
    if auth.is_pending() {
        lines.push(("pending", "the session has tasks to complete".to_owned()));
    }
    let since = auth.issued_at.map(|time| ("issued", moment_from(time, at)));
    lines.extend(since);
    lines.push(("expires", moment_from(auth.expires_at, at)));
    lines.push((
        "taken",
        format!("until {}, with the leeway", moment(auth.ends_at())),
    ));

    let object = |(subject, issuer, kind): &(String, String, ActorKind)| json!({"subject": subject, "issuer": issuer, "kind": kind});
    Told {
        json: json!({
            "user_id": user,
            "issuer": issuer,
            "session_id": session_id,
            "authorized_party": party,
            "impersonated": actor.is_some(),
            "actor": actor.as_ref().map(object),
            "prior_actors": prior.iter().map(object).collect::<Vec<_>>(),
            "pending": auth.is_pending(),
            "issued_at": auth.issued_at.map(moment),
            "expires_at": moment(auth.expires_at),
            "ends_at": moment(auth.ends_at()),
        }),
        summary: match &actor {
            Some((subject, ..)) => format!("{subject} acts as {user}"),
            None => format!("{user} is here in person, nobody acts as them"),
        },
        lines,
    }
}

fn name(kind: ActorKind) -> &'static str {
    match kind {
        ActorKind::Human => "human",
        ActorKind::Agent => "agent",
        _ => "neither human nor agent",
    }
}
