/**
 * The access log searched, newest entries first: one answer reads so many bytes or takes so long, whatever it finds, and
 * says what it has read.
 */
import type { FastifyInstance } from 'fastify';
import { actionOf, doneWords, eventWords } from '#audit/access-log/actions';
import { type Access, type Entry, NAMED } from '#audit/access-log/chain';
import { OWN_CHAIN } from '#audit/access-log/chains';
import {
  type ChainLineBack,
  chainLinesBack,
  cursorsText,
  type LogCursors,
  readCursors,
  UnknownCursorError,
} from '#audit/access-log/search';
import { dayIn } from '#base/today';
import type { LEAScope } from '#records/scope';
import type { Caller } from '#store/store';
import { ServiceError } from '../http/errors.ts';
import type { AccessLogAnswer, AccessLogQuestion, FoundAccess } from '../schemas/access-log.ts';
import { dayOf, unknownCursor } from '../schemas/page.ts';
import { numbersOf, studentSought } from './student-sought.ts';
import { callersOf, isStudentInReach, visibleTo } from './visible.ts';

/** Read for one answer, at most: some 150,000 entries, which take a second. */
const MOST_BYTES = 1 << 26;
/** Whether an answer held a student may have to be worked out again; no more is begun after so long. */
const MOST_MS = 3_000;

/** What is said of an entry that is about what is sought; `undefined` for every other. */
type Judge = (entry: Entry) => Promise<Pick<FoundAccess, 'held'> | undefined>;

/**
 * @param scope LEAs of whoever asks
 * @param mostBytes read for this answer; tests give fewer
 * @throws ServiceError CENR_NOT_FOUND for a student out of reach, CENR_REQUEST_INVALID for a place that no answer named
 */
export async function searchLog(
  app: FastifyInstance,
  question: AccessLogQuestion,
  scope: LEAScope,
  mostBytes = MOST_BYTES,
): Promise<AccessLogAnswer> {
  const { store, config } = app;
  const { limit = 50, after, ssid } = question;
  if (ssid !== undefined && scope !== 'all' && !(await isStudentInReach(store, scope, ssid)))
    throw new ServiceError('CENR_NOT_FOUND', {
      detail: 'The store has no student with this SSID that this key may see.',
    });
  const callers = await callersOf(store);
  const days = daysOf(app, question);
  const numbers = ssid === undefined ? undefined : await numbersOf(store, ssid, scope);
  const isMeant = await judgeOf(app, { ...question, numbers }, scope, callers);
  const entries: FoundAccess[] = [];
  const read = new Reading();
  const until = performance.now() + MOST_MS;
  let next: LogCursors | undefined;
  try {
    for await (const line of chainLinesBack(config.storeDir, after === undefined ? undefined : readCursors(after))) {
      const { entry, chain } = line;
      const day = entry && days.of(entry);
      if (day === 'before') {
        next = undefined;
        break;
      }
      read.add(line);
      const meant = entry && day === 'within' ? await isMeant(entry) : undefined;
      if (entry && meant) entries.push({ ...shown(entry, chain, callers), ...meant });
      next = line.next;
      if (entries.length === limit || read.bytes >= mostBytes || performance.now() > until) break;
      next = undefined;
    }
  } catch (error) {
    throw error instanceof UnknownCursorError ? unknownCursor() : error;
  }
  return {
    entries,
    ...(numbers && { numbers: [...numbers] }),
    searched: read.told(next, days.hasBeginning),
    ...(next && { next: cursorsText(next) }),
  };
}

/** What was read of one chain for an answer. */
class ChainReading {
  entries = 0;
  unreadable = 0;
  newest: Entry | undefined;
  oldest: Entry | undefined;
  #missing = 0;

  add({ entry }: ChainLineBack): void {
    if (!entry) {
      this.unreadable++;
      return;
    }
    this.entries++;
    this.newest ??= entry;
    // A line that cannot be read stands in the place of an entry.
    if (this.oldest) this.#missing += Math.max(0, this.oldest.number - entry.number - 1);
    this.oldest = entry;
  }

  get missing(): number {
    return Math.max(0, this.#missing - this.unreadable);
  }

  get before(): number {
    return this.oldest ? Math.max(0, this.oldest.number - 1) : 0;
  }
}

/** What was read for an answer. */
class Reading {
  bytes = 0;
  readonly #chains = new Map<string, ChainReading>();
  #oldestAt: string | undefined;

  add(line: ChainLineBack): void {
    this.bytes += line.bytes;
    const chain = this.#chains.get(line.chain) ?? new ChainReading();
    this.#chains.set(line.chain, chain);
    chain.add(line);
    this.#oldestAt = line.entry?.time ?? this.#oldestAt;
  }

