-- Model providers of the operator (the account 'admin') and of accounts. Their keys are in the vault, under the purpose
-- 'provider-key'; an id is the name and a hash of the host that the key is for. models is JSON; silence is in milliseconds.
CREATE TABLE provider (
  account_id     TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  name           TEXT NOT NULL,
  protocol       TEXT NOT NULL,
  base           TEXT NOT NULL,
  models         TEXT NOT NULL,
  priority       BIGINT NOT NULL,
  streamed_usage TEXT NOT NULL,
  inside         BIGINT NOT NULL,
  silence        BIGINT NOT NULL,
  PRIMARY KEY (account_id, name)
);
