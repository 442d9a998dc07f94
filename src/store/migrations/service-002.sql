-- Rulebooks that were in force, by their hash: what was made with one can be made again.
CREATE TABLE rulebook (
  hash    TEXT PRIMARY KEY,
  kept_at TEXT NOT NULL,
  -- The files as JSON, gzip.
  files   BLOB NOT NULL
) WITHOUT ROWID;