  /**
   * @param next where reading goes on
   * @param isByDay whether it ends at a day, and not where the log begins
   */
  told(next: LogCursors | undefined, isByDay: boolean): AccessLogAnswer['searched'] {
    const chains = [...this.#chains];
    const sum = (of: (chain: ChainReading, name: string) => number): number =>
      chains.reduce((all, [name, chain]) => all + of(chain, name), 0);
    const ends = ({ newest, oldest }: ChainReading) => ({
      ...(newest && { newest: newest.number }),
      ...(oldest && { oldest: oldest.number }),
    });
    const [only] = chains;
    return {
      entries: sum(({ entries }) => entries),
      ...(chains.length === 1 && only?.[0] === OWN_CHAIN
        ? ends(only[1])
        : chains.length > 0 && {
            chains: chains.map(([name, chain]) => ({ ...(name !== OWN_CHAIN && { chain: name }), ...ends(chain) })),
          }),
      ...(this.#oldestAt !== undefined && { oldestAt: this.#oldestAt }),
      unreadable: sum(({ unreadable }) => unreadable),
      missing: sum(({ missing }) => missing),
      // Of chains that were read to their beginning.
      before: isByDay ? 0 : sum(({ before }, name) => (next?.has(name) ? 0 : before)),
      isAll: next === undefined,
    };
  }
}

/** Clocks are put right now and then: by so much, an entry may stand behind one of a later day. */
const SLACK_MS = 86_400_000;

/** Which days are meant, by the time zone of the students. */
function daysOf({ config }: FastifyInstance, question: AccessLogQuestion) {
  const [from, through] = [dayOf(question.from), dayOf(question.through)];
  const day = dayIn(config.timeZone);
  return {
    hasBeginning: from !== undefined,
    /** `before`: this one and all before it come before the days that are meant. */
    of({ time }: Entry): 'within' | 'outside' | 'before' {
      if (from === undefined && through === undefined) return 'within';
      const moment = new Date(time);
      // In a log that is not whole anything may stand in place of a time.
      if (Number.isNaN(moment.getTime())) return 'outside';
      if (from !== undefined && day(new Date(moment.getTime() + SLACK_MS)) < from) return 'before';
      const on = day(moment);
      return (from === undefined || on >= from) && (through === undefined || on <= through) ? 'within' : 'outside';
    },
  };
}

async function judgeOf(
  app: FastifyInstance,
  { numbers, who, purpose, action }: AccessLogQuestion & { readonly numbers: readonly string[] | undefined },
  scope: LEAScope,
  callers: ReadonlyMap<string, Caller>,
): Promise<Judge> {
  const { store, config, rules } = app;
  const isVisible = visibleTo(store, scope, callers);
  const sought =
    numbers && (await studentSought(store, config.storeDir, numbers, async (hash) => (await rules.by(hash))?.rulebook));
  const has = (text: string | undefined, part: string): boolean =>
    (text ?? '').toLowerCase().includes(part.toLowerCase());
  const isBy = ({ keyId }: Access, asked: string): boolean =>
    keyId !== undefined && (keyId === asked || has(callers.get(keyId)?.name, asked));
  return async (entry) => {
    const isFiltered = [numbers, who, purpose, action].some((each) => each !== undefined);
    if ('event' in entry) return !isFiltered && (await isVisible(entry)) ? {} : undefined;
    if (who !== undefined && !isBy(entry, who)) return undefined;
    if (purpose !== undefined && !has(entry.purpose, purpose)) return undefined;
    if (action !== undefined && actionOf(entry) !== action) return undefined;
    if (!sought) return (await isVisible(entry)) ? {} : undefined;
    // The student is within reach: who saw them is no matter of LEAs.
    if (entry.ssid !== undefined && numbers?.includes(entry.ssid)) return { held: 'named' };
    const held = await sought(entry);
    return held === 'no' ? undefined : { held };
  };
}

function shown(entry: Entry, chain: string, callers: ReadonlyMap<string, Caller>): FoundAccess {
  const { number, time } = entry;
  const place = { ...(chain !== OWN_CHAIN && { chain }), number, time };
  if ('event' in entry) return { ...place, event: eventWords(entry), named: {} };
  const { keyId, role = '', status, refusal, purpose } = entry;
  const name = keyId === undefined ? undefined : callers.get(keyId)?.name;
  return {
    ...place,
    ...(keyId !== undefined && { who: { id: keyId, role, ...(name !== undefined && { name }) } }),
    action: actionOf(entry),
    does: doneWords(entry),
    status,
    ...(refusal !== undefined && { refusal }),
    ...(purpose !== undefined && { purpose }),
    named: Object.fromEntries(
      NAMED.flatMap((what) => (what === 'purpose' || entry[what] === undefined ? [] : [[what, String(entry[what])]])),
    ),
  };
}
