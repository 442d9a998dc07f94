/** Numbers for students without one: those that were chosen among the candidates, and new ones. */
import { grouped } from '#base/text';
import { UserError } from '#base/user-error';
import { matchParameters } from '#identity/parameters';
import { type Choice, NEW } from '#identity/response';
import { drawnNumber, whoOf } from '#identity/who';
import type { Rulebook } from '#rulebook/load/assemble';
import type { NumberRequest, SSIDEntry } from '#store/ssids';
import type { Store } from '#store/store';
import type { SSIDRequest } from './match-requests.ts';
import { matchStudents } from './match-students.ts';

/** They are held in memory, some kilobytes each. */
export const MOST_REQUESTS = 200_000;

export interface AssignOptions {
  readonly store: Pick<Store, 'ssids'>;
  readonly storeDir: string;
  readonly rulebook: Rulebook;
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

/**
 * Assigns numbers, all of them or none. Whoever asked before gets the number of then.
 * @throws UserError for a choice of a line that is no request, of a retired number, and of one that is no candidate
 */
export async function assignSSIDs(options: AssignOptions): Promise<readonly AssignedRequest[]> {
  const { store, choices, lineOf, entry, randomBelow } = options;
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
    return [[request, { ...keyOf(request), ...(chosen !== NEW && { chosen }) }]];
  });
  const { newSSIDsBeginWith } = matchParameters(options.rulebook);
  const draw = (): string => drawnNumber(newSSIDsBeginWith, randomBelow);
  const given = await store.ssids.assign(
    asked.map(([, number]) => number),
    draw,
    entry,
  );
  const assigned = new Map(
    asked.map(([request, { chosen }], i): [SSIDRequest, AssignedRequest] => {
      const { ssid, isNew } = given[i] as (typeof given)[number];
      return [request, { request, ssid, origin: isNew ? 'new' : chosen === ssid ? 'chosen' : 'before' }];
    }),
  );
  return requests.map((request) => assigned.get(request) ?? { request, ssid: '', origin: 'waiting' });
}

const keyOf = ({ enrollment, described }: SSIDRequest): NumberRequest => ({
  lea: enrollment.lea,
  localID: enrollment.localID,
  who: whoOf(described),
});

function personKey(request: SSIDRequest): string {
  const { lea, localID, who } = keyOf(request);
  return `${lea}\n${localID}\n${who}`;
}

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
