-- Reference files, such as a directory of schools: whole, each known by its hash.
CREATE TABLE reference (
  sha256 TEXT PRIMARY KEY,
  path   TEXT NOT NULL,
  text   BLOB NOT NULL
);

-- When each was loaded; of one path the last is in use.
CREATE TABLE reference_loaded (
  seq    INTEGER PRIMARY KEY,
  path   TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  entry  TEXT NOT NULL
);

-- A rulebook with reference files: the rulebook without them, and theirs, as a JSON list of hashes.
CREATE TABLE rulebook_with (
  hash       TEXT PRIMARY KEY,
  rulebook   TEXT NOT NULL,
  reference  TEXT NOT NULL
);
