-- What was last seen of an instance's use of its host. counter is processor time in milliseconds, of the start that life
-- names; both are null where it never had processes. Whoever replaces a row books what was used since.
CREATE TABLE resource_sample (
  instance_id TEXT PRIMARY KEY REFERENCES instance (id) ON DELETE CASCADE,
  at          BIGINT NOT NULL,
  rung        TEXT NOT NULL,
  life        TEXT,
  counter     BIGINT,
  memory      BIGINT NOT NULL,
  storage     BIGINT NOT NULL,
  storage_at  BIGINT NOT NULL
);

-- What instances used on a day (days since 1970, UTC), on a rung of the ladder.
CREATE TABLE resource_day (
  instance_id          TEXT NOT NULL,
  account_id           TEXT NOT NULL,
  day                  BIGINT NOT NULL,
  rung                 TEXT NOT NULL,
  millis               BIGINT NOT NULL,
  cpu_millis           BIGINT NOT NULL,
  memory_byte_seconds  BIGINT NOT NULL,
  storage_byte_seconds BIGINT NOT NULL,
  PRIMARY KEY (instance_id, account_id, day, rung)
);

CREATE INDEX resource_day_by_account ON resource_day (account_id, day);

-- The days on which an account had an instance, with its plan and what that cost a month, by then. Amounts are billionths;
-- currency is '' where the plan had no price.
CREATE TABLE plan_day (
  instance_id TEXT NOT NULL,
  account_id  TEXT NOT NULL,
  day         BIGINT NOT NULL,
  plan        TEXT NOT NULL,
  currency    TEXT NOT NULL,
  amount      BIGINT NOT NULL,
  PRIMARY KEY (instance_id, account_id, day)
);

CREATE INDEX plan_day_by_account ON plan_day (account_id, day);

-- What resources cost the operator, from a day on; in billionths.
CREATE TABLE resource_price (
  effective_from   BIGINT PRIMARY KEY,
  currency         TEXT NOT NULL,
  cpu_hour         BIGINT NOT NULL,
  memory_gb_hour   BIGINT NOT NULL,
  storage_gb_month BIGINT NOT NULL
);

-- Statements of months that are closed, as they were told then. month is 2026-11.
CREATE TABLE statement (
  account_id TEXT NOT NULL,
  month      TEXT NOT NULL,
  closed_at  BIGINT NOT NULL,
  body       TEXT NOT NULL,
  PRIMARY KEY (account_id, month)
);
