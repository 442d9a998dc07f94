-- What is told to people and programs when a job ends: an entry is written with the end, and tried until it is delivered or given up.
CREATE TABLE outbox (
  seq      INTEGER PRIMARY KEY,
  id       TEXT NOT NULL UNIQUE,
  -- The id of the job.
  job      TEXT NOT NULL,
  delivery TEXT NOT NULL,
  -- When it is tried next; NULL when it will not be.
  due      TEXT AS (delivery ->> 'nextTry')
);

CREATE INDEX outbox_due ON outbox (due) WHERE due IS NOT NULL;
CREATE INDEX outbox_job ON outbox (job, seq);

-- Addresses of programs that are told, with the secrets that what they are told is signed with.
CREATE TABLE webhook (
  seq     INTEGER PRIMARY KEY,
  id      TEXT NOT NULL UNIQUE,
  webhook TEXT NOT NULL
);
