-- The LEA that the pages of a session are about, chosen by somebody who has several.
ALTER TABLE session ADD COLUMN lea TEXT;

-- When each key was last used, to within some minutes.
CREATE TABLE key_used (
  id TEXT PRIMARY KEY,
  at TEXT NOT NULL
) WITHOUT ROWID;
