//! What the header and the claims of a session token must say.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use crate::act_claim::ActClaim;
use crate::claims::{Audience, Claims};
use crate::error::ErrorKind;
use crate::json::Json;
use crate::keys::Algorithm;
use crate::separator::Separator;
use crate::session::{Session, Shared};
use crate::text::{Shelf, cut};
use crate::token::header::Header;

/// 9999-12-31T23:59:59Z. A later `exp` is a mistake, such as milliseconds.
const END_OF_TIME: f64 = 253_402_300_799.0;

/// The rules of one issuer's session tokens.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) issuer: String,
    pub(crate) algorithms: Vec<Algorithm>,
    pub(crate) separator: Separator,
    /// Clerk's classes of token, where the issuer has them.
    pub(crate) categories: Option<Vec<String>>,
    pub(crate) audience: AudienceRule,
    pub(crate) authorized_parties: Vec<String>,
    pub(crate) leeway: u64,
    pub(crate) max_token_bytes: usize,
    pub(crate) session_id_required: bool,
    pub(crate) pending_sessions: bool,
    /// The claims that the separator reads.
    pub(crate) watched: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum AudienceRule {
    /// The token must name no audience.
    NoneExpected,
    /// The token must name one of these.
    OneOf(Vec<String>),
    /// Whatever the token names.
    Unchecked,
}

impl Rules {
    /// The algorithm that the header names, if the header is one of a session token.
    pub(crate) fn judge_header(&self, header: &Header<'_>) -> Result<Algorithm, ErrorKind> {
        let algorithm = header
            .algorithm()
            .and_then(Algorithm::from_name)
            .filter(|algorithm| self.algorithms.contains(algorithm))
            .ok_or(ErrorKind::Algorithm)?;
        self.separator.judge_type(header.token_type())?;
        if header.demands_extension() {
            return Err(ErrorKind::Critical);
        }
        if let (Some(known), Some(category)) = (&self.categories, header.category())
            && !known.iter().any(|known| known == category)
        {
            return Err(ErrorKind::Category);
        }
        Ok(algorithm)
    }

    /// The session that the claims of a token with a valid signature describe.
    pub(crate) fn judge_claims(
        &self,
        claims: &Claims<'_>,
        now: Option<u64>,
        shared: &Arc<Shared>,
    ) -> Result<Session, ErrorKind> {
        if !self.issued(claims) {
            return Err(ErrorKind::Issuer);
        }
        let times = self.judge_times(claims, now)?;
        let who = self.judge_who(claims)?;
        let actor = match claims.actor {
            None => None,
            Some(act) => Some(ActClaim::parse(act).ok_or(ErrorKind::Actor)?),
        };
        let session = Judged { who, times, actor };
        self.session(claims, session, shared)
            .ok_or(ErrorKind::Issuer)
    }

    /// Whose session the claims of a token with a valid signature describe, by every rule but those about time.
    pub(crate) fn judge_user<'c>(&self, claims: &'c Claims<'_>) -> Result<&'c str, ErrorKind> {
        if !self.issued(claims) {
            return Err(ErrorKind::Issuer);
        }
        Ok(self.judge_who(claims)?.user_id)
    }

