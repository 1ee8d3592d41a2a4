-- Most lanes are held from their first moment until they are gone: then they are in no index of those that wait for somebody.
-- One that is free has no lease.
DROP INDEX inbox_lane_due;
DROP INDEX inbox_lane_by_instance;
DROP INDEX inbox_lane_held;

CREATE INDEX inbox_lane_free ON inbox_lane (due_at) WHERE holder IS NULL;
CREATE INDEX inbox_lane_held ON inbox_lane (lease_until) WHERE holder IS NOT NULL;
