-- Processes that share the store (docs/decisions/0028-replicas.md). Each says now and then that it is there; times are
-- those of the database.
CREATE TABLE replica (
  id    text PRIMARY KEY,
  until timestamptz NOT NULL
);

CREATE FUNCTION cenr_is_there(replica_id text) RETURNS boolean LANGUAGE sql STABLE SET search_path FROM CURRENT
  AS $$ SELECT EXISTS (SELECT FROM replica WHERE id = replica_id AND until > now()) $$;

-- The replica that makes a job.
ALTER TABLE job ADD COLUMN holder text;
CREATE INDEX job_open ON job (kind) WHERE status IN ('Pending', 'Processing');

-- What the others are told: never anything about a student.
CREATE FUNCTION cenr_tell_job() RETURNS trigger LANGUAGE plpgsql
  AS $$ BEGIN PERFORM pg_notify('cenr', 'job ' || NEW.kind || ' ' || NEW.id || ' ' || NEW.status); RETURN NULL; END $$;
CREATE TRIGGER tell_new AFTER INSERT ON job FOR EACH ROW EXECUTE FUNCTION cenr_tell_job();
CREATE TRIGGER tell_changed AFTER UPDATE ON job FOR EACH ROW
  WHEN (NEW.status <> OLD.status OR (NEW.job ->> 'cancelAsked') IS DISTINCT FROM (OLD.job ->> 'cancelAsked'))
  EXECUTE FUNCTION cenr_tell_job();

CREATE FUNCTION cenr_tell_rules() RETURNS trigger LANGUAGE plpgsql
  AS $$ BEGIN PERFORM pg_notify('cenr', 'rules'); RETURN NULL; END $$;
CREATE TRIGGER tell AFTER INSERT OR UPDATE ON activation FOR EACH STATEMENT EXECUTE FUNCTION cenr_tell_rules();
CREATE TRIGGER tell AFTER INSERT ON reference_loaded FOR EACH STATEMENT EXECUTE FUNCTION cenr_tell_rules();
