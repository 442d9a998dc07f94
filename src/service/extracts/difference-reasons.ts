/** Why rows of two extracts differ: evaluated when a page of them is asked for, from the store as it was for each. */
import type { FastifyInstance } from 'fastify';
import type { ExtractRequest } from '#extract/request';
import type { RowDifference } from '#extract/row-differences';
import { ReasonFinder, type ReasonSide, type ShownReason } from '#pipeline/difference-reasons';
import { numbersMoved } from '#pipeline/numbers-moved';
import { Places, uploadNames } from '#pipeline/places';
import type { LEAScope } from '#records/scope';
import type { ExtractJob } from '#store/extract-job';
import { SnapshotGoneError } from '#store/store';
import type { Sides } from './difference-index.ts';
import { remembered } from './remembered.ts';

/** What is known of two extracts that are compared. */
interface Compared {
  readonly before: ExtractJob;
  readonly after: ExtractJob;
  readonly sides: Sides;
  /** What they were made with that is not the same, and a sentence for each. */
  readonly otherwise: readonly { readonly what: string; readonly sentence: string }[];
}

const lately = remembered<ReasonFinder>(6);

/**
 * The reason of each difference, in their order; `undefined` where nobody can tell, as when the records of then are
 * forgotten.
 * @param scope LEAs of the caller: of other LEAs' records only days, codes and LEA are told
 */
export async function reasonsOf(
  app: FastifyInstance,
  scope: LEAScope,
  compared: Compared,
  found: readonly RowDifference[],
): Promise<(ShownReason | undefined)[]> {
  if (found.length === 0) return [];
  const { before, after } = compared;
  const key = `${before.id} ${after.id} ${scope === 'all' ? scope : scope.join()}`;
  const finder = await lately(app.store, key, async () => finderOf(app, scope, compared));
  const reasons: (ShownReason | undefined)[] = [];
  try {
    for (let i = 0; i < found.length; i = reasons.length) {
      const { ssid } = found[i] as RowDifference;
      const last = found.findIndex((other, n) => n > i && other.ssid !== ssid);
      reasons.push(...(await finder.of(ssid, found.slice(i, last < 0 ? found.length : last))));
    }
  } catch (error) {
    if (!(error instanceof SnapshotGoneError)) throw error;
  }
  return found.map((_, i) => reasons[i]);
}

async function finderOf(
  app: FastifyInstance,
  scope: LEAScope,
  { before, after, sides: { common, keys }, otherwise }: Compared,
): Promise<ReasonFinder> {
  const store = app.store.forLEAs(scope);
  const places = new Places(app.store, uploadNames(app.store));
  const side = async ({ rulebookHash, columns, request, runDate, snapshot }: ExtractJob): Promise<ReasonSide> => ({
    ...{ rulebook: (await app.explanations.by(rulebookHash)).rulebook, columns, runDate },
    request: request as ExtractRequest,
    body: async (ssid) => await places.learn((await store.history(ssid, snapshot))?.body() ?? ''),
  });
  return new ReasonFinder({
    ...{ before: await side(before), after: await side(after), common, keys },
    says: new Map(otherwise.map(({ what, sentence }) => [what, sentence])),
    reader: { visible: scope, placeBefore: places.of, placeAfter: places.of },
    moved: (ssid) => numbersMoved(app.store, ssid, before.snapshot, after.snapshot),
  });
}
