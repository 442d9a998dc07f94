-- What processes that share the store would otherwise each know alone (docs/decisions/0028-replicas.md).

-- Requests with an Idempotency-Key that are being answered, and by whom. Free when that one is not there any more. A
-- request that is answered again has another token.
CREATE TABLE answering (
  key_id          text NOT NULL,
  idempotency_key text NOT NULL,
  holder          text NOT NULL,
  token           text NOT NULL UNIQUE,
  PRIMARY KEY (key_id, idempotency_key)
);

-- How often something was counted that has a limit, until its time is over. What a server that dies forgets begins anew.
CREATE UNLOGGED TABLE rate (
  name    text COLLATE "C" PRIMARY KEY,
  counted bigint NOT NULL,
  until   timestamptz NOT NULL
);
CREATE INDEX rate_until ON rate (until);

-- What becomes of work that somebody asked for and nobody keeps: how far it is, or what came of it. It is told to whoever
-- asks another process; what is under way by one that is gone is under way no longer.
CREATE UNLOGGED TABLE progress (
  name    text COLLATE "C" PRIMARY KEY,
  holder  text NOT NULL,
  is_over boolean NOT NULL,
  noted   json NOT NULL,
  at      timestamptz NOT NULL DEFAULT now()
);
