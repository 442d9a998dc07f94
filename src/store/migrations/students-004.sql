-- Histories as columns in blocks (docs/decisions/0020-histories-in-blocks.md). What the tables before held is brought
-- into these by migrations/students-004.ts, in the same transaction.

-- Layouts of lines, one for each record type: a block names those of its lines by number.
CREATE TABLE form (
  number INTEGER PRIMARY KEY,
  json   TEXT NOT NULL UNIQUE
);

-- The columns of a record type that extracts read, as the last upload's rules had it; they are kept apart from the others.
CREATE TABLE often_read (
  record_type TEXT PRIMARY KEY,
  columns     TEXT NOT NULL
) WITHOUT ROWID;

-- The students whose SSID is `first` or greater, and smaller than that of the next block. -1 holds the enrollments that
-- still ask for an SSID.
CREATE TABLE block (
  first    INTEGER PRIMARY KEY,
  students INTEGER NOT NULL,
  hot      BLOB NOT NULL,
  -- The columns that are not read often.
  cold     BLOB,
  -- Students who changed since hot and cold were written; they count before those. One without records is gone.
  fresh    BLOB
);

-- What students were up to before upload `until`; each of them says from which upload on.
CREATE TABLE former_block (
  number   INTEGER PRIMARY KEY,
  first    INTEGER NOT NULL,
  last     INTEGER NOT NULL,
  until    INTEGER NOT NULL,
  students INTEGER NOT NULL,
  bytes    BLOB NOT NULL
);

CREATE INDEX former_block_first ON former_block (first, last, until);

-- Problems of an upload by the number of the first, compressed; `codes` are those of their checks, with the severity.
CREATE TABLE problems (
  upload INTEGER NOT NULL REFERENCES upload (seq),
  n      INTEGER NOT NULL,
  codes  TEXT NOT NULL,
  packed BLOB NOT NULL,
  PRIMARY KEY (upload, n)
);

-- Which problems rejected records of a student.
CREATE TABLE rejected (
  ssid   TEXT NOT NULL,
  upload INTEGER NOT NULL REFERENCES upload (seq),
  n      INTEGER NOT NULL,
  PRIMARY KEY (ssid, upload, n)
) WITHOUT ROWID;
