-- Versions of the rulebook with the texts of their files, when each took force, drafts of the next one, and reports of what a draft would change.

-- Anew, since a column behind a large one is read through it, and lists read `about`.
CREATE TABLE kept (
  hash      TEXT NOT NULL UNIQUE,
  kept_at   TEXT NOT NULL,
  -- rules/rulebook.json; NULL in rows of the time before this, until a list asks for it.
  about     TEXT,
  has_texts INTEGER NOT NULL,
  -- JSON, gzip: path and text of each file; path and what was parsed when the texts are not there.
  files     BLOB NOT NULL
);
INSERT INTO kept (hash, kept_at, has_texts, files) SELECT hash, kept_at, 0, files FROM rulebook ORDER BY kept_at, hash;
DROP TABLE rulebook;
ALTER TABLE kept RENAME TO rulebook;

CREATE TRIGGER rulebook_stays BEFORE DELETE ON rulebook BEGIN
  SELECT RAISE(ABORT, 'a kept rulebook is never deleted');
END;

-- Files may only gain their texts, and `about` only be filled in.
CREATE TRIGGER rulebook_same BEFORE UPDATE ON rulebook
WHEN NEW.hash <> OLD.hash OR NEW.kept_at <> OLD.kept_at OR (OLD.about IS NOT NULL AND NEW.about IS NOT OLD.about)
  OR (OLD.has_texts AND (NEW.files <> OLD.files OR NOT NEW.has_texts)) BEGIN
  SELECT RAISE(ABORT, 'a kept rulebook is never changed');
END;

-- When which rulebook took force: a list that only grows.
CREATE TABLE force (
  seq          INTEGER PRIMARY KEY,
  hash         TEXT NOT NULL REFERENCES rulebook (hash),
  -- Times are compared as texts, so all have one form.
  begins       TEXT NOT NULL CHECK (begins GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9]Z'),
  withdrawn_at TEXT,
  -- JSON, without what the other columns say.
  entry        TEXT NOT NULL
);

CREATE TRIGGER force_stays BEFORE DELETE ON force BEGIN
  SELECT RAISE(ABORT, 'that a rulebook took force is never deleted');
END;

CREATE TRIGGER force_same BEFORE UPDATE ON force
WHEN NEW.seq <> OLD.seq OR NEW.hash <> OLD.hash OR NEW.begins <> OLD.begins OR NEW.entry <> OLD.entry
  OR OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_at >= OLD.begins BEGIN
  SELECT RAISE(ABORT, 'that a rulebook took force is never changed; it can be withdrawn once, before it does');
END;

CREATE TABLE draft (
  seq      INTEGER PRIMARY KEY,
  id       TEXT NOT NULL UNIQUE,
  revision INTEGER NOT NULL,
  -- Of its files.
  hash     TEXT NOT NULL,
  -- JSON, without the files.
  draft    TEXT NOT NULL,
  -- As in rulebook.
  files    BLOB NOT NULL
);

-- As extract.
CREATE TABLE impact (
  seq      INTEGER PRIMARY KEY,
  id       TEXT NOT NULL UNIQUE,
  all_leas INTEGER NOT NULL,
  leas     TEXT NOT NULL,
  status   TEXT NOT NULL,
  job      TEXT NOT NULL,
  draft    TEXT NOT NULL AS (job ->> 'draft')
);

CREATE INDEX impact_status ON impact (status, seq);
CREATE INDEX impact_draft ON impact (draft, seq);
