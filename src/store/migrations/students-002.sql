-- The store as it was at an earlier upload (docs/decisions/0013-former-histories.md).
-- Number of the upload that last wrote the history; 0 for what was there before this was kept.
ALTER TABLE history ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;

-- What a history was from upload `changed` up to before upload `until`.
CREATE TABLE former (
  number  INTEGER PRIMARY KEY,
  ssid    INTEGER NOT NULL,
  changed INTEGER NOT NULL,
  until   INTEGER NOT NULL,
  body    TEXT NOT NULL
);

CREATE UNIQUE INDEX former_ssid ON former (ssid, until, changed);

-- Who could see it then: the LEAs of its enrollments.
CREATE TABLE formerly_enrolled (
  lea     TEXT NOT NULL,
  ssid    INTEGER NOT NULL,
  until   INTEGER NOT NULL,
  changed INTEGER NOT NULL,
  PRIMARY KEY (lea, ssid, until)
) WITHOUT ROWID;

-- Snapshots up to and including `through` cannot be read since `at`.
CREATE TABLE forgotten (
  through INTEGER PRIMARY KEY,
  at      TEXT NOT NULL
);

-- Former histories of the uploads before the newest were never kept.
INSERT INTO forgotten (through, at)
  SELECT seq - 1, coalesce(json_extract(report, '$.receivedAt'), '') FROM upload ORDER BY seq DESC LIMIT 1;
