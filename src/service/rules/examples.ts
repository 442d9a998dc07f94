/**
 * What the worked examples of rules come to and notice. Files decide it alone, so it is remembered by their hash for a
 * while; it is worked out in threads, one rulebook after the other.
 */
import type { FastifyInstance } from 'fastify';
import { LRUCache } from 'lru-cache';
import { GaveUpError } from '#base/threads';
import type { Rulebook } from '#rulebook/load/assemble';
import type { Store } from '#store/store';
import { ServiceError } from '../http/errors.ts';
import { turns } from '../http/turns.ts';
import type { MutantsView } from '../schemas/examples.ts';
import { SharedViews } from '../shared-views.ts';
import type { ExamplesRun } from './example-work.ts';
import { examplesInThread, mutantsInThread } from './rules-threads.ts';

/** Of so many rulebooks it is remembered. */
const MOST_REMEMBERED = 16;
/** Of one key. */
const MOST_WAITING = 8;
const WHOLE = 100;

interface Known {
  readonly runs: LRUCache<string, Promise<ExamplesRun>>;
  readonly mutants: SharedViews<MutantsView>;
  readonly inTurn: ReturnType<typeof turns>;
  /** Ends when all that was begun has ended. */
  last: Promise<void>;
}

/** By store: each route has an instance of the service of its own. */
const KNOWN = new WeakMap<Store, Known>();

function knownOf(app: FastifyInstance): Known {
  const { store } = app;
  const known = KNOWN.get(store) ?? {
    runs: new LRUCache<string, Promise<ExamplesRun>>({ max: MOST_REMEMBERED }),
    mutants: new SharedViews<MutantsView>(app, 'mutants of', MOST_REMEMBERED),
    inTurn: turns(MOST_WAITING),
    last: Promise.resolve(),
  };
  KNOWN.set(store, known);
  return known;
}

/**
 * Results of all examples of a rulebook, and what they reach.
 * @param keyId of whoever asks
 * @throws ServiceError CENR_CHECK_GAVE_UP, CENR_TOO_MANY_WAITING
 */
export function examplesOf(app: FastifyInstance, keyId: string, { hash, files }: Rulebook): Promise<ExamplesRun> {
  const { runs, inTurn } = knownOf(app);
  const found = runs.get(hash);
  if (found) return found;
  const made = inTurn(keyId, () => examplesInThread({ hash, files })).catch((error: unknown) => {
    runs.delete(hash);
    throw error instanceof GaveUpError
      ? new ServiceError('CENR_CHECK_GAVE_UP', { detail: `The examples were stopped: ${error.message}.` })
      : error;
  });
  runs.set(hash, made);
  return made;
}

/** What is known of the mutants of a rulebook. */
export const mutantsOf = async (app: FastifyInstance, { hash }: Pick<Rulebook, 'hash'>): Promise<MutantsView> =>
  (await knownOf(app).mutants.get(hash)) ?? { rulebook: hash, status: 'None', progress: 0 };

const FAILURE = 'It was stopped: it took too much memory or time, or the service ended.';

/**
 * Begins to try the mutants of a rulebook, unless that was done or is under way.
 * @param signal ends it
 */
export async function beginMutants(
  app: FastifyInstance,
  { hash, files }: Rulebook,
  signal: AbortSignal,
): Promise<MutantsView> {
  const known = knownOf(app);
  const begun: MutantsView = { rulebook: hash, status: 'Processing', progress: 0 };
  const { view, begins } = await known.mutants.begin(hash, begun, ({ status }) => status === 'Complete');
  if (!begins) return view;
  const put = (view: Omit<MutantsView, 'rulebook'>): MutantsView =>
    known.mutants.put(hash, { rulebook: hash, ...view });
  const onProgress = (fraction: number): void => {
    put({ status: 'Processing', progress: Math.floor(fraction * (WHOLE - 1)) });
  };
  known.last = known.last
    .then(() => mutantsInThread({ hash, files }, { signal, onProgress }))
    .then((tried) => {
      put({ status: 'Complete', progress: WHOLE, triedAt: app.clock().toISOString(), tried });
    })
    .catch((error: Error) => {
      app.log.warn({ rulebook: hash, reason: error.name }, 'mutants could not be tried');
      put({ status: 'Failed', progress: 0, failure: FAILURE });
    });
  return view;
}

/** For tests: when nothing is under way any more. */
export const mutantsIdle = (app: FastifyInstance): Promise<void> => knownOf(app).last;
