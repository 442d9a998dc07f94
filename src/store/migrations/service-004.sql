-- Keys that manifests are signed with (Ed25519), and what the salts of leaves are derived from. Private keys and secrets stand here: whoever has the folder of
-- the store has the records of all students already.
CREATE TABLE signing_key (
  seq INTEGER PRIMARY KEY,
  id  TEXT NOT NULL UNIQUE,
  -- JSON; the newest one signs.
  key TEXT NOT NULL
);

-- What an older key signed stays valid.
CREATE TRIGGER signing_key_stays BEFORE DELETE ON signing_key BEGIN
  SELECT RAISE(ABORT, 'a signing key is never deleted: it checks what it signed');
END;

CREATE TABLE secret (
  name   TEXT PRIMARY KEY,
  secret BLOB NOT NULL
) WITHOUT ROWID;

CREATE TRIGGER secret_stays BEFORE DELETE ON secret BEGIN
  SELECT RAISE(ABORT, 'a secret is never deleted: manifests cannot be checked without it');
END;

CREATE TRIGGER secret_same BEFORE UPDATE ON secret BEGIN
  SELECT RAISE(ABORT, 'a secret is never changed: manifests cannot be checked without it');
END;
