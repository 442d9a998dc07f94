-- What uploads brought. Histories are packed, one row a student, so that the database itself can keep those of other LEAs
-- from whoever may not see them (docs/decisions/0027-postgresql.md).

-- Who reads for some LEAs. It owns nothing: an owner sees all rows, whatever policies say.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'cenr_scoped') THEN
    BEGIN
      CREATE ROLE cenr_scoped NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END;
  END IF;
  -- From PostgreSQL 16 on, whoever made a role may not yet take it on.
  IF NOT pg_has_role(current_user, 'cenr_scoped',
       CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END) THEN
    EXECUTE format('GRANT cenr_scoped TO %I', current_user);
  END IF;
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO cenr_scoped', current_schema);
END
$$;

-- The LEAs that a transaction may see; none when nobody said.
CREATE FUNCTION cenr_leas() RETURNS text[] LANGUAGE sql STABLE
  AS $$ SELECT string_to_array(coalesce(current_setting('cenr.leas', true), ''), ',') $$;

CREATE TABLE upload (
  seq      bigint PRIMARY KEY,
  id       text NOT NULL UNIQUE,
  sender   text NOT NULL,
  leas     text[] NOT NULL GENERATED ALWAYS AS (string_to_array(sender, ',')) STORED,
  report   json NOT NULL,
  load_day text GENERATED ALWAYS AS (report ->> 'loadDay') STORED
);

-- The files of uploads; a kept line's first field is such a number.
CREATE TABLE source (
  number bigint PRIMARY KEY,
  upload bigint NOT NULL REFERENCES upload (seq),
  name   text NOT NULL
);

-- Layouts of lines, one for each record type: a history names those of its lines by number.
CREATE TABLE form (
  number bigint PRIMARY KEY,
  json   text NOT NULL UNIQUE
);

-- ssid -1 holds the enrollments that still ask for an SSID.
CREATE TABLE history (
  ssid    bigint PRIMARY KEY,
  -- The number of the upload that last changed it.
  changed bigint NOT NULL,
  -- The LEAs that the student has an enrollment at.
  leas    text[] NOT NULL,
  -- Numbers of the forms of its lines, and the lines (src/records/formed-lines.ts).
  forms   text NOT NULL,
  body    text NOT NULL
);

-- Who may see whom, by LEA: those of histories.
CREATE TABLE enrolled (
  lea  text COLLATE "C" NOT NULL,
  ssid bigint NOT NULL,
  PRIMARY KEY (lea, ssid)
);

-- What a history was from upload `changed` up to before upload `until`.
CREATE TABLE former (
  ssid    bigint NOT NULL,
  until   bigint NOT NULL,
  changed bigint NOT NULL,
  leas    text[] NOT NULL,
  forms   text NOT NULL,
  body    text NOT NULL,
  PRIMARY KEY (ssid, until)
);

CREATE INDEX former_until ON former (until);

CREATE TABLE formerly_enrolled (
  lea     text COLLATE "C" NOT NULL,
  ssid    bigint NOT NULL,
  until   bigint NOT NULL,
  changed bigint NOT NULL,
  PRIMARY KEY (lea, ssid, until)
);

-- Where the server can, bodies are packed with what is quickest.
DO $$
BEGIN
  ALTER TABLE history ALTER body SET COMPRESSION lz4;
  ALTER TABLE former ALTER body SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN NULL;
END
$$;

-- Snapshots up to and including `through` cannot be read since `at`.
CREATE TABLE forgotten (
  through bigint PRIMARY KEY,
  at      text NOT NULL
);

-- Problems of an upload by the number of the first, compressed; `codes` are those of their checks, with the severity.
CREATE TABLE problems (
  upload bigint NOT NULL REFERENCES upload (seq),
  n      bigint NOT NULL,
  codes  text[] NOT NULL,
  packed bytea NOT NULL,
  -- Lines as they were sent, compressed: student data, forgotten with former histories.
  lines  bytea,
  PRIMARY KEY (upload, n)
);

-- Which problems rejected records of a student.
CREATE TABLE rejected (
  ssid   text COLLATE "C" NOT NULL,
  upload bigint NOT NULL REFERENCES upload (seq),
  n      bigint NOT NULL,
  PRIMARY KEY (ssid, upload, n)
);

-- Numbers that were issued and that no enrollment may show any more: drawn here, or of students who were forgotten. One
-- never comes back.
CREATE TABLE ssid_issued (
  ssid  bigint PRIMARY KEY,
  -- When, for which LEA and by whom; absent for a number that came with records.
  entry json
);

-- Which number a student of an LEA without one got; `who` is a hash of names and birth date.
CREATE TABLE ssid_request (
  lea      text NOT NULL,
  local_id text NOT NULL,
  who      text NOT NULL,
  ssid     bigint NOT NULL,
  PRIMARY KEY (lea, local_id, who)
);

