-- Messages on their way to chat platforms. id is the key of the delivery that they answer, a slash and the number of the part: whatever is said twice is one
-- row. state: drafting (a first version of it is being posted, or its server died), draft (it is posted and may be edited), then, with its words, pending,
-- sending, sent, unknown (nobody knows whether it was said: it is not said again) or dead. posted: the platform's id of the message of ours that gets these
-- words; null for a new one. sequence: the order in its lane, which is a chat of a connection (hex sha256(connection, 0, chat)); 0 for drafts.
-- sealed: the text, encrypted by version key_version of the account's data key; both are null in drafts, once they are not needed, and once shredded.
CREATE TABLE outbox_message (
  id           TEXT PRIMARY KEY,
  delivery_key TEXT NOT NULL,
  part         BIGINT NOT NULL,
  sequence     BIGINT NOT NULL,
  lane_id      TEXT NOT NULL,
  connection   TEXT NOT NULL,
  platform     TEXT NOT NULL,
  instance_id  TEXT REFERENCES instance (id) ON DELETE CASCADE,
  account_id   TEXT NOT NULL,
  chat         TEXT NOT NULL,
  thread       TEXT NOT NULL,
  posted       TEXT,
  state        TEXT NOT NULL,
  key_version  BIGINT,
  sealed       BYTEA,
  created_at   BIGINT NOT NULL,
  expires_at   BIGINT NOT NULL,
  attempts     BIGINT NOT NULL,
  next_at      BIGINT NOT NULL,
  tried_at     BIGINT,
  settled_at   BIGINT,
  last_error   TEXT,
  FOREIGN KEY (account_id, key_version) REFERENCES vault_key (account_id, version)
);

CREATE INDEX outbox_message_by_delivery ON outbox_message (delivery_key);
CREATE INDEX outbox_message_waiting ON outbox_message (lane_id, sequence, id) WHERE settled_at IS NULL;
CREATE INDEX outbox_message_by_instance ON outbox_message (instance_id, created_at, id) WHERE instance_id IS NOT NULL;
CREATE INDEX outbox_message_settled ON outbox_message (settled_at) WHERE settled_at IS NOT NULL;
CREATE INDEX outbox_message_drafts ON outbox_message (created_at) WHERE state IN ('drafting', 'draft');
CREATE INDEX outbox_message_by_key ON outbox_message (account_id, key_version) WHERE key_version IS NOT NULL;

-- A chat to which there is something to say. Whoever holds its lease says it, one after the other.
CREATE TABLE outbox_lane (
  id          TEXT PRIMARY KEY,
  connection  TEXT NOT NULL,
  chat        TEXT NOT NULL,
  due_at      BIGINT NOT NULL,
  holder      TEXT,
  lease_until BIGINT NOT NULL
);

CREATE INDEX outbox_lane_due ON outbox_lane (due_at);

-- Platforms that want a pause: in one chat, or, with an empty one, in all of a connection.
CREATE TABLE outbox_hold (
  connection TEXT NOT NULL,
  chat       TEXT NOT NULL,
  until      BIGINT NOT NULL,
  PRIMARY KEY (connection, chat)
);

-- Who of a bot's many users speaks to which instance. bot: platform, workspace and the bot's own id, so that a bot which is connected anew knows its users.
CREATE TABLE shared_binding (
  id          TEXT PRIMARY KEY,
  bot         TEXT NOT NULL,
  bot_name    TEXT NOT NULL,
  platform    TEXT NOT NULL,
  sender      TEXT NOT NULL,
  instance_id TEXT NOT NULL REFERENCES instance (id) ON DELETE CASCADE,
  created_at  BIGINT NOT NULL
);

CREATE UNIQUE INDEX shared_binding_by_sender ON shared_binding (bot, sender);
CREATE INDEX shared_binding_by_instance ON shared_binding (instance_id, created_at, id);

-- hash: hex sha256 of a code. Each is good once.
CREATE TABLE bind_code (
  hash        TEXT PRIMARY KEY,
  instance_id TEXT NOT NULL REFERENCES instance (id) ON DELETE CASCADE,
  created_at  BIGINT NOT NULL,
  expires_at  BIGINT NOT NULL
);

CREATE INDEX bind_code_by_instance ON bind_code (instance_id, created_at);

-- Wrong codes since a time: of one sender, or, with an empty one, of all that write to a bot.
CREATE TABLE shared_guess (
  bot    TEXT NOT NULL,
  sender TEXT NOT NULL,
  since  BIGINT NOT NULL,
  number BIGINT NOT NULL,
  PRIMARY KEY (bot, sender)
);

-- What Rockpool itself has dealt with, by the keys of messages: a repetition changes nothing.
CREATE TABLE shared_seen (
  id      TEXT PRIMARY KEY,
  seen_at BIGINT NOT NULL
);

CREATE INDEX shared_seen_by_age ON shared_seen (seen_at);

-- Chats that got another id. home: the first id that it had, by which its conversation is known. moved_to: null for the id that it has now.
CREATE TABLE shared_chat (
  bot      TEXT NOT NULL,
  chat     TEXT NOT NULL,
  home     TEXT NOT NULL,
  moved_to TEXT,
  PRIMARY KEY (bot, chat)
);
