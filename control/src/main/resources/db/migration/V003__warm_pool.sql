-- The owner of instances that nobody owns yet: no operator, and without any token.
INSERT INTO account (id, name, operator, created_at) VALUES ('pool', 'Warm pool', 0, 0) ON CONFLICT (id) DO NOTHING;

-- When its process was warmed, and until when one server alone warms it. A claimed instance keeps the first until the
-- reconciler has written about it: it runs, so it need not wait among those that start.
ALTER TABLE instance ADD COLUMN warmed_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE instance ADD COLUMN warming_until BIGINT NOT NULL DEFAULT 0;
