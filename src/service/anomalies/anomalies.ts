/** Anomalies within reach of a caller, and what becomes of them. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import { UserError } from '#base/user-error';
import { bestOf } from '#pipeline/anomaly-list';
import { solveByRetiring } from '#pipeline/solve-anomaly';
import { type Anomaly, shownTo } from '#store/anomalies';
import { StoreBusyError } from '#store/store';
import { ServiceError } from '../http/errors.ts';
import { scopeOf } from '../plugins/auth.ts';
import type { AnomalyCounts, AnomalyView } from '../schemas/anomaly.ts';
import { inTurn } from '../ssid/assign.ts';

/** One as the caller may see it; notes whose data that is. */
export function viewOf(request: FastifyRequest, anomaly: Anomaly): AnomalyView {
  const { fingerprint: _, sides, scores, entries, ...rest } = shownTo(anomaly, scopeOf(request));
  const disclosed = sides.map(({ ssid }) => ssid).filter((ssid) => ssid !== '');
  request.disclosed = [...new Set([...(request.disclosed ?? []), ...disclosed])];
  return {
    ...rest,
    sides: sides.map(({ localID, ...side }) => ({ ...side, localStudentID: localID })),
    ...(scores && { score: bestOf(scores) }),
    // What others wrote may name students of theirs.
    entries: entries.map((entry) => (scopeOf(request) === 'all' ? entry : { ...entry, why: ownWhy(request, entry) })),
  };
}

const ownWhy = ({ key }: FastifyRequest, { by, why }: Anomaly['entries'][number]): string =>
  by === (key?.name ?? '') ? why : '';

/** How many a caller may see, and when they were last looked for. */
export async function countsOf(
  { store }: FastifyInstance,
  request: FastifyRequest,
): Promise<Static<typeof AnomalyCounts>> {
  const scope = scopeOf(request);
  const last = await store.anomalies.lastSearch();
  return {
    ...(last && {
      searched: { at: last.at, day: last.day, ...(last.crowded !== undefined && { crowded: last.crowded }) },
    }),
    kinds: [...(await store.anomalies.kindCounts(scope))],
    counts: [...(await store.anomalies.counts(scope))],
  };
}

/**
 * Says what became of one.
 * @throws ServiceError CENR_NOT_FOUND, CENR_SSID_CONFLICT
 */
export async function changeIn(
  app: FastifyInstance,
  request: FastifyRequest,
  id: string,
  { becomes, why }: { readonly becomes: string; readonly why: string },
): Promise<Anomaly> {
  const scope = scopeOf(request);
  const entry = { at: app.clock().toISOString(), by: request.key?.name ?? '', why };
  const { store } = app;
  const options = {
    store,
    rulebook: (await app.rules.current()).rulebook,
    id: app.newId('upload'),
    loadDay: app.today(),
  };
  const changed = await inTurn(app, request.key, async () =>
    becomes === 'combined'
      ? (await solveByRetiring(scope, id, entry, options))?.anomaly
      : await store.anomalies.change(scope, id, { ...entry, state: becomes === 'reviewed' ? 'reviewed' : 'resolved' }),
  ).catch((error: unknown) => {
    if (!(error instanceof UserError) || error instanceof StoreBusyError) throw error;
    throw new ServiceError('CENR_SSID_CONFLICT', { detail: `${error.message}. Nothing was done.` });
  });
  if (!changed) throw new ServiceError('CENR_NOT_FOUND');
  return changed;
}
