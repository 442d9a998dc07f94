-- What docs/postgresql.md has an administrator do, for a server that begins empty. psql reads it.
\set password `cat "$PASSWORD_FILE"`
CREATE ROLE cenr_scoped NOLOGIN;
CREATE ROLE cenr LOGIN PASSWORD :'password';
GRANT cenr_scoped TO cenr;
CREATE DATABASE cenr OWNER cenr;
