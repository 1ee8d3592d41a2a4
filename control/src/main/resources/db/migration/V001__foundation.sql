-- Times are epoch milliseconds, JSON is TEXT: one dialect for SQLite and PostgreSQL.

CREATE TABLE account (
  id         TEXT PRIMARY KEY,
  name       TEXT NOT NULL,
  operator   BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);

-- A token is kept as its SHA-256 only.
CREATE TABLE api_token (
  hash       TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES account (id),
  name       TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE instance (
  id                 TEXT PRIMARY KEY,
  account_id         TEXT NOT NULL REFERENCES account (id),
  creation_key       TEXT,
  name               TEXT NOT NULL,
  plan               TEXT NOT NULL,
  runtime            TEXT NOT NULL,
  agents             TEXT NOT NULL,
  config             TEXT NOT NULL,
  goal               TEXT NOT NULL,
  generation         BIGINT NOT NULL,
  process_generation BIGINT NOT NULL,
  created_at         BIGINT NOT NULL,
  updated_at         BIGINT NOT NULL,
  phase              TEXT NOT NULL,
  status             TEXT NOT NULL,
  due_at             BIGINT NOT NULL,
  lease_owner        TEXT,
  lease_until        BIGINT NOT NULL
);

CREATE UNIQUE INDEX instance_creation_key ON instance (account_id, creation_key);
CREATE INDEX instance_by_age ON instance (created_at, id);
CREATE INDEX instance_by_account ON instance (account_id, created_at, id);
CREATE INDEX instance_due ON instance (due_at);
CREATE INDEX instance_leased ON instance (lease_owner) WHERE lease_owner IS NOT NULL;

-- The proof that an account asked for an instance to be destroyed.
CREATE TABLE destroyed_instance (
  id           TEXT PRIMARY KEY,
  account_id   TEXT NOT NULL,
  destroyed_at BIGINT NOT NULL
);

CREATE TABLE event (
  instance_id TEXT NOT NULL,
  id          BIGINT NOT NULL,
  time        BIGINT NOT NULL,
  kind        TEXT NOT NULL,
  progress    BIGINT,
  message     TEXT NOT NULL,
  PRIMARY KEY (instance_id, id)
);

CREATE TABLE idempotency (
  account_id   TEXT NOT NULL,
  key          TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  answer       TEXT,
  created_at   BIGINT NOT NULL,
  PRIMARY KEY (account_id, key)
);

CREATE INDEX idempotency_by_age ON idempotency (created_at);
