-- A session's summary. It changes as the session goes on; what it says can be derived from the events. Whoever writes the
-- record goes by it only as far as the seal holds, which takes a key that the database never sees.
CREATE TABLE sessions (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
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
    created_at BIGINT NOT NULL,
    last_active_at BIGINT NOT NULL,
    expire_at BIGINT NOT NULL,
    idle_limit BIGINT, -- milliseconds
    ended_at BIGINT,
    end_reason TEXT,
    requests BIGINT NOT NULL,
    refusals BIGINT NOT NULL,
    writes BIGINT NOT NULL,
    -- The last event, the last head that a link vouches for, and the last that a link has closed.
    seq BIGINT NOT NULL,
    head_at BIGINT NOT NULL,
    head BYTEA,
    linked_seq BIGINT NOT NULL,
    linked_head BYTEA,
    closed_seq BIGINT NOT NULL,
    revocation BIGINT NOT NULL, -- the last that it was held against
    seal BYTEA NOT NULL,
    seal_key TEXT NOT NULL
);

CREATE INDEX sessions_by_time ON sessions (created_at, id);
CREATE INDEX sessions_by_user ON sessions (user_id, created_at, id);
CREATE INDEX sessions_by_actor ON sessions (actor_subject, created_at, id);
CREATE INDEX sessions_by_organization ON sessions (organization_id, created_at, id);
CREATE INDEX sessions_by_key ON sessions (issuer, session_key);
CREATE INDEX sessions_to_close ON sessions (expire_at) WHERE closed_seq < seq;

-- Which sessions were revoked, by whom and why, in the order of `n`.
CREATE TABLE revocations (
    n BIGINT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    issuer TEXT,
    subject TEXT,
    revoked_by TEXT,
    reason TEXT NOT NULL
);

CREATE TABLE events (
    session TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    body TEXT NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (session, seq)
);

-- The ledger.
CREATE TABLE links (
    n BIGINT NOT NULL PRIMARY KEY,
    session TEXT COLLATE "C" NOT NULL,
    kind TEXT NOT NULL,
    to_seq BIGINT NOT NULL,
    body TEXT NOT NULL,
    hash BYTEA NOT NULL,
    signature BYTEA NOT NULL,
    key_id TEXT NOT NULL
);

CREATE INDEX links_by_session ON links (session, n);

-- Sessions whose events were removed, with the link that says so.
CREATE TABLE pruned_sessions (
    link BIGINT NOT NULL PRIMARY KEY,
    session TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    head BYTEA NOT NULL
);

CREATE INDEX pruned_sessions_by_session ON pruned_sessions (session, link);

-- Each function names its schema: a temporary table of the same name would stand in front of the record's own.
CREATE FUNCTION actas_audit_refuse() RETURNS trigger LANGUAGE plpgsql
    SET search_path = actas_audit, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the audit record is never changed';
END
$$;

CREATE FUNCTION actas_audit_refuse_delete() RETURNS trigger LANGUAGE plpgsql
    SET search_path = actas_audit, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM pruned_sessions p
        WHERE p.session = OLD.session AND OLD.seq <= p.seq
            -- One that was opened anew afterwards is not removed by it.
            AND p.link > (SELECT MAX(l.n) FROM links l WHERE l.session = OLD.session AND l.kind = 'opened')
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'an event of the audit record is removed with its whole session only';
END
$$;

-- What is removed must be what a link has closed and a link has signed: with its count and its head.
CREATE FUNCTION actas_audit_check_pruned() RETURNS trigger LANGUAGE plpgsql
    SET search_path = actas_audit, pg_temp AS $$
