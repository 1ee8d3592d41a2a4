-- A deleted account keeps its row, for the books that name it; nobody acts for it any more, and its id is not given again.
ALTER TABLE account ADD COLUMN deleted_at BIGINT;

-- Since V007 the table announced says it.
ALTER TABLE budget DROP COLUMN told_from;
ALTER TABLE budget DROP COLUMN told;
