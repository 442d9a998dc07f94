-- Numbers that were issued and that no enrollment may show any more: drawn here, or of students who were forgotten. One
-- never comes back.
CREATE TABLE ssid_issued (
  ssid  INTEGER PRIMARY KEY,
  -- When, for which LEA and by whom, as JSON; absent for a number that came with records.
  entry TEXT
);

-- Which number a student of an LEA without one got; `who` is a hash of names and birth date.
CREATE TABLE ssid_request (
  lea      TEXT NOT NULL,
  local_id TEXT NOT NULL,
  who      TEXT NOT NULL,
  ssid     INTEGER NOT NULL,
  PRIMARY KEY (lea, local_id, who)
) WITHOUT ROWID;

-- Numbers that are not used any more. A replacement may be retired later; nothing leads in a circle.
CREATE TABLE ssid_retired (
  ssid        INTEGER PRIMARY KEY,
  replacement INTEGER NOT NULL,
  -- The number of the newest upload then: what came later was sent after it.
  upload      INTEGER NOT NULL,
  -- Day, moment, by whom and why, as JSON.
  entry       TEXT NOT NULL
);

CREATE INDEX ssid_retired_replacement ON ssid_retired (replacement);

-- Records that were sent with another number than that of the student they belong to now, by file and line.
CREATE TABLE ssid_sent (
  source INTEGER NOT NULL,
  line   INTEGER NOT NULL,
  ssid   INTEGER NOT NULL,
  PRIMARY KEY (source, line)
) WITHOUT ROWID;

-- What was undone stays known.
CREATE TABLE ssid_undone (
  n     INTEGER PRIMARY KEY,
  entry TEXT NOT NULL
);

CREATE INDEX formerly_enrolled_ssid ON formerly_enrolled (ssid);
