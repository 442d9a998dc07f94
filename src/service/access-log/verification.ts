/**
 * Whether the access log is complete, as `cenr audit verify` finds out. It is read beside everything else, a piece at a
 * time; what came out is remembered until the next time, and not kept: it says what held when somebody asked.
 */
import type { FastifyInstance } from 'fastify';
import { type Verdict, verifyAccessLog } from '#audit/access-log/read';
import type { Store } from '#store/store';
import type { LogVerification } from '../schemas/access-log.ts';
import { SharedViews } from '../shared-views.ts';

interface Known {
  readonly views: SharedViews<LogVerification>;
  /** Ends when what was begun has ended. */
  last: Promise<void>;
}

/** By store: each route has an instance of the service of its own. */
const KNOWN = new WeakMap<Store, Known>();
const WHOLE = 100;

function knownOf(app: FastifyInstance): Known {
  const known = KNOWN.get(app.store) ?? {
    views: new SharedViews<LogVerification>(app, 'verification of', 1),
    last: Promise.resolve(),
  };
  KNOWN.set(app.store, known);
  return known;
}

/** There is one log. */
const LOG = 'the access log';

/** What is known. */
export const logVerification = async (app: FastifyInstance): Promise<LogVerification> =>
  (await knownOf(app).views.get(LOG)) ?? { status: 'None', progress: 0 };

/** For tests: when nothing is under way any more. */
export const logVerified = (app: FastifyInstance): Promise<void> => knownOf(app).last;

/** Begins to verify the log, unless that is under way. */
export async function beginLogVerification(app: FastifyInstance): Promise<LogVerification> {
  const known = knownOf(app);
  const { views } = known;
  const elsewhere = await views.get(LOG);
  // Somebody may have begun it here while that was looked for.
  const now = views.here(LOG)?.status === 'Processing' ? views.here(LOG) : elsewhere;
  if (now?.status === 'Processing') return now;
  const put = (view: LogVerification): LogVerification => views.put(LOG, view);
  const begun = put({ status: 'Processing', progress: 0 });
  const onProgress = (entry: number, last: number): void => {
    put({ status: 'Processing', progress: Math.min(WHOLE - 1, Math.floor((WHOLE * entry) / last)) });
  };
  known.last = verifyAccessLog(app.config.storeDir, undefined, { beginsAnywhere: true, onProgress })
    .then(outcomeOf, (error: Error) => {
      app.log.error({ err: error }, 'the access log cannot be verified');
      return { outcome: 'unknown' as const };
    })
    .then((outcome) => {
      put({ status: 'Complete', progress: WHOLE, verifiedAt: app.clock().toISOString(), ...outcome });
    });
  return begun;
}

const outcomeOf = ({ end, fault, begins = 1 }: Verdict): Pick<LogVerification, 'outcome'> => ({
  outcome: fault ? 'damaged' : 'intact',
  ...{ begins, entries: end.number },
  ...(fault && { fault: { entry: fault.entry, reason: fault.reason } }),
});
