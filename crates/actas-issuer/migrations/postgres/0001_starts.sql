-- Who was to act as whom, and how far it has come. Times are seconds since the Unix epoch.
CREATE TABLE starts (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY, -- what the record knows the session by
    issuer TEXT NOT NULL,
    session_id TEXT NOT NULL, -- `sid`
    actor_issuer TEXT NOT NULL,
    actor_subject TEXT NOT NULL,
    actor_session_id TEXT,
    user_id TEXT NOT NULL,
    organization_id TEXT,
    reason TEXT NOT NULL,
    ticket TEXT, -- of the help desk
    duration BIGINT NOT NULL,
    on_consent BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    began_at BIGINT NOT NULL, -- when its recording began, where it has
    -- The session's end, or before it starts, until when it may.
    ends_at BIGINT NOT NULL,
    state TEXT NOT NULL
        CHECK (state IN ('pending', 'approved', 'starting', 'started', 'redeemed', 'ending', 'ended')),
    end_reason TEXT
);

CREATE INDEX starts_by_actor ON starts (issuer, actor_issuer, actor_subject, created_at);
CREATE INDEX starts_by_user ON starts (issuer, user_id);
CREATE INDEX starts_by_state ON starts (issuer, state, ends_at);
CREATE INDEX starts_by_end ON starts (ends_at);

-- One for each session that was started. Neither secret is stored.
CREATE TABLE tickets (
    hash BYTEA NOT NULL PRIMARY KEY,
    binding BYTEA NOT NULL,
    start TEXT COLLATE "C" NOT NULL UNIQUE REFERENCES starts (id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL,
    redeemed_at BIGINT
);

CREATE TABLE approvals (
    start TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES starts (id) ON DELETE CASCADE,
    approver_issuer TEXT NOT NULL,
    approver_subject TEXT NOT NULL,
    approved_at BIGINT NOT NULL
);

CREATE TABLE consents (
    user_issuer TEXT NOT NULL,
    user_id TEXT NOT NULL,
    given_at BIGINT NOT NULL,
    until BIGINT NOT NULL,
    withdrawn_at BIGINT,
    PRIMARY KEY (user_issuer, user_id)
);
