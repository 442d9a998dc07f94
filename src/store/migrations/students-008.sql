-- Records that were sent without a number and got one: by file and line, with who was asked for and how it was given.
CREATE TABLE ssid_given (
  source   INTEGER NOT NULL,
  line     INTEGER NOT NULL,
  ssid     INTEGER NOT NULL,
  local_id TEXT NOT NULL,
  is_new   INTEGER NOT NULL,
  PRIMARY KEY (source, line)
) WITHOUT ROWID;
