-- A session's summary. It changes as the session goes on; what it says can be derived from the events. Whoever writes the
-- record goes by it only as far as the seal holds, which takes a key that the database never sees.
CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    issuer TEXT NOT NULL,
    session_key TEXT NOT NULL,
    session_id TEXT,
    user_id TEXT NOT NULL,
    actor_issuer TEXT NOT NULL,
    actor_token_issuer TEXT NOT NULL,
    actor_subject TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor TEXT NOT NULL, -- the claim `act`, as it came
    organization_id TEXT,
    reason TEXT,
    ticket TEXT,
    authorized_party TEXT,
    -- Milliseconds since the Unix epoch.
    created_at INTEGER NOT NULL,
    last_active_at INTEGER NOT NULL,
    expire_at INTEGER NOT NULL,
    idle_limit INTEGER, -- milliseconds
    ended_at INTEGER,
    end_reason TEXT,
    requests INTEGER NOT NULL,
    refusals INTEGER NOT NULL,
    writes INTEGER NOT NULL,
    -- The last event, the last head that a link vouches for, and the last that a link has closed.
    seq INTEGER NOT NULL,
    head_at INTEGER NOT NULL,
    head BLOB,
    linked_seq INTEGER NOT NULL,
    linked_head BLOB,
    closed_seq INTEGER NOT NULL,
    revocation INTEGER NOT NULL, -- the last that it was held against
    seal BLOB NOT NULL,
    seal_key TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_by_time ON sessions (created_at, id);
CREATE INDEX sessions_by_user ON sessions (user_id, created_at, id);
CREATE INDEX sessions_by_actor ON sessions (actor_subject, created_at, id);
CREATE INDEX sessions_by_organization ON sessions (organization_id, created_at, id);
CREATE INDEX sessions_by_key ON sessions (issuer, session_key);
CREATE INDEX sessions_to_close ON sessions (expire_at) WHERE closed_seq < seq;

-- Which sessions were revoked, by whom and why, in the order of `n`.
CREATE TABLE revocations (
    n INTEGER NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    issuer TEXT,
    subject TEXT,
    revoked_by TEXT,
    reason TEXT NOT NULL
) STRICT;

CREATE TABLE events (
    session TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (session, seq)
) STRICT;

-- The ledger.
CREATE TABLE links (
    n INTEGER NOT NULL PRIMARY KEY,
    session TEXT NOT NULL,
    kind TEXT NOT NULL,
    to_seq INTEGER NOT NULL,
    body TEXT NOT NULL,
    hash BLOB NOT NULL,
    signature BLOB NOT NULL,
    key_id TEXT NOT NULL
) STRICT;

CREATE INDEX links_by_session ON links (session, n);

-- Sessions whose events were removed, with the link that says so.
CREATE TABLE pruned_sessions (
    link INTEGER NOT NULL PRIMARY KEY,
    session TEXT NOT NULL,
    seq INTEGER NOT NULL,
    head BLOB NOT NULL
) STRICT;

CREATE INDEX pruned_sessions_by_session ON pruned_sessions (session, link);

CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'an event of the audit record is never changed');
END;

CREATE TRIGGER events_are_not_removed BEFORE DELETE ON events
WHEN NOT EXISTS (
    SELECT 1 FROM pruned_sessions p
    WHERE p.session = OLD.session AND OLD.seq <= p.seq
        -- One that was opened anew afterwards is not removed by it.
        AND p.link > (SELECT MAX(l.n) FROM links l WHERE l.session = OLD.session AND l.kind = 'opened')
)
BEGIN
    SELECT RAISE(ABORT, 'an event of the audit record is removed with its whole session only');
END;

CREATE TRIGGER links_are_not_changed BEFORE UPDATE ON links
BEGIN
    SELECT RAISE(ABORT, 'a link of the audit record is never changed');
END;

CREATE TRIGGER links_are_not_removed BEFORE DELETE ON links
BEGIN
    SELECT RAISE(ABORT, 'a link of the audit record is never removed');
END;

CREATE TRIGGER pruned_sessions_are_not_changed BEFORE UPDATE ON pruned_sessions
BEGIN
    SELECT RAISE(ABORT, 'what the audit record says of removed sessions is never changed');
END;

CREATE TRIGGER pruned_sessions_are_not_removed BEFORE DELETE ON pruned_sessions
BEGIN
    SELECT RAISE(ABORT, 'what the audit record says of removed sessions is never removed');
