-- Calls are deleted some weeks after their end.
CREATE INDEX model_call_by_end ON model_call (ended_at);

-- What instances that are gone used counts against the plan's allowance of the account's others.
CREATE INDEX destroyed_instance_by_account ON destroyed_instance (account_id, destroyed_at);
