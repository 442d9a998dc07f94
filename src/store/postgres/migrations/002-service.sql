-- What the service keeps beside the students.

-- Jobs asked for over REST, of all kinds: each kind is a queue.
CREATE TABLE job (
  seq       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind      text NOT NULL,
  id        text NOT NULL,
  all_leas  boolean NOT NULL,
  -- Empty for a job for all LEAs.
  leas      text[] NOT NULL,
  status    text NOT NULL,
  key_id    text NOT NULL,
  job       json NOT NULL,
  requested text GENERATED ALWAYS AS (job ->> 'requestedAt') STORED,
  draft     text GENERATED ALWAYS AS (job ->> 'draft') STORED,
  is_begun  boolean NOT NULL GENERATED ALWAYS AS ((job ->> 'snapshot') IS NOT NULL) STORED,
  UNIQUE (kind, id)
);

CREATE INDEX job_status ON job (kind, status, seq);
CREATE INDEX job_draft ON job (draft, seq) WHERE draft IS NOT NULL;

-- When a job was last begun: the greater, the later.
CREATE TABLE turn (
  kind   text NOT NULL,
  key_id text NOT NULL,
  leas   text[] NOT NULL,
  number bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  PRIMARY KEY (kind, key_id, leas)
);

-- What is told to people and programs when a job ends: an entry is written with the end, and tried until it is delivered or given up.
CREATE TABLE outbox (
  seq      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id       text NOT NULL UNIQUE,
  -- The id of the job.
  job      text NOT NULL,
  delivery json NOT NULL,
  -- When it is tried next; NULL when it will not be.
  due      text COLLATE "C" GENERATED ALWAYS AS (delivery ->> 'nextTry') STORED
);

CREATE INDEX outbox_due ON outbox (due) WHERE due IS NOT NULL;
CREATE INDEX outbox_job ON outbox (job, seq);

-- Addresses of programs that are told, with the secrets that what they are told is signed with.
CREATE TABLE webhook (
  seq     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id      text NOT NULL UNIQUE,
  webhook json NOT NULL
);

CREATE TABLE api_key (
  id   text COLLATE "C" PRIMARY KEY,
  hash text NOT NULL UNIQUE,
  key  json NOT NULL
);

-- When each key was last used, to within some minutes.
CREATE TABLE key_used (
  id text COLLATE "C" PRIMARY KEY,
  at text NOT NULL
);

CREATE TABLE answer (
  key_id          text NOT NULL,
  idempotency_key text NOT NULL,
  answered_at     text COLLATE "C" NOT NULL,
  answer          json NOT NULL,
  PRIMARY KEY (key_id, idempotency_key)
);

-- People who sign in by an issuer. What they may is kept here, whatever the issuer says of them.
CREATE TABLE person (
  id      text COLLATE "C" PRIMARY KEY,
  person  json NOT NULL,
  issuer  text NOT NULL GENERATED ALWAYS AS (person ->> 'issuer') STORED,
  subject text GENERATED ALWAYS AS (person ->> 'subject') STORED,
  -- An address is one however it is written.
  email   text GENERATED ALWAYS AS (lower(person ->> 'email')) STORED,
  removed text GENERATED ALWAYS AS (person ->> 'removedAt') STORED
);

-- An account of an issuer is one person. Whoever was removed stays, since the access log names them.
CREATE UNIQUE INDEX person_subject ON person (issuer, subject) WHERE subject IS NOT NULL AND removed IS NULL;
CREATE UNIQUE INDEX person_email ON person (issuer, email) WHERE email IS NOT NULL AND removed IS NULL;

-- Sessions of people who signed in to the pages. A session is known by the SHA-256 of what their browser holds.
CREATE TABLE session (
  hash       text PRIMARY KEY,
  key_id     text NOT NULL,
  created_at text COLLATE "C" NOT NULL,
  used_at    text COLLATE "C" NOT NULL,
  -- What data is looked at for, as the person said; and what only the browser of the session can open.
  purpose    text,
  sealed     text,
  -- The LEA that the pages of a session are about, chosen by somebody who has several.
  lea        text
);

-- Keys that manifests are signed with (Ed25519), and what the salts of leaves are derived from.
CREATE TABLE signing_key (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id  text NOT NULL UNIQUE,
  -- The newest one signs.
  key json NOT NULL
);

CREATE TABLE secret (
  name   text PRIMARY KEY,
  secret bytea NOT NULL
);

