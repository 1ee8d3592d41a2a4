-- An instance's own key is derived, see HomeKey; this counts how often it was replaced. The one before is still good until previous_until.
CREATE TABLE own_key (
  instance_id    TEXT PRIMARY KEY REFERENCES instance (id) ON DELETE CASCADE,
  serial         BIGINT NOT NULL,
  previous_until BIGINT NOT NULL
);
