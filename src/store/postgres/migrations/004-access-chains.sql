-- The access log, where several services share its folder: a chain of entries for each of them. Who has the session lock
-- of a chain writes it. What was written stands in files; here stands how far that was known to be, so that files which
-- are removed are missed.
CREATE TABLE access_chain (
  name    text PRIMARY KEY CHECK (name ~ '^[1-9][0-9]{0,8}$'),
  -- Of whoever took it last; none when that one let go of it in good order.
  holder  uuid,
  -- The number and the hash of the last entry that is on the disk, and when that was noted.
  entries bigint NOT NULL DEFAULT 0,
  head    text NOT NULL DEFAULT repeat('0', 64),
  at      timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- A chain only grows.
CREATE TRIGGER same BEFORE UPDATE ON access_chain FOR EACH ROW
  WHEN (NEW.entries < OLD.entries OR (NEW.entries = OLD.entries AND NEW.head <> OLD.head)) EXECUTE FUNCTION cenr_stays();
