/**
 * Whether the access log is complete, as `cenr audit verify` finds out. It is read beside everything else, a piece at a
 * time; what came out is remembered until the next time, and not kept: it says what held when somebody asked.
 */
import type { FastifyInstance } from 'fastify';
import { type ChainVerdict, OWN_CHAIN, verifyChains } from '#audit/access-log/chains';
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
  known.last = verifyWhole(app.store, app.config.storeDir, onProgress)
    .then(outcomeOf, (error: Error) => {
      app.log.error({ err: error }, 'the access log cannot be verified');
      return { outcome: 'unknown' as const };
    })
    .then((outcome) => {
      known.shown = { status: 'Complete', progress: WHOLE, verifiedAt: app.clock().toISOString(), ...outcome };
    });
  return known.shown;
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