    /// What the claims of a refused token with a valid signature say of an impersonated session.
    pub(crate) fn impersonated(
        &self,
        claims: &Claims<'_>,
        shared: &Arc<Shared>,
    ) -> Option<Session> {
        if !self.issued(claims) {
            return None;
        }
        let whole = |time: &Json<'_>| match time {
            Json::Date(time) => Some(whole_seconds(*time)),
            _ => None,
        };
        let session = Judged {
            who: Who {
                user_id: subject(claims)?,
                session_id: claims.session_id.text(),
                authorized_party: claims.authorized_party.text(),
                pending: false,
            },
            times: Times {
                expires_at: whole(&claims.expires_at)?,
                issued_at: whole(&claims.issued_at),
            },
            actor: Some(ActClaim::parse(claims.actor?)?),
        };
        self.session(claims, session, shared)
    }

    fn issued(&self, claims: &Claims<'_>) -> bool {
        matches!(&claims.issuer, Json::String(issuer) if *issuer == self.issuer)
    }

    fn session(
        &self,
        claims: &Claims<'_>,
        judged: Judged<'_, '_>,
        shared: &Arc<Shared>,
    ) -> Option<Session> {
        let Judged { who, times, actor } = judged;
        let mut strings = Shelf::new(claims.text);
        let issuer = strings.place(claims.issuer.text()?);
        let user_id = strings.place(who.user_id);
        let session_id = who.session_id.map(|id| strings.place(id));
        let token_id = claims.token_id.text().map(|id| strings.place(id));
        let authorized_party = who.authorized_party.map(|party| strings.place(party));
        let actor = actor.map(|actor| actor.place(&mut strings, &issuer));
        let claims_len = strings.claims_len();
        let source = strings.finish();
        Some(Session {
            user_id: cut(&source, user_id),
            actor: actor.map(|actor| actor.cut(&source)),
            issuer: cut(&source, issuer),
            session_id: session_id.map(|id| cut(&source, id)),
            authorized_party: authorized_party.map(|party| cut(&source, party)),
            expires_at: times.expires_at,
            issued_at: times.issued_at,
            token_id,
            pending: who.pending,
            claims_len,
            leeway: u32::try_from(self.leeway).unwrap_or(u32::MAX),
            shared: Arc::clone(shared),
            organization: OnceLock::new(),
        })
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a time below 2^53 seconds is exact, and none above passes"
    )]
    fn judge_times(&self, claims: &Claims<'_>, now: Option<u64>) -> Result<Times, ErrorKind> {
        let now = now.ok_or(ErrorKind::ClockUnavailable)? as f64;
        let leeway = self.leeway as f64;
        let Json::Date(expires_at) = claims.expires_at else {
            return Err(ErrorKind::Expired);
        };
        if expires_at > END_OF_TIME || now >= expires_at + leeway {
            return Err(ErrorKind::Expired);
        }
        let not_later_than_now = |time: &Json<'_>| match time {
            Json::Absent => Some(None),
            Json::Date(time) if *time <= now + leeway => Some(Some(*time)),
            _ => None,
        };
        not_later_than_now(&claims.not_before).ok_or(ErrorKind::NotYetValid)?;
        let issued_at = not_later_than_now(&claims.issued_at).ok_or(ErrorKind::IssuedInFuture)?;
        Ok(Times {
            expires_at: whole_seconds(expires_at),
            issued_at: issued_at.map(whole_seconds),
        })
    }

    /// Judges the claims that say whose session it is, and of which application.
    fn judge_who<'c, 'p>(&self, claims: &'c Claims<'p>) -> Result<Who<'c, 'p>, ErrorKind> {
        self.judge_audience(&claims.audience)?;
        let authorized_party = self.judge_authorized_party(&claims.authorized_party)?;
        let user_id = subject(claims).ok_or(ErrorKind::Subject)?;
        let session_id = match &claims.session_id {
            Json::Absent if !self.session_id_required => None,
            id => Some(id.text().ok_or(ErrorKind::SessionId)?),
        };
        self.separator.judge_claims(claims)?;
        let pending = self.judge_status(&claims.status)?;
        Ok(Who {
            user_id,
            session_id,
            authorized_party,
            pending,
        })
    }

    fn judge_audience(&self, audience: &Audience<'_>) -> Result<(), ErrorKind> {
        let fits = match (&self.audience, audience) {
            (AudienceRule::Unchecked, _) | (AudienceRule::NoneExpected, Audience::Absent) => true,
            (AudienceRule::OneOf(expected), Audience::Names(names)) => names
                .iter()
                .any(|name| expected.iter().any(|expected| expected == name)),
            _ => false,
        };
        if fits {
            Ok(())
        } else {
            Err(ErrorKind::Audience)
        }
    }

    fn judge_authorized_party<'c, 'p>(
        &self,
        party: &'c Json<'p>,
    ) -> Result<Option<&'c Cow<'p, str>>, ErrorKind> {
        if party.is_absent() && self.authorized_parties.is_empty() {
            return Ok(None);
        }
        let party = party.text().ok_or(ErrorKind::AuthorizedParty)?;
        let known = self.authorized_parties.is_empty()
            || self.authorized_parties.iter().any(|known| known == party);
        if known {
            Ok(Some(party))
        } else {
            Err(ErrorKind::AuthorizedParty)
        }
    }

    /// Whether the session is pending, where such sessions are taken.
    fn judge_status(&self, status: &Json<'_>) -> Result<bool, ErrorKind> {
        match status {
            Json::Absent | Json::Null => Ok(false),
            Json::String(status) if status == "active" => Ok(false),
            Json::String(status) if status == "pending" && self.pending_sessions => Ok(true),
            _ => Err(ErrorKind::SessionPending),
        }
    }
}

/// What a session is built of, each as it was judged, or as it came.
struct Judged<'c, 'p> {
    who: Who<'c, 'p>,
    times: Times,
    actor: Option<ActClaim<'p>>,
}

struct Who<'c, 'p> {
    user_id: &'c Cow<'p, str>,
    session_id: Option<&'c Cow<'p, str>>,
    authorized_party: Option<&'c Cow<'p, str>>,
    pending: bool,
}

fn subject<'c, 'p>(claims: &'c Claims<'p>) -> Option<&'c Cow<'p, str>> {
    // A NUL would cut the name short wherever it is handed to C.
    let subject = claims.subject.text()?;
    Some(subject).filter(|subject| !subject.contains('\0'))
}

struct Times {
    expires_at: i64,
    issued_at: Option<i64>,
}

#[expect(clippy::cast_possible_truncation, reason = "a cast from f64 saturates")]
fn whole_seconds(time: f64) -> i64 {
    time.floor() as i64
}
