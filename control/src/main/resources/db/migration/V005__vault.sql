-- Secrets of accounts. A data key is wrapped by the master key that master_id names; whoever deletes an account's data
-- keys has shredded its secrets, in old backups, too. Both texts are base64.
CREATE TABLE vault_key (
  account_id TEXT NOT NULL,
  version    BIGINT NOT NULL,
  master_id  TEXT NOT NULL,
  wrapped    TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (account_id, version)
);

CREATE TABLE vault_secret (
  account_id  TEXT NOT NULL,
  purpose     TEXT NOT NULL,
  id          TEXT NOT NULL,
  key_version BIGINT NOT NULL,
  sealed      TEXT NOT NULL,
  updated_at  BIGINT NOT NULL,
  PRIMARY KEY (account_id, purpose, id),
  FOREIGN KEY (account_id, key_version) REFERENCES vault_key (account_id, version)
);

CREATE INDEX vault_secret_by_key ON vault_secret (account_id, key_version);
