/** Numbers for the requests of a match, and the upload that brings their records in. */
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Choice } from '#identity/response';
import { type AssignedRequest, type AssignedRequests, assignSSIDs } from '#pipeline/assign-ssids';
import type { Rulebook } from '#rulebook/load/assemble';
import type { MatchingJob } from '#store/matching-job';
import type { Caller } from '#store/store';
import { placeOf } from '../config.ts';
import { keepJson } from '../extracts/kept-json.ts';
import { turns } from '../http/turns.ts';
import type { AssignedShown } from '../schemas/matching.ts';
import { assignedIn } from './match-answers.ts';
import { assignedAt, requestsIn } from './match-work.ts';

const SSID = 'ssid';
const MOST_WAITING = 100;
const LINES_AT_ONCE = 1_000;

/** Whoever changes numbers of a service does so one after the other. */
const TURNS = new WeakMap<FastifyInstance, ReturnType<typeof turns>>();

export function inTurn<T>(app: FastifyInstance, key: Caller | undefined, act: () => Promise<T>): Promise<T> {
  const take = TURNS.get(app) ?? turns(MOST_WAITING);
  TURNS.set(app, take);
  return take(key?.id ?? '', act);
}

const RANDOM_BYTES = 8;

/** Whole numbers that nobody can guess. */
export const randomBelow =
  ({ random }: Pick<FastifyInstance, 'random'>) =>
  (most: number): number =>
    Number(Buffer.from(random(RANDOM_BYTES)).readBigUInt64BE() % BigInt(most));

const shownAssigned = ({ request, ssid, origin }: AssignedRequest): AssignedShown => ({
  ...{ line: String(request.line), localStudentID: request.enrollment.localID, ssid, origin },
});

/**
 * Assigns numbers to requests of a match, all that choices name or none, and keeps with the match who has one.
 * @throws UserError as `assignSSIDs`
 */
export async function assignIn(
  app: FastifyInstance,
  { job, folder }: { readonly job: MatchingJob; readonly folder: string },
  choices: ReadonlyMap<string, Choice>,
  key: Caller | undefined,
): Promise<{ readonly shown: readonly AssignedShown[] } & AssignedRequests> {
  const { rulebook } = await app.rules.current();
  const id = app.newId('upload');
  const { assigned, joined } = await assignSSIDs({
    ...{ store: app.store, storeDir: placeOf(app.config), rulebook, choices, randomBelow: randomBelow(app) },
    ...{ id, loadDay: app.today(), scope: job.reportingLEAs },
    requests: requestsIn(job, folder, rulebook, app.today()),
    lineOf: ({ line }) => String(line),
    entry: { at: app.clock().toISOString(), by: key?.name ?? '' },
  });
  const shown = assigned.map(shownAssigned);
  const known = await assignedIn(folder);
  const now = shown
    .filter(({ line, ssid }) => ssid !== '' && ssid !== known[line]?.ssid)
    .map((one) => [one.line, one] as const);
  if (now.length > 0) await keepJson(assignedAt(folder, id), Object.fromEntries(now));
  return { assigned, shown, joined };
}

/** Where the SSID stands in a line of an enrollment. */
export const ssidPlace = ({ schemas: { layouts, output } }: Rulebook): number =>
  layouts
    .find(({ recordType }) => recordType === output.copiesFrom)
    ?.columns.findIndex(({ key }) => key === SSID) as number;

/**
 * Loads the records of those who have a number now, as an upload of whoever asked for the match.
 * @returns its id; `undefined` when there is none
 */
export async function loadAssigned(
  app: FastifyInstance,
  { file, sender, reportingLEAs }: MatchingJob,
  assigned: readonly AssignedRequest[],
  keyId: string,
): Promise<string | undefined> {
  const withNumber = assigned.filter(({ ssid }) => ssid !== '');
  if (withNumber.length === 0) return undefined;
  const place = ssidPlace((await app.rules.current()).rulebook);
  const lines = function* () {
    for (let from = 0; from < withNumber.length; from += LINES_AT_ONCE)
      yield withNumber
        .slice(from, from + LINES_AT_ONCE)
        .map(({ request, ssid }) => `${request.text.split('^').with(place, ssid).join('^')}\r\n`)
        .join('');
  };
  const { id, folder } = await app.uploads.begin(keyId);
  let isKept = false;
  try {
    await folder.add(file.replace(/\.gz$/, ''), Readable.from(lines(), { objectMode: false }));
    const [at] = folder.places();
    await app.jobs.upload.made(
      {
        ...{ id, status: 'Pending', progress: 0, sender, reportingLEAs, encoding: 'utf-8' },
        ...{ requestedAt: app.clock().toISOString(), files: [{ name: file, at: at as string }] },
      },
      keyId,
      undefined,
    );
    isKept = true;
    return id;
  } finally {
    if (!isKept) await folder.remove();
  }
}
