-- The SSID of a rejected record: an explanation of a student who is missing names what was rejected. Problems from before
-- have none.
ALTER TABLE problem ADD COLUMN rejected TEXT;

CREATE INDEX problem_rejected ON problem (rejected) WHERE rejected IS NOT NULL;
