/**
 * Whether the access log is complete, as `cenr audit verify` finds out. It is read beside everything else, a piece at a
 * time; what came out is remembered until the next time, and not kept: it says what held when somebody asked.
 */
import type { FastifyInstance } from 'fastify';
import { type Verdict, verifyAccessLog } from '#audit/access-log/read';
import type { Store } from '#store/store';
import type { LogVerification } from '../schemas/access-log.ts';

interface Known {
  shown: LogVerification;
  /** Ends when what was begun has ended. */
  last: Promise<void>;
}

/** By store: each route has an instance of the service of its own. */
const KNOWN = new WeakMap<Store, Known>();
const WHOLE = 100;

function knownOf({ store }: FastifyInstance): Known {
  const known = KNOWN.get(store) ?? { shown: { status: 'None', progress: 0 }, last: Promise.resolve() };
  KNOWN.set(store, known);
  return known;
}

/** What is known. */
export const logVerification = (app: FastifyInstance): LogVerification => knownOf(app).shown;

/** For tests: when nothing is under way any more. */
export const logVerified = (app: FastifyInstance): Promise<void> => knownOf(app).last;

/** Begins to verify the log, unless that is under way. */
export function beginLogVerification(app: FastifyInstance): LogVerification {
  const known = knownOf(app);
  if (known.shown.status === 'Processing') return known.shown;
  known.shown = { status: 'Processing', progress: 0 };
  const onProgress = (entry: number, last: number): void => {
    known.shown = { status: 'Processing', progress: Math.min(WHOLE - 1, Math.floor((WHOLE * entry) / last)) };
  };
  known.last = verifyAccessLog(app.config.storeDir, undefined, { beginsAnywhere: true, onProgress })
    .then(outcomeOf, (error: Error) => {
      app.log.error({ err: error }, 'the access log cannot be verified');
      return { outcome: 'unknown' as const };
    })
    .then((outcome) => {
      known.shown = { status: 'Complete', progress: WHOLE, verifiedAt: app.clock().toISOString(), ...outcome };
    });
  return known.shown;
}

const outcomeOf = ({ end, fault, begins = 1 }: Verdict): Pick<LogVerification, 'outcome'> => ({
  outcome: fault ? 'damaged' : 'intact',
  ...{ begins, entries: end.number },
  ...(fault && { fault: { entry: fault.entry, reason: fault.reason } }),
});
