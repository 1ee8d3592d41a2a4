-- Amounts of money are billionths of a currency's unit.

-- For a million tokens each, from a time on.
CREATE TABLE model_price (
  model          TEXT NOT NULL,
  effective_from BIGINT NOT NULL,
  currency       TEXT NOT NULL,
  input          BIGINT NOT NULL,
  output         BIGINT NOT NULL,
  cache_read     BIGINT NOT NULL,
  cache_write_5m BIGINT NOT NULL,
  cache_write_1h BIGINT NOT NULL,
  PRIMARY KEY (model, effective_from)
);

-- Keys for other clients of an instance's model. Only the SHA-256 of a key is kept.
CREATE TABLE virtual_key (
  id          TEXT PRIMARY KEY,
  instance_id TEXT NOT NULL REFERENCES instance (id) ON DELETE CASCADE,
  name        TEXT NOT NULL,
  hash        TEXT NOT NULL,
  created_at  BIGINT NOT NULL
);

CREATE INDEX virtual_key_by_instance ON virtual_key (instance_id, created_at, id);

-- owner is 'instance:ID' or 'account:ID'. told is the percentage that was announced of the window that began at told_from.
CREATE TABLE budget (
  owner       TEXT PRIMARY KEY,
  instance_id TEXT REFERENCES instance (id) ON DELETE CASCADE,
  account_id  TEXT REFERENCES account (id) ON DELETE CASCADE,
  currency    TEXT NOT NULL,
  amount      BIGINT NOT NULL,
  period      TEXT NOT NULL,
  hard        BIGINT NOT NULL,
  told_from   BIGINT NOT NULL,
  told        BIGINT NOT NULL
);

-- What all instances of an account spent on a day (days since 1970, UTC).
CREATE TABLE spend_day (
  account_id TEXT NOT NULL,
  day        BIGINT NOT NULL,
  currency   TEXT NOT NULL,
  amount     BIGINT NOT NULL,
  PRIMARY KEY (account_id, day, currency)
);

-- A call that has begun and not ended. Should its server die, it is lost: then input, output and cost are booked. It is
-- taken for lost at its deadline, which its holder (a server) moves on.
CREATE TABLE reservation (
  id          TEXT PRIMARY KEY,
  instance_id TEXT NOT NULL,
  account_id  TEXT NOT NULL,
  key_id      TEXT NOT NULL,
  model       TEXT NOT NULL,
  started_at  BIGINT NOT NULL,
  holder      TEXT NOT NULL,
  deadline    BIGINT NOT NULL,
  currency    TEXT,
  reserved    BIGINT NOT NULL,
  input       BIGINT NOT NULL,
  output      BIGINT NOT NULL,
  cost        BIGINT NOT NULL
);

CREATE INDEX reservation_by_account ON reservation (account_id);

-- One call of a model by a client, however often a provider had to be asked. It has ended.
CREATE TABLE model_call (
  id             TEXT PRIMARY KEY,
  instance_id    TEXT NOT NULL,
  account_id     TEXT NOT NULL,
  key_id         TEXT NOT NULL,
  model          TEXT NOT NULL,
  started_at     BIGINT NOT NULL,
  ended_at       BIGINT NOT NULL,
  outcome        TEXT NOT NULL,
  provider       TEXT,
  answered_model TEXT,
  attempts       BIGINT NOT NULL,
  estimated      BIGINT NOT NULL,
  input          BIGINT NOT NULL,
  cache_read     BIGINT NOT NULL,
  cache_write_5m BIGINT NOT NULL,
  cache_write_1h BIGINT NOT NULL,
  output         BIGINT NOT NULL,
  reasoning      BIGINT NOT NULL,
  currency       TEXT,
  cost           BIGINT NOT NULL
);

-- Calls, summed up. currency is '' where the model had no price.
CREATE TABLE usage_day (
  instance_id    TEXT NOT NULL,
  account_id     TEXT NOT NULL,
  day            BIGINT NOT NULL,
  model          TEXT NOT NULL,
  currency       TEXT NOT NULL,
  calls          BIGINT NOT NULL,
  input          BIGINT NOT NULL,
  cache_read     BIGINT NOT NULL,
  cache_write_5m BIGINT NOT NULL,
  cache_write_1h BIGINT NOT NULL,
  output         BIGINT NOT NULL,
  reasoning      BIGINT NOT NULL,
  cost           BIGINT NOT NULL,
  PRIMARY KEY (instance_id, account_id, day, model, currency)
);

CREATE INDEX usage_day_by_account ON usage_day (account_id, day);
