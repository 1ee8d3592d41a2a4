-- For how many instances of its plan a subscription pays.
ALTER TABLE subscription ADD COLUMN quantity BIGINT NOT NULL DEFAULT 1;

-- Whether the payment provider collects what this day costs: then it is not due once more.
ALTER TABLE plan_day ADD COLUMN collected BIGINT NOT NULL DEFAULT 0;