-- Numbers that are not used any more. A replacement may be retired later; nothing leads in a circle.
CREATE TABLE ssid_retired (
  ssid        bigint PRIMARY KEY,
  replacement bigint NOT NULL,
  -- The number of the newest upload then: what came later was sent after it.
  upload      bigint NOT NULL,
  -- Day, moment, by whom and why.
  entry       json NOT NULL
);

CREATE INDEX ssid_retired_replacement ON ssid_retired (replacement);

-- Records that were sent with another number than that of the student they belong to now, by file and line.
CREATE TABLE ssid_sent (
  source bigint NOT NULL,
  line   bigint NOT NULL,
  ssid   bigint NOT NULL,
  PRIMARY KEY (source, line)
);

-- Records that were sent without a number and got one: by file and line, with who was asked for and how it was given.
CREATE TABLE ssid_given (
  source   bigint NOT NULL,
  line     bigint NOT NULL,
  ssid     bigint NOT NULL,
  local_id text NOT NULL,
  is_new   boolean NOT NULL,
  PRIMARY KEY (source, line)
);

-- What was undone stays known.
CREATE TABLE ssid_undone (
  n     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  entry json NOT NULL
);

-- What looks wrong among students, and what became of it; docs/ssid.md.
CREATE TABLE anomaly (
  -- A hash of what makes it: the same when it is found again.
  id          text COLLATE "C" PRIMARY KEY,
  kind        text COLLATE "C" NOT NULL,
  -- open, resolved or reviewed.
  state       text COLLATE "C" NOT NULL,
  -- Of the records that make it: one that was reviewed is open again when they change.
  fingerprint text NOT NULL,
  -- Whose it is, and whom it is about.
  leas        text[] NOT NULL,
  ssids       bigint[] NOT NULL,
  found       json NOT NULL,
  -- Who did what, when and why, oldest first.
  entries     json NOT NULL
);

CREATE INDEX anomaly_state ON anomaly (state, kind, id);
CREATE INDEX anomaly_leas ON anomaly USING gin (leas);
CREATE INDEX anomaly_ssids ON anomaly USING gin (ssids);

-- When anomalies were last looked for, after which upload and with which rules.
CREATE TABLE anomaly_search (
  n      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  upload bigint NOT NULL,
  search json NOT NULL
);

-- The wall behind the queries: whoever reads for LEAs sees the rows of these LEAs, whatever is asked.
GRANT SELECT ON upload, source, form, history, enrolled, former, formerly_enrolled, forgotten, problems, rejected,
  ssid_given, anomaly TO cenr_scoped;

ALTER TABLE upload ENABLE ROW LEVEL SECURITY;
ALTER TABLE history ENABLE ROW LEVEL SECURITY;
ALTER TABLE enrolled ENABLE ROW LEVEL SECURITY;
ALTER TABLE former ENABLE ROW LEVEL SECURITY;
ALTER TABLE formerly_enrolled ENABLE ROW LEVEL SECURITY;
ALTER TABLE problems ENABLE ROW LEVEL SECURITY;
ALTER TABLE rejected ENABLE ROW LEVEL SECURITY;
ALTER TABLE anomaly ENABLE ROW LEVEL SECURITY;
ALTER TABLE source ENABLE ROW LEVEL SECURITY;
ALTER TABLE ssid_given ENABLE ROW LEVEL SECURITY;

-- An upload is its senders', all of whom must be among those LEAs; the number of the newest says nothing of it.
CREATE POLICY of_leas ON upload FOR SELECT TO cenr_scoped USING (leas <@ (SELECT cenr_leas()));
CREATE POLICY of_leas ON problems FOR SELECT TO cenr_scoped USING (upload IN (SELECT seq FROM upload));
CREATE POLICY of_leas ON source FOR SELECT TO cenr_scoped USING (upload IN (SELECT seq FROM upload));
CREATE POLICY of_leas ON ssid_given FOR SELECT TO cenr_scoped USING (source IN (SELECT number FROM source));
CREATE POLICY of_leas ON rejected FOR SELECT TO cenr_scoped USING (upload IN (SELECT seq FROM upload));
CREATE POLICY of_leas ON history FOR SELECT TO cenr_scoped USING (leas && (SELECT cenr_leas()));
CREATE POLICY of_leas ON former FOR SELECT TO cenr_scoped USING (leas && (SELECT cenr_leas()));
CREATE POLICY of_leas ON enrolled FOR SELECT TO cenr_scoped USING (lea = ANY ((SELECT cenr_leas())::text[]));
CREATE POLICY of_leas ON formerly_enrolled FOR SELECT TO cenr_scoped USING (lea = ANY ((SELECT cenr_leas())::text[]));
CREATE POLICY of_leas ON anomaly FOR SELECT TO cenr_scoped USING (leas && (SELECT cenr_leas()));

-- How many uploads there are is known to everybody.
CREATE FUNCTION cenr_newest() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT
  AS $$ SELECT coalesce(max(seq), 0) FROM upload $$;
