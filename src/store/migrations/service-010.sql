-- People who sign in by an issuer. What they may is kept here, whatever the issuer says of them.
CREATE TABLE person (
  id      TEXT PRIMARY KEY,
  person  TEXT NOT NULL,
  issuer  TEXT NOT NULL AS (person ->> 'issuer'),
  subject TEXT AS (person ->> 'subject'),
  -- An address is one however it is written.
  email   TEXT AS (lower(person ->> 'email')),
  removed TEXT AS (person ->> 'removedAt')
) WITHOUT ROWID;

-- An account of an issuer is one person. Whoever was removed stays, since the access log names them.
CREATE UNIQUE INDEX person_subject ON person (issuer, subject) WHERE subject IS NOT NULL AND removed IS NULL;
CREATE UNIQUE INDEX person_email ON person (issuer, email) WHERE email IS NOT NULL AND removed IS NULL;

-- What data is looked at for, as the person said; and what only the browser of the session can open.
ALTER TABLE session ADD COLUMN purpose TEXT;
ALTER TABLE session ADD COLUMN sealed TEXT;
