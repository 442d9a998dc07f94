/**
 * Whether the access log is complete, as `cenr audit verify` finds out. It is read beside everything else, a piece at a
 * time; what came out is remembered until the next time, and not kept: it says what held when somebody asked.
 */
import type { FastifyInstance } from 'fastify';
import { type ChainVerdict, OWN_CHAIN, verifyChains } from '#audit/access-log/chains';
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
  const { view, begins } = await views.begin(LOG, { status: 'Processing', progress: 0 });
  if (!begins) return view;
  const put = (view: LogVerification): LogVerification => views.put(LOG, view);
  const onProgress = (entry: number, last: number): void => {
    put({ status: 'Processing', progress: Math.min(WHOLE - 1, Math.floor((WHOLE * entry) / last)) });
  };
  known.last = verifyWhole(app.store, app.config.storeDir, onProgress)
    .then(outcomeOf, (error: Error) => {
      app.log.error({ err: error }, 'the access log cannot be verified');
      return { outcome: 'unknown' as const };
    })
    .then((outcome) => {
      put({ status: 'Complete', progress: WHOLE, verifiedAt: app.clock().toISOString(), ...outcome });
    });
  return view;
}

/**
 * Verifies all chains of a log; files that were put aside may be elsewhere. Where services share the store, the chains
 * are held to what the database names.
 * @param dir the folder of the store, or the one that services share
 */
export async function verifyWhole(
  store: Store,
  dir: string,
  onProgress?: (entry: number, last: number) => void,
): Promise<readonly ChainVerdict[]> {
  // Before the log is read: what is written meanwhile comes behind it.
  const anchors = await store.accessChains?.anchors();
  return verifyChains(dir, undefined, { beginsAnywhere: true, anchors, onProgress });
}

function outcomeOf(verdicts: readonly ChainVerdict[]): Pick<LogVerification, 'outcome' | 'chains'> {
  const of = ({ end, fault, begins = 1 }: ChainVerdict) => ({
    ...{ begins, entries: end.number },
    ...(fault && { fault: { entry: fault.entry, reason: fault.reason } }),
  });
  const outcome = verdicts.some(({ fault }) => fault) ? 'damaged' : 'intact';
  const [only] = verdicts;
  if (verdicts.length === 1 && only?.chain === OWN_CHAIN) return { outcome, ...of(only) };
  return {
    outcome,
    chains: verdicts.map((verdict) => ({
      ...(verdict.chain !== OWN_CHAIN && { chain: verdict.chain }),
      ...of(verdict),
    })),
  };
}
