-- Chat accounts that are connected. key_hash: hex sha256 of the key in the webhook's address; that key, the token and the platform's secret are in the vault.
-- instance_id is null for a bot that many users share. It refers to nothing: a connection outlives its instance until the platform was told.
-- due_at: when somebody looks at it next; holder has it until lease_until. attempts: to tell the platform that it ends. heard_at: when the platform wrote last,
-- to the minute. told: the public address of ours that its platform was told last.
CREATE TABLE channel_connection (
  id              TEXT PRIMARY KEY,
  platform        TEXT NOT NULL,
  account_id      TEXT NOT NULL REFERENCES account (id),
  instance_id     TEXT,
  key_hash        TEXT NOT NULL,
  identity_id     TEXT NOT NULL,
  identity_name   TEXT NOT NULL,
  identity_team   TEXT NOT NULL,
  direct_messages TEXT NOT NULL,
  allow_from      TEXT NOT NULL,
  state           TEXT NOT NULL,
  problem         TEXT NOT NULL,
  created_at      BIGINT NOT NULL,
  checked_at      BIGINT,
  heard_at        BIGINT,
  told            TEXT NOT NULL,
  due_at          BIGINT NOT NULL,
  holder          TEXT,
  lease_until     BIGINT NOT NULL,
  attempts        BIGINT NOT NULL,
  revision        BIGINT NOT NULL
);

CREATE UNIQUE INDEX channel_connection_by_key ON channel_connection (key_hash);
CREATE UNIQUE INDEX channel_connection_by_bot ON channel_connection (platform, identity_team, identity_id);
CREATE UNIQUE INDEX channel_connection_by_instance ON channel_connection (instance_id, platform) WHERE instance_id IS NOT NULL;
CREATE INDEX channel_connection_due ON channel_connection (due_at);
CREATE INDEX channel_connection_changed ON channel_connection (revision);

-- One row, which counts all changes of the table above, so that a server sees with one small question whether there are any. Whoever changes a
-- connection holds it until the commit: no smaller revision appears later.
CREATE TABLE channel_change (
  id       TEXT PRIMARY KEY,
  revision BIGINT NOT NULL
);
