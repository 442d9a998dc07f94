-- What the service keeps beside the students. A file of its own: a long upload holds the other one's write lock, and jobs must go on meanwhile.
CREATE TABLE extract (
  seq      INTEGER PRIMARY KEY,
  id       TEXT NOT NULL UNIQUE,
  all_leas INTEGER NOT NULL,
  -- A JSON list; empty for a job for all LEAs.
  leas     TEXT NOT NULL,
  status   TEXT NOT NULL,
  job      TEXT NOT NULL
);

CREATE INDEX extract_status ON extract (status, seq);

CREATE TABLE api_key (
  id   TEXT PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  key  TEXT NOT NULL
);

CREATE TABLE answer (
  key_id          TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  answered_at     TEXT NOT NULL,
  answer          TEXT NOT NULL,
  PRIMARY KEY (key_id, idempotency_key)
) WITHOUT ROWID;
