/** Numbers for students without one: those that were chosen among the candidates, and new ones. */
import { grouped } from '#base/text';
import { UserError } from '#base/user-error';
import { matchParameters } from '#identity/parameters';
import { type Choice, NEW } from '#identity/response';
import { drawnNumber } from '#identity/who';
import type { LEAScope } from '#records/scope';
import type { Assigned, NumberRequest, SSIDEntry } from '#store/ssids';
import type { SSIDRequest } from './match-requests.ts';
import { matchStudents } from './match-students.ts';
import { type RetireOptions, uploadWithoutFiles } from './retire-ssids.ts';
import { joinWaiting, numberRequest, waitingRecords } from './waiting-records.ts';

/** They are held in memory, some kilobytes each. */
export const MOST_REQUESTS = 200_000;

/** The upload that its `id` names is made when records that wait join their students. */
export interface AssignOptions extends RetireOptions {
  readonly storeDir: string;
  /** Whose waiting records join. */
  readonly scope: LEAScope;
  readonly requests: AsyncIterable<SSIDRequest>;
  /** By request line; without them every request gets a new number. */
  readonly choices?: ReadonlyMap<string, Choice> | undefined;
  /** What a request is called in choices. */
  readonly lineOf: (request: SSIDRequest) => string;
  readonly entry: SSIDEntry;
  /** A random whole number from 0, below the one that is given. */
  readonly randomBelow: (most: number) => number;
}

/** How a request got its number. `waiting`: the response says nothing of it, and it has none. */
export type Origin = 'new' | 'chosen' | 'before' | 'waiting';

export interface AssignedRequest {
  readonly request: SSIDRequest;
  /** `''` for one that waits. */
  readonly ssid: string;
  readonly origin: Origin;
}

export interface AssignedRequests {
  readonly assigned: readonly AssignedRequest[];
  /** Records that waited for an SSID and joined their students. */
  readonly joined: number;
}

/**
 * Assigns numbers, all of them or none. Whoever asked before gets the number of then. Records that wait for an SSID in
 * the store join the histories of their students.
 * @throws UserError for a choice of a line that is no request, of a retired number, and of one that is no candidate
 */
export async function assignSSIDs(options: AssignOptions): Promise<AssignedRequests> {
  const { choices, lineOf } = options;
  const requests: SSIDRequest[] = [];
  for await (const request of options.requests) {
    if (requests.length === MOST_REQUESTS)
      throw new UserError(
        `the files hold more than ${grouped(MOST_REQUESTS)} requests; numbers are assigned to all of them or none, so give them in several files, one after the other. Nothing was done`,
      );
    requests.push(request);
  }
  const choiceOf = choicesByPerson(requests, choices, lineOf);
  await refuseOthers(options, requests, choiceOf);
  const asked = requests.flatMap((request): (readonly [SSIDRequest, NumberRequest])[] => {
    const chosen = choices === undefined ? NEW : choiceOf.get(personKey(request))?.chosen;
    if (chosen === undefined) return [];
    return [[request, { ...numberRequest(request), ...(chosen !== NEW && { chosen }) }]];
  });
  const { given, joined } = await assign(
    asked.map(([, number]) => number),
    options,
  );
  const assigned = new Map(
    asked.map(([request, { chosen }], i): [SSIDRequest, AssignedRequest] => {
      const { ssid, isNew } = given[i] as (typeof given)[number];
      return [request, { request, ssid, origin: isNew ? 'new' : chosen === ssid ? 'chosen' : 'before' }];
    }),
  );
  return {
    assigned: requests.map((request) => assigned.get(request) ?? { request, ssid: '', origin: 'waiting' }),
    joined,
  };
}

/** In one upload with the records that wait, where there are any of these students. */
async function assign(
  asked: readonly NumberRequest[],
  options: AssignOptions,
): Promise<{ readonly given: readonly Assigned[]; readonly joined: number }> {
  const { store, rulebook, scope, entry, randomBelow } = options;
  const { newSSIDsBeginWith } = matchParameters(rulebook);
  const draw = (): string => drawnNumber(newSSIDsBeginWith, randomBelow);
  const waiting = new Set((await waitingRecords(store, rulebook, scope)).map((one) => keyOf(numberRequest(one))));
  if (!asked.some((one) => waiting.has(keyOf(one))))
    return { given: await store.ssids.assign(asked, draw, entry), joined: 0 };
  let done: { readonly given: readonly Assigned[]; readonly joined: number } | undefined;
  await uploadWithoutFiles(options, entry.at, (writer) => {
    const given = writer.ssids.assign(asked, draw, entry);
    done = { given, joined: joinWaiting(writer, rulebook, scope) };
  });
  return done as NonNullable<typeof done>;
}

const keyOf = ({ lea, localID, who }: NumberRequest): string => `${lea}\n${localID}\n${who}`;
const personKey = (request: SSIDRequest): string => keyOf(numberRequest(request));

/** Several lines may be about one student: a choice for one of them is one for all. */
function choicesByPerson(
  requests: readonly SSIDRequest[],
  choices: ReadonlyMap<string, Choice> = new Map(),
  lineOf: (request: SSIDRequest) => string,
): ReadonlyMap<string, Choice> {
  const byPerson = new Map<string, Choice>();
  const left = new Map(choices);
  for (const request of requests) {
    const line = lineOf(request);
    const choice = choices.get(line);
    if (!choice) continue;
    left.delete(line);
    const known = byPerson.get(personKey(request));
    if (known && known.chosen !== choice.chosen)
      throw new UserError(
        `${choice.place}: request line ${line} is about the same student as ${known.place}, which has another choice. Nothing was done`,
      );
    byPerson.set(personKey(request), choice);
  }
  const [unknown] = left;
  if (unknown)
    throw new UserError(
      `${unknown[1].place}: there is no request on line ${unknown[0]}; give the line of a request as the match names it. Nothing was done`,
    );
  return byPerson;
}

/** A number that was chosen must be a candidate: whoever mistypes one would give a student the history of another. */
async function refuseOthers(
  { store, storeDir, rulebook, lineOf }: AssignOptions,
  requests: readonly SSIDRequest[],
  choiceOf: ReadonlyMap<string, Choice>,
): Promise<void> {
  const replacements = await store.ssids.replacements();
  const chosen = requests.filter((request) => (choiceOf.get(personKey(request))?.chosen ?? NEW) !== NEW);
  for (const request of chosen) {
    const { chosen: ssid, place } = choiceOf.get(personKey(request)) as Choice;
    const active = replacements.get(ssid);
    if (active !== undefined)
      throw new UserError(`${place}: ${ssid} is retired; choose ${active}, which stands for it. Nothing was done`);
  }
  if (chosen.length === 0) return;
  for await (const [request, candidates] of matchStudents(each(chosen), {
    ...{ storeDir, rulebook, replacements, scope: 'all' as const },
  })) {
    const { chosen: ssid, place } = choiceOf.get(personKey(request)) as Choice;
    if (!candidates.some((candidate) => candidate.ssid === ssid))
      throw new UserError(
        `${place}: ${ssid} is no candidate of request line ${lineOf(request)}; choose one that the match lists, or ${NEW}. Nothing was done`,
      );
  }
}

async function* each<T>(list: readonly T[]): AsyncGenerator<T> {
  yield* list;
}
