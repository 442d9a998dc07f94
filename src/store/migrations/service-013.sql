-- Requests for SSIDs that are matched with the students of the store, as jobs: as reconciliation; the files lie in a folder of the store.
CREATE TABLE matching (
  seq      INTEGER PRIMARY KEY,
  id       TEXT NOT NULL UNIQUE,
  all_leas INTEGER NOT NULL,
  leas     TEXT NOT NULL,
  status   TEXT NOT NULL,
  job      TEXT NOT NULL,
  key_id   TEXT NOT NULL DEFAULT ''
);

CREATE INDEX matching_status ON matching (status, seq);
