-- Who was to act as whom, and how far it has come. Times are seconds since the Unix epoch.
CREATE TABLE starts (
    id TEXT NOT NULL PRIMARY KEY, -- what the record knows the session by
    issuer TEXT NOT NULL,
    session_id TEXT NOT NULL, -- `sid`
    actor_issuer TEXT NOT NULL,
    actor_subject TEXT NOT NULL,
    actor_session_id TEXT,
    user_id TEXT NOT NULL,
    organization_id TEXT,
    reason TEXT NOT NULL,
    ticket TEXT, -- of the help desk
    duration INTEGER NOT NULL,
    on_consent INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    began_at INTEGER NOT NULL, -- when its recording began, where it has
    -- The session's end, or before it starts, until when it may.
    ends_at INTEGER NOT NULL,
    state TEXT NOT NULL
        CHECK (state IN ('pending', 'approved', 'starting', 'started', 'redeemed', 'ending', 'ended')),
    end_reason TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX starts_by_actor ON starts (issuer, actor_issuer, actor_subject, created_at);
CREATE INDEX starts_by_user ON starts (issuer, user_id);
CREATE INDEX starts_by_state ON starts (issuer, state, ends_at);
CREATE INDEX starts_by_end ON starts (ends_at);

-- One for each session that was started. Neither secret is stored.
CREATE TABLE tickets (
    hash BLOB NOT NULL PRIMARY KEY,
    binding BLOB NOT NULL,
    start TEXT NOT NULL UNIQUE REFERENCES starts (id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL,
    redeemed_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE approvals (
    start TEXT NOT NULL PRIMARY KEY REFERENCES starts (id) ON DELETE CASCADE,
    approver_issuer TEXT NOT NULL,
    approver_subject TEXT NOT NULL,
    approved_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE consents (
    user_issuer TEXT NOT NULL,
    user_id TEXT NOT NULL,
    given_at INTEGER NOT NULL,
    until INTEGER NOT NULL,
    withdrawn_at INTEGER,
    PRIMARY KEY (user_issuer, user_id)
) STRICT, WITHOUT ROWID;
