-- Lines as they were sent, of the problems in `packed`, compressed: student data, forgotten with former histories. Problems
-- from before have none.
ALTER TABLE problems ADD COLUMN lines BLOB;
