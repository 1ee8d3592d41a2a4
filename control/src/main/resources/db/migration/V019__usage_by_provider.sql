-- The sums of calls are kept by provider, too: '' where none was reached, and for what was booked before. estimated is how many of the
-- calls have tokens that Rockpool estimated, as far as that was counted.
CREATE TABLE usage_day_by_provider (
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
  provider       TEXT NOT NULL DEFAULT '',
  estimated      BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (instance_id, account_id, day, model, provider, currency)
);

INSERT INTO usage_day_by_provider (instance_id, account_id, day, model, currency, calls, input, cache_read, cache_write_5m,
  cache_write_1h, output, reasoning, cost)
SELECT instance_id, account_id, day, model, currency, calls, input, cache_read, cache_write_5m, cache_write_1h, output, reasoning, cost
FROM usage_day;

DROP TABLE usage_day;

ALTER TABLE usage_day_by_provider RENAME TO usage_day;

CREATE INDEX usage_day_by_account ON usage_day (account_id, day);

-- Pages of single calls.
CREATE INDEX model_call_by_instance ON model_call (account_id, instance_id, started_at, id);
