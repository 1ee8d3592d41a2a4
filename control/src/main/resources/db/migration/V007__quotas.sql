-- Empty: no limit. owner as in budget.
CREATE TABLE quota (
  owner               TEXT PRIMARY KEY,
  instance_id         TEXT REFERENCES instance (id) ON DELETE CASCADE,
  account_id          TEXT REFERENCES account (id) ON DELETE CASCADE,
  tokens_per_day      BIGINT,
  requests_per_minute BIGINT,
  tokens_per_minute   BIGINT,
  calls_at_once       BIGINT
);

-- How full the bucket of a limit by the minute was when it was seen last. A drop is a sixty-thousandth of a request or a
-- token, so that whole drops leak in a millisecond.
CREATE TABLE quota_level (
  owner       TEXT NOT NULL,
  measure     TEXT NOT NULL,
  instance_id TEXT REFERENCES instance (id) ON DELETE CASCADE,
  account_id  TEXT REFERENCES account (id) ON DELETE CASCADE,
  drops       BIGINT NOT NULL,
  seen_at     BIGINT NOT NULL,
  PRIMARY KEY (owner, measure)
);

-- The percentage of a budget, or of a day's tokens, that was announced of the window that began on a day. In place of told
-- and told_from of budget, which are 0 from here on: a plan's budget has no row there.
CREATE TABLE announced (
  owner       TEXT NOT NULL,
  about       TEXT NOT NULL,
  instance_id TEXT REFERENCES instance (id) ON DELETE CASCADE,
  account_id  TEXT REFERENCES account (id) ON DELETE CASCADE,
  since       BIGINT NOT NULL,
  percent     BIGINT NOT NULL,
  PRIMARY KEY (owner, about)
);

INSERT INTO announced (owner, about, instance_id, account_id, since, percent)
SELECT owner, 'budget', instance_id, account_id, told_from, told FROM budget WHERE told > 0;

-- Tokens of the day that are set aside for the call, and those that it took of the minute.
ALTER TABLE reservation ADD COLUMN tokens BIGINT NOT NULL DEFAULT 0;
ALTER TABLE reservation ADD COLUMN taken BIGINT NOT NULL DEFAULT 0;

-- Billionths of a currency for one unit of another, from a day on (days since 1970, UTC).
CREATE TABLE exchange_rate (
  from_currency  TEXT NOT NULL,
  to_currency    TEXT NOT NULL,
  effective_from BIGINT NOT NULL,
  rate           BIGINT NOT NULL,
  PRIMARY KEY (from_currency, to_currency, effective_from)
);
