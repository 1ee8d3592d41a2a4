-- Where operators want to hear of events. types is JSON: empty for all. failing_since and failed_at: the first and the last of the failures since the
-- last success. trouble says why Rockpool disabled it. What signs is in the vault, by webhook and serial.
CREATE TABLE webhook (
  id            TEXT PRIMARY KEY,
  url           TEXT NOT NULL,
  inside        BIGINT NOT NULL,
  types         TEXT NOT NULL,
  enabled       BIGINT NOT NULL,
  created_at    BIGINT NOT NULL,
  paused_until  BIGINT NOT NULL,
  failing_since BIGINT,
  failed_at     BIGINT,
  trouble       TEXT
);

CREATE TABLE webhook_secret (
  webhook_id TEXT NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
  serial     BIGINT NOT NULL,
  expires_at BIGINT,
  PRIMARY KEY (webhook_id, serial)
);

-- A message to one of them; its id is the same for each that hears of the same event. body is what is sent. While it is sending, due_at is when another
-- server may take it over. status is the class of the last answer, e.g. 5xx, or none. settled_at is null while it is waiting or sending.
CREATE TABLE webhook_message (
  webhook_id TEXT NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
  id         TEXT NOT NULL,
  type       TEXT NOT NULL,
  body       TEXT NOT NULL,
  state      TEXT NOT NULL,
  attempts   BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  due_at     BIGINT NOT NULL,
  tried_at   BIGINT,
  settled_at BIGINT,
  status     TEXT,
  last_error TEXT,
  PRIMARY KEY (webhook_id, id)
);

CREATE INDEX webhook_message_due ON webhook_message (webhook_id, due_at) WHERE settled_at IS NULL;
CREATE INDEX webhook_message_of_webhook ON webhook_message (webhook_id, created_at, id);
CREATE INDEX webhook_message_by_age ON webhook_message (created_at);
