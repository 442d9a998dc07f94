-- Who asked for a job, and whose turn it is: turns go round between keys, and for each key between the LEAs it asked for.
ALTER TABLE extract ADD COLUMN key_id TEXT NOT NULL DEFAULT '';
ALTER TABLE impact ADD COLUMN key_id TEXT NOT NULL DEFAULT '';

-- As extract; the files lie in a folder of the store until they are loaded.
CREATE TABLE upload (
  seq      INTEGER PRIMARY KEY,
  id       TEXT NOT NULL UNIQUE,
  all_leas INTEGER NOT NULL,
  leas     TEXT NOT NULL,
  status   TEXT NOT NULL,
  job      TEXT NOT NULL,
  key_id   TEXT NOT NULL DEFAULT ''
);

CREATE INDEX upload_status ON upload (status, seq);

-- When a job was last begun: the greater, the later.
CREATE TABLE turn (
  kind   TEXT NOT NULL,
  key_id TEXT NOT NULL,
  leas   TEXT NOT NULL,
  number INTEGER NOT NULL,
  PRIMARY KEY (kind, key_id, leas)
) WITHOUT ROWID;