-- Rulebooks that were in effect, by their hash: what was made with one can be made again.
CREATE TABLE rulebook (
  hash      text COLLATE "C" PRIMARY KEY,
  kept_at   text COLLATE "C" NOT NULL,
  -- rules/rulebook.json.
  about     json NOT NULL,
  has_texts boolean NOT NULL,
  -- JSON, gzip: path and text of each file; path and what was parsed when the texts are not there.
  files     bytea NOT NULL
);

-- When which rulebook took effect: a list that only grows.
CREATE TABLE activation (
  seq          bigint PRIMARY KEY,
  hash         text NOT NULL REFERENCES rulebook (hash),
  -- Times are compared as texts, so all have one form.
  begins       text COLLATE "C" NOT NULL CHECK (begins ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ$'),
  withdrawn_at text COLLATE "C",
  -- Without what the other columns say.
  entry        json NOT NULL
);

-- Who confirmed that a version was to be restored: once, by a second person.
CREATE TABLE confirmation (
  activation   bigint PRIMARY KEY REFERENCES activation (seq),
  confirmed_at text NOT NULL,
  -- Id and name of the key.
  person       json NOT NULL
);

CREATE TABLE draft (
  seq      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id       text NOT NULL UNIQUE,
  revision bigint NOT NULL,
  -- Of its files.
  hash     text NOT NULL,
  -- Without the files.
  draft    json NOT NULL,
  -- As in rulebook.
  files    bytea NOT NULL
);

-- Reference files, such as a directory of schools: whole, each known by its hash.
CREATE TABLE reference (
  sha256 text PRIMARY KEY,
  path   text COLLATE "C" NOT NULL,
  text   bytea NOT NULL
);

-- When each was loaded; of one path the last is in use.
CREATE TABLE reference_loaded (
  seq    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  path   text NOT NULL,
  sha256 text NOT NULL,
  entry  json NOT NULL
);

-- A rulebook with reference files: the rulebook without them, and theirs, as a list of hashes.
CREATE TABLE rulebook_with (
  hash      text PRIMARY KEY,
  rulebook  text NOT NULL,
  reference text[] NOT NULL
);

-- What never changes: whoever tries is stopped by the database too.
CREATE FUNCTION cenr_stays() RETURNS trigger LANGUAGE plpgsql
  AS $$ BEGIN RAISE EXCEPTION 'what % keeps is never changed or deleted', TG_TABLE_NAME; END $$;

CREATE TRIGGER stays BEFORE DELETE ON rulebook FOR EACH ROW EXECUTE FUNCTION cenr_stays();
-- Files may only gain their texts.
CREATE TRIGGER same BEFORE UPDATE ON rulebook FOR EACH ROW
  WHEN (NEW.hash <> OLD.hash OR NEW.kept_at <> OLD.kept_at OR OLD.has_texts) EXECUTE FUNCTION cenr_stays();
CREATE TRIGGER stays BEFORE DELETE ON activation FOR EACH ROW EXECUTE FUNCTION cenr_stays();
-- It can be withdrawn once, before it takes effect.
CREATE TRIGGER same BEFORE UPDATE ON activation FOR EACH ROW
  WHEN (NEW.seq <> OLD.seq OR NEW.hash <> OLD.hash OR NEW.begins <> OLD.begins OR NEW.entry::text <> OLD.entry::text
    OR OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_at >= OLD.begins) EXECUTE FUNCTION cenr_stays();
CREATE TRIGGER stays BEFORE DELETE OR UPDATE ON confirmation FOR EACH ROW EXECUTE FUNCTION cenr_stays();
CREATE TRIGGER stays BEFORE DELETE ON signing_key FOR EACH ROW EXECUTE FUNCTION cenr_stays();
CREATE TRIGGER stays BEFORE DELETE OR UPDATE ON secret FOR EACH ROW EXECUTE FUNCTION cenr_stays();

-- Jobs that are in scope: none of their LEAs is out of it.
GRANT SELECT ON job, outbox TO cenr_scoped;
ALTER TABLE job ENABLE ROW LEVEL SECURITY;
ALTER TABLE outbox ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_leas ON job FOR SELECT TO cenr_scoped USING (NOT all_leas AND leas <@ (SELECT cenr_leas()));
CREATE POLICY of_leas ON outbox FOR SELECT TO cenr_scoped USING (job IN (SELECT id FROM job));
