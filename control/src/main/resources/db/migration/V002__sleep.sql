-- How deep an instance shall sleep, and when somebody last needed it. active_at is a column of its own because every
-- server writes it all the time; revision counts what the reconciler must react to.
ALTER TABLE instance ADD COLUMN level TEXT NOT NULL DEFAULT 'awake';
ALTER TABLE instance ADD COLUMN rest TEXT NOT NULL DEFAULT
  '{"level":"AWAKE","reason":"Created","message":"It was created.","since":"1970-01-01T00:00:00Z","notBefore":"1970-01-01T00:00:00Z","nextRun":null,"activeAt":"1970-01-01T00:00:00Z","wakes":0}';
ALTER TABLE instance ADD COLUMN active_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE instance ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;

-- Whoever is longest idle goes first when memory runs short.
CREATE INDEX instance_idle ON instance (phase, active_at);
