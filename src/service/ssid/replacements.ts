/** Numbers that replace others: who may have one retired, and what is known of the two. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { capital } from '#base/text';
import { UserError } from '#base/user-error';
import { matchParameters, PARTS } from '#identity/parameters';
import { type Description, personOf } from '#identity/person';
import { reasonOf } from '#identity/reason';
import { Scorer } from '#identity/score';
import { shownDoubles } from '#pipeline/double-records';
import { forgotten, type Retired, type RetireOptions, retireSSIDs, undoRetirement } from '#pipeline/retire-ssids';
import { type Retirement, RetirementRefusedError } from '#store/ssids';
import type { LEAStore } from '#store/store';
import { ServiceError } from '../http/errors.ts';
import { scopeOf } from '../plugins/auth.ts';
import { personShown } from '../schemas/matching.ts';
import { inTurn } from './assign.ts';
import { describedIn, personReader } from './match-work.ts';

const NOBODY: Description = {
  ...{ first: '', middle: '', last: '', aliasFirst: '', aliasMiddle: '', aliasLast: '' },
  ...{ birthDate: '', gender: '', birthCountry: '', birthState: '' },
};

const leasOf = (app: FastifyInstance, request: FastifyRequest): LEAStore => app.store.forLEAs(scopeOf(request));

/**
 * Refuses numbers that are no student of the caller's: an LEA retires numbers of its own students alone, or it could
 * have another LEA's records join those of its own.
 * @throws ServiceError CENR_SSID_REFUSED
 */
export async function requireOwn(
  app: FastifyInstance,
  request: FastifyRequest,
  ssids: readonly string[],
  place?: string,
): Promise<void> {
  const isAll = scopeOf(request) === 'all';
  const leas = leasOf(app, request);
  const { ssids: register } = app.store;
  // A retired number has no records any more: those of the one that stands for it are looked for.
  const isKnown = async (ssid: string): Promise<boolean> =>
    isAll ? await register.wasIssued(ssid) : (await leas.history(await register.activeOf(ssid))) !== undefined;
  for (const ssid of ssids)
    if (!(await isKnown(ssid)))
      throw new ServiceError('CENR_SSID_REFUSED', {
        detail: `${place === undefined ? '' : `${place}: `}${ssid} is ${
          isAll
            ? "nobody's in this store; expected one that was loaded or assigned"
            : 'no student of your LEAs; ask the county or the state to retire it'
        }. Nothing was done.`,
      });
}

/** The two students side by side, and how alike they are. */
export async function compared(app: FastifyInstance, request: FastifyRequest, retired: string, replacement: string) {
  const { rulebook } = await app.rules.current();
  const p = matchParameters(rulebook);
  const reader = personReader(rulebook);
  const leas = leasOf(app, request);
  const side = async (ssid: string) => {
    const found = await describedIn(leas, ssid, reader);
    const { described, last } = found ?? {};
    const records = found?.history.byType.reduce((sum, of) => sum + of.length, 0) ?? 0;
    const active = await app.store.ssids.activeOf(ssid);
    return {
      described: described ?? NOBODY,
      shown: {
        ...{ ssid, records, leas: [...(found?.leas ?? [])].sort() },
        ...(active !== ssid && { replacedBy: active }),
        ...(described && { person: personShown(described) }),
        ...(last && {
          ...{ lastLEA: last.lea, lastSchool: last.school, lastGrade: last.grade, localStudentID: last.localID },
          ...{ lastStartDate: last.start, lastExitDate: last.exit },
        }),
      },
    };
  };
  const [old, next] = [await side(retired), await side(replacement)];
  const { score, parts } = new Scorer(p).score(personOf(old.described), personOf(next.described));
  return {
    ...{ retired: old.shown, replacement: next.shown, score, reason: reasonOf(parts, p) },
    parts: PARTS.map((part) => ({ part, name: capital(p.names[part]), value: String(parts[part] ?? '') })),
  };
}

const refused = (error: unknown, places: readonly string[] = []): never => {
  if (!(error instanceof RetirementRefusedError)) throw error;
  const place = places[error.index];
  throw new ServiceError('CENR_SSID_CONFLICT', {
    detail: `${place === undefined ? '' : `${place}: `}${error.message}. Nothing was done.`,
  });
};

