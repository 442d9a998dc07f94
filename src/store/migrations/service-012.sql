-- Reconciliations of the state's file with the records, as jobs: as upload; the files lie in a folder of the store.
CREATE TABLE reconciliation (
  seq      INTEGER PRIMARY KEY,
  id       TEXT NOT NULL UNIQUE,
  all_leas INTEGER NOT NULL,
  leas     TEXT NOT NULL,
  status   TEXT NOT NULL,
  job      TEXT NOT NULL,
  key_id   TEXT NOT NULL DEFAULT ''
);

CREATE INDEX reconciliation_status ON reconciliation (status, seq);
