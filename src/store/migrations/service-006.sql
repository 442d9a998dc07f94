-- Who confirmed that a version was to be restored: once, by a second person. What took force stays as it was written.
CREATE TABLE confirmation (
  force        INTEGER PRIMARY KEY REFERENCES force (seq),
  confirmed_at TEXT NOT NULL,
  -- JSON: id and name of the key.
  person       TEXT NOT NULL
);

CREATE TRIGGER confirmation_stays BEFORE DELETE ON confirmation BEGIN
  SELECT RAISE(ABORT, 'that a restored version was confirmed is never deleted');
END;

CREATE TRIGGER confirmation_same BEFORE UPDATE ON confirmation BEGIN
  SELECT RAISE(ABORT, 'that a restored version was confirmed is never changed');
END;