const options = async (app: FastifyInstance): Promise<RetireOptions> => ({
  ...{
    store: app.store,
    rulebook: (await app.rules.current()).rulebook,
    id: app.newId('upload'),
    loadDay: app.today(),
  },
});

/**
 * Retires numbers, all of them or none, after whoever else does so now.
 * @param places of each, for refusals
 * @throws ServiceError CENR_SSID_CONFLICT
 */
export async function retireIn(
  app: FastifyInstance,
  request: FastifyRequest,
  asked: readonly Pick<Retirement, 'retired' | 'replacement' | 'day' | 'why'>[],
  places?: readonly string[],
) {
  const { key } = request;
  const entry = { at: app.clock().toISOString(), by: key?.name ?? '' };
  const done: Retired = await inTurn(app, key, async () =>
    retireSSIDs(
      asked.map((one) => ({ ...one, ...entry })),
      await options(app),
    ),
  ).catch((error: unknown) => refused(error, places));
  return { moved: done.moved, doubles: await shownDoubles(app.store, done.doubles, scopeOf(request)) };
}

/**
 * Undoes a retirement: an LEA's of two students who were both its own, whoever sees all LEAs any.
 * @throws ServiceError CENR_NOT_FOUND, CENR_SSID_REFUSED, CENR_SSID_CONFLICT
 */
export async function undoIn(
  app: FastifyInstance,
  request: FastifyRequest,
  retired: string,
  why: string,
): Promise<void> {
  const { key } = request;
  const known = (await app.store.ssids.retirements()).find((one) => one.retired === retired);
  const leas = leasOf(app, request);
  if (!known || (await leas.history(await app.store.ssids.activeOf(retired))) === undefined)
    throw new ServiceError('CENR_NOT_FOUND');
  const wasOwn = async (ssid: string): Promise<boolean> =>
    (await leas.history(ssid, known.upload - 1).catch((error: unknown) => forgotten(known, error))) !== undefined;
  if (scopeOf(request) !== 'all')
    for (const ssid of [retired, known.replacement])
      if (!(await wasOwn(ssid).catch(refused)))
        throw new ServiceError('CENR_SSID_REFUSED', {
          detail: `${ssid} was no student of your LEAs before ${retired} was retired; ask the county or the state to undo it. Nothing was done.`,
        });
  const entry = { at: app.clock().toISOString(), by: key?.name ?? '', why };
  await inTurn(app, key, async () => undoRetirement(retired, entry, await options(app))).catch((error: unknown) => {
    if (error instanceof UserError && !(error instanceof RetirementRefusedError))
      throw new ServiceError('CENR_SSID_CONFLICT', { detail: `${error.message}. Nothing was done.` });
    return refused(error);
  });
}

/** The retirements within reach: of whom the number that stands for it now is a student in scope. */
export async function retirementsOf(app: FastifyInstance, request: FastifyRequest) {
  const leas = leasOf(app, request);
  const isAll = scopeOf(request) === 'all';
  const found = [];
  for (const { retired, replacement, day, why, by, at, moved, doubles } of await app.store.ssids.retirements()) {
    const active = await app.store.ssids.activeOf(retired);
    if (!isAll && (await leas.history(active)) === undefined) continue;
    found.push({
      ...{ retired, replacement, active, day, why, by, at },
      ...(moved !== undefined && { moved }),
      ...(doubles && { doubles: await shownDoubles(app.store, doubles, scopeOf(request)) }),
    });
  }
  return found;
}

const MOST_UNDONE = 100;

/** The retirements that were undone within reach, latest first: of whom the number that was retired is in scope. */
export async function undoneOf(app: FastifyInstance, request: FastifyRequest) {
  const leas = leasOf(app, request);
  const isAll = scopeOf(request) === 'all';
  const found = [];
  for (const { retired, replacement, undone } of await app.store.ssids.undone()) {
    if (found.length === MOST_UNDONE) break;
    const { why, by, at } = undone;
    if (isAll || (await leas.history(retired)) !== undefined) found.push({ retired, replacement, why, by, at });
  }
  return found;
}
