-- How long an instance may run, and what keeps it from running. review_at: when somebody must look at that again.
ALTER TABLE instance ADD COLUMN term TEXT NOT NULL DEFAULT
  '{"expiresAt":null,"autoRenew":false,"day":0,"told":0,"hold":null}';
ALTER TABLE instance ADD COLUMN review_at BIGINT;
ALTER TABLE instance ADD COLUMN held BIGINT NOT NULL DEFAULT 0;

CREATE INDEX instance_review ON instance (review_at) WHERE review_at IS NOT NULL;
CREATE INDEX instance_held ON instance (held) WHERE held = 1;

-- The plan that an account pays for, as its provider said last; purchase is null until it said anything. order_id is
-- ours, reference and buyer are the provider's. paid says whether it was ever paid for, told what was announced.
CREATE TABLE subscription (
  account_id TEXT PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
  provider   TEXT NOT NULL,
  plan       TEXT NOT NULL,
  order_id   TEXT NOT NULL,
  reference  TEXT,
  buyer      TEXT,
  purchase   TEXT,
  paid       BIGINT NOT NULL,
  since      BIGINT NOT NULL,
  told       TEXT NOT NULL,
  look_at    BIGINT NOT NULL,
  revision   BIGINT NOT NULL
);

CREATE INDEX subscription_due ON subscription (look_at);
CREATE INDEX subscription_by_order ON subscription (order_id);
CREATE INDEX subscription_by_reference ON subscription (reference);
CREATE INDEX subscription_by_buyer ON subscription (buyer);

-- What providers told us, each once. Done ones are kept for as long as they may come again.
CREATE TABLE payment_notice (
  provider    TEXT NOT NULL,
  id          TEXT NOT NULL,
  type        TEXT NOT NULL,
  kind        TEXT NOT NULL,
  about       TEXT NOT NULL,
  received_at BIGINT NOT NULL,
  due_at      BIGINT NOT NULL,
  tries       BIGINT NOT NULL,
  done        BIGINT NOT NULL,
  PRIMARY KEY (provider, id)
);

CREATE INDEX payment_notice_due ON payment_notice (due_at) WHERE done = 0;
CREATE INDEX payment_notice_by_age ON payment_notice (received_at);
