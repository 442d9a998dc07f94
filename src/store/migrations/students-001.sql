-- What uploads brought. Histories are packed, one row a student: reading one is one read (docs/decisions/0003-packed-histories.md).
CREATE TABLE upload (
  seq    INTEGER PRIMARY KEY,
  id     TEXT NOT NULL UNIQUE,
  sender TEXT NOT NULL,
  report TEXT NOT NULL
);

-- The files of uploads; a kept line's first field is such a number.
CREATE TABLE source (
  number INTEGER PRIMARY KEY,
  upload INTEGER NOT NULL REFERENCES upload (seq),
  name   TEXT NOT NULL
);

CREATE TABLE problem (
  upload INTEGER NOT NULL REFERENCES upload (seq),
  n      INTEGER NOT NULL,
  json   TEXT NOT NULL,
  PRIMARY KEY (upload, n)
) WITHOUT ROWID;

-- ssid -1 holds the enrollments that still ask for an SSID.
CREATE TABLE history (
  ssid INTEGER PRIMARY KEY,
  body TEXT NOT NULL
);

-- Who may see whom: the LEAs that each student has an enrollment at.
CREATE TABLE enrolled (
  lea  TEXT NOT NULL,
  ssid INTEGER NOT NULL,
  PRIMARY KEY (lea, ssid)
) WITHOUT ROWID;

CREATE INDEX enrolled_ssid ON enrolled (ssid);
