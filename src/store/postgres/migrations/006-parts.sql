-- Parts of an extract: ranges of SSIDs that several processes make (docs/decisions/0028-replicas.md). They are there as
-- long as the attempt at the job is under way.
CREATE TABLE part (
  -- The id of the extract.
  job      text    NOT NULL,
  attempt  int     NOT NULL,
  -- Its place among the parts, from 0.
  n        int     NOT NULL,
  "from"   text    NOT NULL,
  through  text    NOT NULL,
  -- Of the program: what another version makes may differ.
  version  text    NOT NULL,
  -- The replica that makes it.
  holder   text,
  -- Of the file that holds what was made of it; NULL while nothing is.
  sha256   text,
  -- How often it could not be made.
  failures int     NOT NULL DEFAULT 0,
  PRIMARY KEY (job, attempt, n)
);

-- Whoever ends an extract, or puts it back, has no parts of it left.
CREATE FUNCTION cenr_remove_parts() RETURNS trigger LANGUAGE plpgsql
  AS $$ BEGIN DELETE FROM part WHERE part.job = NEW.id; RETURN NULL; END $$;
CREATE TRIGGER remove_parts AFTER UPDATE ON job FOR EACH ROW
  WHEN (NEW.kind = 'extract' AND OLD.status = 'Processing' AND NEW.status <> 'Processing')
  EXECUTE FUNCTION cenr_remove_parts();

CREATE FUNCTION cenr_tell_part() RETURNS trigger LANGUAGE plpgsql
  AS $$ BEGIN
    PERFORM pg_notify('cenr', concat_ws(' ', 'part', NEW.job, NEW.attempt, NEW.n,
      CASE WHEN NEW.sha256 IS NULL THEN 'free' ELSE 'made' END));
    RETURN NULL;
  END $$;
-- Of all that are new, one is told.
CREATE TRIGGER tell_new AFTER INSERT ON part FOR EACH ROW WHEN (NEW.n = 0) EXECUTE FUNCTION cenr_tell_part();
CREATE TRIGGER tell_changed AFTER UPDATE ON part FOR EACH ROW
  WHEN (NEW.sha256 IS DISTINCT FROM OLD.sha256 OR (NEW.holder IS NULL AND OLD.holder IS NOT NULL))
  EXECUTE FUNCTION cenr_tell_part();
