-- What looks wrong among students, and what became of it; docs/ssid.md.
CREATE TABLE anomaly (
  -- A hash of what makes it: the same when it is found again.
  id          TEXT PRIMARY KEY,
  kind        TEXT NOT NULL,
  -- open, resolved or reviewed.
  state       TEXT NOT NULL,
  -- Of the records that make it: one that was reviewed is open again when they change.
  fingerprint TEXT NOT NULL,
  -- What was found, as JSON.
  found       TEXT NOT NULL,
  -- Who did what, when and why, oldest first, as JSON.
  entries     TEXT NOT NULL
) WITHOUT ROWID;

CREATE INDEX anomaly_state ON anomaly (state, kind, id);

-- Whose it is: who may see it.
CREATE TABLE anomaly_lea (
  lea TEXT NOT NULL,
  id  TEXT NOT NULL,
  PRIMARY KEY (lea, id)
) WITHOUT ROWID;

-- Whom it is about.
CREATE TABLE anomaly_ssid (
  ssid INTEGER NOT NULL,
  id   TEXT NOT NULL,
  PRIMARY KEY (ssid, id)
) WITHOUT ROWID;

-- When anomalies were last looked for, after which upload and with which rules.
CREATE TABLE anomaly_search (
  n      INTEGER PRIMARY KEY,
  upload INTEGER NOT NULL,
  search TEXT NOT NULL
);
