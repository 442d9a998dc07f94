-- Sessions of people who signed in to the pages. A session is known by the SHA-256 of what their browser holds.
CREATE TABLE session (
  hash       TEXT PRIMARY KEY,
  key_id     TEXT NOT NULL,
  created_at TEXT NOT NULL,
  used_at    TEXT NOT NULL
) WITHOUT ROWID;