BEGIN
    IF EXISTS (
            SELECT 1 FROM links l
            WHERE l.n = NEW.link AND l.kind = 'pruned' AND l.session = NEW.session AND l.to_seq = NEW.seq
        )
        AND EXISTS (
            SELECT 1 FROM events e WHERE e.session = NEW.session AND e.seq = NEW.seq AND e.hash = NEW.head
        )
        AND NOT EXISTS (SELECT 1 FROM events e WHERE e.session = NEW.session AND e.seq > NEW.seq)
        AND EXISTS (
            SELECT 1 FROM links c
            WHERE c.session = NEW.session AND c.kind = 'closed' AND c.to_seq = NEW.seq AND c.n < NEW.link
                AND c.n > (SELECT MAX(l.n) FROM links l WHERE l.session = NEW.session AND l.kind = 'opened')
        )
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a session of the audit record is removed with its signed head only';
END
$$;

CREATE FUNCTION actas_audit_refuse_session_delete() RETURNS trigger LANGUAGE plpgsql
    SET search_path = actas_audit, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM pruned_sessions p
        WHERE p.session = OLD.id AND p.seq = OLD.seq
            AND p.link > (SELECT MAX(l.n) FROM links l WHERE l.session = OLD.id AND l.kind = 'opened')
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'a session of the audit record is removed with its signed head only';
END
$$;

CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
    FOR EACH ROW EXECUTE FUNCTION actas_audit_refuse();
CREATE TRIGGER events_are_not_removed BEFORE DELETE ON events
    FOR EACH ROW EXECUTE FUNCTION actas_audit_refuse_delete();
CREATE TRIGGER events_are_not_emptied BEFORE TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION actas_audit_refuse();
CREATE TRIGGER links_are_not_changed BEFORE UPDATE OR DELETE ON links
    FOR EACH ROW EXECUTE FUNCTION actas_audit_refuse();
CREATE TRIGGER links_are_not_emptied BEFORE TRUNCATE ON links
    FOR EACH STATEMENT EXECUTE FUNCTION actas_audit_refuse();
CREATE TRIGGER pruned_sessions_are_not_changed BEFORE UPDATE OR DELETE ON pruned_sessions
    FOR EACH ROW EXECUTE FUNCTION actas_audit_refuse();
CREATE TRIGGER pruned_sessions_are_not_emptied BEFORE TRUNCATE ON pruned_sessions
    FOR EACH STATEMENT EXECUTE FUNCTION actas_audit_refuse();
CREATE TRIGGER pruned_sessions_are_linked BEFORE INSERT ON pruned_sessions
    FOR EACH ROW EXECUTE FUNCTION actas_audit_check_pruned();
CREATE TRIGGER revocations_are_not_changed BEFORE UPDATE OR DELETE ON revocations
    FOR EACH ROW EXECUTE FUNCTION actas_audit_refuse();
CREATE TRIGGER revocations_are_not_emptied BEFORE TRUNCATE ON revocations
    FOR EACH STATEMENT EXECUTE FUNCTION actas_audit_refuse();
-- Who acted as whom is written once; the rest of the summary goes on.
CREATE TRIGGER sessions_are_not_another BEFORE UPDATE ON sessions
    FOR EACH ROW WHEN (
        (
            OLD.id, OLD.issuer, OLD.session_key, OLD.session_id, OLD.user_id, OLD.actor_issuer,
            OLD.actor_token_issuer, OLD.actor_subject, OLD.actor_kind, OLD.actor, OLD.organization_id,
            OLD.reason, OLD.ticket, OLD.authorized_party, OLD.created_at, OLD.idle_limit
        ) IS DISTINCT FROM (
            NEW.id, NEW.issuer, NEW.session_key, NEW.session_id, NEW.user_id, NEW.actor_issuer,
            NEW.actor_token_issuer, NEW.actor_subject, NEW.actor_kind, NEW.actor, NEW.organization_id,
            NEW.reason, NEW.ticket, NEW.authorized_party, NEW.created_at, NEW.idle_limit
        )
    ) EXECUTE FUNCTION actas_audit_refuse();
CREATE TRIGGER sessions_are_not_removed BEFORE DELETE ON sessions
    FOR EACH ROW EXECUTE FUNCTION actas_audit_refuse_session_delete();
CREATE TRIGGER sessions_are_not_emptied BEFORE TRUNCATE ON sessions
    FOR EACH STATEMENT EXECUTE FUNCTION actas_audit_refuse();
