-- Messages of chat apps. id is hex sha256(connection, 0, message_id): whatever a platform sends twice is one row, and the key by which the receiver knows a
-- delivery again. sequence grows with each message of an instance; those that were stored at the same moment may share one, and are told apart by id.
-- sealed: headers and body, encrypted by version key_version of the account's data key; both are null once they are not needed, or shredded.
-- settled_at is null while it is received or delivering. uncertain: an attempt may have delivered it, nobody knows.
CREATE TABLE inbox_message (
  id          TEXT PRIMARY KEY,
  sequence    BIGINT NOT NULL,
  instance_id TEXT NOT NULL REFERENCES instance (id) ON DELETE CASCADE,
  account_id  TEXT NOT NULL,
  connection  TEXT NOT NULL,
  message_id  TEXT NOT NULL,
  platform    TEXT NOT NULL,
  lane        TEXT NOT NULL,
  lane_id     TEXT NOT NULL,
  state       TEXT NOT NULL,
  key_version BIGINT,
  sealed      BYTEA,
  received_at BIGINT NOT NULL,
  expires_at  BIGINT NOT NULL,
  attempts    BIGINT NOT NULL,
  uncertain   BIGINT NOT NULL,
  next_at     BIGINT NOT NULL,
  tried_at    BIGINT,
  settled_at  BIGINT,
  last_error  TEXT,
  FOREIGN KEY (account_id, key_version) REFERENCES vault_key (account_id, version)
);

CREATE INDEX inbox_message_by_instance ON inbox_message (instance_id, sequence, id);
CREATE INDEX inbox_message_waiting ON inbox_message (instance_id, lane_id, sequence, id) WHERE settled_at IS NULL;
CREATE INDEX inbox_message_settled ON inbox_message (settled_at) WHERE settled_at IS NOT NULL;
CREATE INDEX inbox_message_dead ON inbox_message (settled_at) WHERE state = 'dead';
CREATE INDEX inbox_message_by_key ON inbox_message (account_id, key_version) WHERE key_version IS NOT NULL;

-- A conversation that has messages to deliver. Whoever holds its lease delivers them, one after the other. id is hex sha256(instance, 0, connection, 0, lane).
CREATE TABLE inbox_lane (
  id          TEXT PRIMARY KEY,
  instance_id TEXT NOT NULL REFERENCES instance (id) ON DELETE CASCADE,
  due_at      BIGINT NOT NULL,
  holder      TEXT,
  lease_until BIGINT NOT NULL
);

CREATE INDEX inbox_lane_due ON inbox_lane (due_at);
CREATE INDEX inbox_lane_by_instance ON inbox_lane (instance_id);
CREATE INDEX inbox_lane_held ON inbox_lane (holder) WHERE holder IS NOT NULL;