END;

CREATE TRIGGER revocations_are_not_changed BEFORE UPDATE ON revocations
BEGIN
    SELECT RAISE(ABORT, 'a revocation of the audit record is never changed');
END;

CREATE TRIGGER revocations_are_not_removed BEFORE DELETE ON revocations
BEGIN
    SELECT RAISE(ABORT, 'a revocation of the audit record is never removed');
END;

-- Nothing stands in place of what is there: REPLACE would remove it past the triggers above.
CREATE TRIGGER events_are_not_replaced BEFORE INSERT ON events
WHEN EXISTS (SELECT 1 FROM events e WHERE e.id = NEW.id OR (e.session = NEW.session AND e.seq = NEW.seq))
BEGIN
    SELECT RAISE(ABORT, 'an event of the audit record is never replaced');
END;

CREATE TRIGGER revocations_are_not_replaced BEFORE INSERT ON revocations
WHEN EXISTS (SELECT 1 FROM revocations r WHERE r.n = NEW.n)
BEGIN
    SELECT RAISE(ABORT, 'a revocation of the audit record is never replaced');
END;

CREATE TRIGGER links_are_not_replaced BEFORE INSERT ON links
WHEN EXISTS (SELECT 1 FROM links l WHERE l.n = NEW.n)
BEGIN
    SELECT RAISE(ABORT, 'a link of the audit record is never replaced');
END;

-- What is removed must be what a link has closed and a link has signed: with its count and its head.
CREATE TRIGGER pruned_sessions_are_linked BEFORE INSERT ON pruned_sessions
WHEN EXISTS (SELECT 1 FROM pruned_sessions p WHERE p.link = NEW.link)
    OR NOT EXISTS (
        SELECT 1 FROM links l
        WHERE l.n = NEW.link AND l.kind = 'pruned' AND l.session = NEW.session AND l.to_seq = NEW.seq
    )
    OR NOT EXISTS (
        SELECT 1 FROM events e WHERE e.session = NEW.session AND e.seq = NEW.seq AND e.hash = NEW.head
    )
    OR EXISTS (SELECT 1 FROM events e WHERE e.session = NEW.session AND e.seq > NEW.seq)
    OR NOT EXISTS (
        SELECT 1 FROM links c
        WHERE c.session = NEW.session AND c.kind = 'closed' AND c.to_seq = NEW.seq AND c.n < NEW.link
            AND c.n > (SELECT MAX(l.n) FROM links l WHERE l.session = NEW.session AND l.kind = 'opened')
    )
BEGIN
    SELECT RAISE(ABORT, 'a session of the audit record is removed with its signed head only');
END;

-- Who acted as whom is written once; the rest of the summary goes on.
CREATE TRIGGER sessions_are_not_another BEFORE UPDATE ON sessions
WHEN (
    OLD.id, OLD.issuer, OLD.session_key, OLD.session_id, OLD.user_id, OLD.actor_issuer, OLD.actor_token_issuer,
    OLD.actor_subject, OLD.actor_kind, OLD.actor, OLD.organization_id, OLD.reason, OLD.ticket,
    OLD.authorized_party, OLD.created_at, OLD.idle_limit
) IS NOT (
    NEW.id, NEW.issuer, NEW.session_key, NEW.session_id, NEW.user_id, NEW.actor_issuer, NEW.actor_token_issuer,
    NEW.actor_subject, NEW.actor_kind, NEW.actor, NEW.organization_id, NEW.reason, NEW.ticket,
    NEW.authorized_party, NEW.created_at, NEW.idle_limit
)
BEGIN
    SELECT RAISE(ABORT, 'who acted in a session of the audit record is never changed');
END;

CREATE TRIGGER sessions_are_not_removed BEFORE DELETE ON sessions
WHEN NOT EXISTS (
    SELECT 1 FROM pruned_sessions p
    WHERE p.session = OLD.id AND p.seq = OLD.seq
        AND p.link > (SELECT MAX(l.n) FROM links l WHERE l.session = OLD.id AND l.kind = 'opened')
)
BEGIN
    SELECT RAISE(ABORT, 'a session of the audit record is removed with its signed head only');
END;

CREATE TRIGGER sessions_are_not_replaced BEFORE INSERT ON sessions
WHEN EXISTS (SELECT 1 FROM sessions s WHERE s.id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'a session of the audit record is never replaced');
END;
