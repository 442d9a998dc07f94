-- SSID extracts, Replacement SSID extracts and searches for anomalies as jobs: as matching.
CREATE TABLE ssidExtract (
  seq      INTEGER PRIMARY KEY,
  id       TEXT NOT NULL UNIQUE,
  all_leas INTEGER NOT NULL,
  leas     TEXT NOT NULL,
  status   TEXT NOT NULL,
  job      TEXT NOT NULL,
  key_id   TEXT NOT NULL DEFAULT ''
);

CREATE INDEX ssidExtract_status ON ssidExtract (status, seq);

CREATE TABLE anomalySearch (
  seq      INTEGER PRIMARY KEY,
  id       TEXT NOT NULL UNIQUE,
  all_leas INTEGER NOT NULL,
  leas     TEXT NOT NULL,
  status   TEXT NOT NULL,
  job      TEXT NOT NULL,
  key_id   TEXT NOT NULL DEFAULT ''
);

CREATE INDEX anomalySearch_status ON anomalySearch (status, seq);
