/**
 * Evaluations as a stream: a line with the request, then a line for each student; a line out for each, then one with
 * count and checksum. Works on what has arrived and waits for the reader, so memory does not grow with the number of
 * students; and answers what has arrived without waiting for more, so that a caller may send one student and wait for
 * its rows.
 */

import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { escapePointer } from '#base/json';
import type { Encoding } from '#intake/lines';
import { type MadeItem, problemDetails, ServiceError } from '../http/errors.ts';
import { plainBytes } from '../http/incoming-bytes.ts';
import { shown, unknownKey } from '../http/validate.ts';
import { type LineLimits, type Piece, TOO_LONG, tooLarge, wholeLines } from '../http/whole-lines.ts';
import { VERSION_KEYS } from '../schemas/version-keys.ts';
import type { EvaluationHead, EvaluationSession } from './evaluate.ts';
import { type AnsweredLines, type LineThreads, type NumberedLines, ownBytes } from './line-threads.ts';

export interface LinesOptions {
  /** UTF-8 when absent. */
  readonly encoding?: Encoding | undefined;
  /** Understands the first line, or throws a ServiceError. */
  readonly begin: (head: EvaluationHead) => Promise<EvaluationSession>;
  readonly limits: LineLimits;
  /** Told how many students each piece of the answer is about. */
  readonly onEvaluated?: (students: number) => void;
  /** A function is asked once the first line is understood. */
  readonly threads?: LineThreads | (() => LineThreads | undefined) | undefined;
  /** Evaluates one student otherwise than the session does; threads are then not used. */
  readonly evaluate?: ((session: EvaluationSession, records: unknown) => Promise<unknown>) | undefined;
}

const HEAD_KEYS = ['request', 'runDate', 'columns', ...VERSION_KEYS, 'replacements'];
const STUDENT_KEYS = ['id', 'records'];
const LINE_FEED = 10;
const LONGEST_ID = 200;
/** So much of a stream is answered where it arrives: it takes milliseconds, and starting threads takes longer. */
const FEW_BYTES = 1 << 18;
/** The most that is read ahead. */
const GATHERED_BYTES = 1 << 19;

/**
 * Reads the first line, and gives the answer to all others as they come.
 * @returns the bytes of the answer. What goes wrong after the first line is part of the answer
 * @throws ServiceError for a first line that cannot be used
 */
export async function evaluateLines(
  source: Readable,
  { begin, limits, onEvaluated = () => {}, threads, evaluate, encoding }: LinesOptions,
): Promise<AsyncGenerator<Uint8Array>> {
  const pieces = wholeLines(plainBytes(source, encoding), limits);
  try {
    const first = await pieces.next();
    if (first.done)
      throw new ServiceError('CENR_REQUEST_INVALID', {
        errors: [{ pointer: '', message: 'the body is empty; expected {"request": …} as the first line' }],
      });
    if (first.value instanceof ServiceError) throw first.value;
    if (first.value === TOO_LONG) throw tooLarge(limits.lineBytes, 'A line');
    const end = first.value.indexOf(LINE_FEED);
    const session = await begin(
      withKeys(parsed(first.value.toString('utf8', 0, end < 0 ? undefined : end)), HEAD_KEYS),
    );
    const rest = end < 0 ? Buffer.alloc(0) : first.value.subarray(end + 1);
    const answer =
      evaluate && ((lines: NumberedLines) => answerLinesLater(session, lines, (records) => evaluate(session, records)));
    const lent = typeof threads === 'function' ? threads() : threads;
    const tooLong = problemDetails(tooLarge(limits.lineBytes, 'A line'));
    return answers(session, { rest, pieces, tooLong }, onEvaluated, answer ? undefined : lent, answer);
  } catch (error) {
    // The rest of the body is not read, and the connection is of no more use.
    throw error instanceof ServiceError ? error.with({ connection: 'close' }) : error;
  }
}

/** What comes behind the first line: what has arrived with it, and what is still to come. */
interface Students {
  readonly rest: Buffer;
  readonly pieces: AsyncGenerator<Piece>;
  /** Said of a line that was left out. */
  readonly tooLong: object;
}

async function* answers(
  session: EvaluationSession,
  { rest, pieces, tooLong }: Students,
  onEvaluated: (students: number) => void,
  threads: LineThreads | undefined,
  answerHere: (lines: NumberedLines) => AnsweredLines | Promise<AnsweredLines> = (lines) => answerLines(session, lines),
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  const { request, runDate, columns, replacements, onReject } = session;
  const head = { request, runDate, columns, replacements, onReject };
  let here = 0;
  let count = 0;
  let line = 2;
  // Called for piece after piece, in their order.
  const answer = async (piece: Piece): Promise<AnsweredLines | ServiceError> => {
    if (piece instanceof ServiceError) return piece;
    const first = line;
    if (piece === TOO_LONG) {
      line++;
      return { count: 1, bytes: Buffer.from(`${JSON.stringify({ line: first, error: tooLong })}\n`) };
    }
    line += lineFeeds(piece);
    here += piece.length;
    return threads && here > FEW_BYTES
      ? threads.answer(head, { lines: ownBytes(piece), first })
      : answerHere({ lines: piece, first });
  };
  const all = (async function* () {
    if (rest.length > 0) yield rest;
    yield* pieces;
  })();
  const ready = threads ? gathered(all) : all;
  for await (const answered of inOrderAndAtOnce(ready, threads ? threads.count + 1 : 1, answer)) {
    if (answered instanceof ServiceError) {
      // Without the last line the answer counts as cut, and this says why.
      yield Buffer.from(`${JSON.stringify({ error: problemDetails(answered) })}\n`);
      return;
    }
    count += answered.count;
    onEvaluated(answered.count);
    hash.update(answered.bytes);
    if (answered.bytes.length > 0) yield answered.bytes;
  }
  yield Buffer.from(`{"count":${count},"sha256":"${hash.digest('hex')}"}\n`);
}

function lineFeeds(bytes: Uint8Array): number {
  let found = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) found++;
  return found;
}

/** Answers whole lines, a student each; blank ones are skipped. */
export function answerLines(session: EvaluationSession, lines: NumberedLines): AnsweredLines {
  let text = '';
  let count = 0;
  for (const { line, number } of studentLines(lines)) {
    const student = new StudentLine(session, line, number);
    try {
      text += student.answer(session.evaluate(student.records()));
    } catch (error) {
      text += student.refusal(error);
    }
    count++;
  }
  return { count, bytes: Buffer.from(text) };
}

/** The same where an answer takes time. */
async function answerLinesLater(
  session: EvaluationSession,
  lines: NumberedLines,
  evaluate: (records: unknown) => Promise<unknown>,
): Promise<AnsweredLines> {
  const answered: string[] = [];
  for (const { line, number } of studentLines(lines)) {
    const student = new StudentLine(session, line, number);
    try {
      answered.push(student.answer(await evaluate(student.records())));
    } catch (error) {
      answered.push(student.refusal(error));
    }
  }
  return { count: answered.length, bytes: Buffer.from(answered.join('')) };
}

function studentLines({ lines, first }: NumberedLines): { readonly line: string; readonly number: number }[] {
  const all = Buffer.from(lines.buffer, lines.byteOffset, lines.length).toString('utf8').split('\n');
  return all.map((line, i) => ({ line, number: first + i })).filter(({ line }) => line.trim() !== '');
}

/** A line with the records of a student, and its line in the answer: of a refusal whatever tells it from the others. */
class StudentLine {
  readonly #session: EvaluationSession;
  readonly #text: string;
  readonly #number: number;
  #id: { readonly id?: string | number } = {};
  #records: unknown;

  constructor(session: EvaluationSession, text: string, number: number) {
    this.#session = session;
    this.#text = text;
    this.#number = number;
  }

  /** @throws ServiceError for a line that is no student's */
  records(): unknown {
    const value = parsed(this.#text);
    const { id } = (value ?? {}) as { readonly id?: unknown };
    const isId = typeof id === 'number' || (typeof id === 'string' && id.length <= LONGEST_ID);
    if (isId) this.#id = { id };
    const { records } = withKeys(value, STUDENT_KEYS);
    this.#records = records;
    if (id === undefined || isId) return records;
    const message = `found ${shown(id)}, expected a text of at most ${LONGEST_ID} characters, or a number`;
    throw new ServiceError('CENR_REQUEST_INVALID', { errors: [{ pointer: '/id', message }] });
  }

  answer(evaluated: unknown): string {
    return `${JSON.stringify({ ...this.#id, ...(evaluated as object) })}\n`;
  }

  refusal(error: unknown): string {
    if (!(error instanceof ServiceError)) throw error;
    const ssid = this.#session.ssidIn(this.#records);
    return `${JSON.stringify({ line: this.#number, ...this.#id, ...(ssid && { ssid }), error: problemDetails(error) })}\n`;
  }
}

/**
 * Reads ahead while nobody is ready for more, and hands over all there is at once: to hand something to a thread costs
 * the same for few lines and for many. Nothing waits for more to come.
 */
async function* gathered(pieces: AsyncGenerator<Piece>): AsyncGenerator<Piece> {
  let pieceBytes = 0;
  const waiting: (Buffer | typeof TOO_LONG)[] = [];
  let last: { readonly failure?: unknown; readonly refusal?: ServiceError } | undefined;
  let arrived = Promise.withResolvers<void>();
  let taken = Promise.withResolvers<void>();
  (async () => {
    for await (const piece of pieces) {
      if (piece instanceof ServiceError) {
        last = { refusal: piece };
        return;
      }
      waiting.push(piece);
      pieceBytes += piece === TOO_LONG ? 0 : piece.length;
      arrived.resolve();
      if (pieceBytes >= GATHERED_BYTES) await taken.promise;
    }
    last = {};
  })()
    .catch((failure: unknown) => {
      last = { failure };
    })
    .finally(() => arrived.resolve());

  for (;;) {
    await arrived.promise;
    const next = firstOf(waiting);
    if (next !== undefined) {
      pieceBytes -= next === TOO_LONG ? 0 : next.length;
      taken.resolve();
      taken = Promise.withResolvers();
      if (!last && waiting.length === 0) arrived = Promise.withResolvers();
      yield next;
    } else if (last) {
      if (last.refusal) yield last.refusal;
      if ('failure' in last) throw last.failure;
      return;
    } else arrived = Promise.withResolvers();
  }
}

/** Takes all lines up to one that was left out, or that one. */
function firstOf(waiting: (Buffer | typeof TOO_LONG)[]): Buffer | typeof TOO_LONG | undefined {
  const at = waiting.indexOf(TOO_LONG);
  if (at === 0) return waiting.shift();
  const lines = waiting.splice(0, at < 0 ? waiting.length : at) as Buffer[];
  return lines.length === 0 ? undefined : Buffer.concat(lines);
}

/** Has at most `ahead` pieces worked on at a time, and gives each result as soon as all before it were given. */
async function* inOrderAndAtOnce<T, R>(
  tasks: AsyncGenerator<T>,
  ahead: number,
  start: (task: T) => Promise<R>,
): AsyncGenerator<R> {
  const underWay: Promise<R>[] = [];
  const take = (): Promise<IteratorResult<T>> => {
    const next = tasks.next();
    // It may fail while nobody is waiting for it; whoever waits later is told.
    next.catch(() => {});
    return next;
  };
  let next = take();
  let ended = false;
  for (;;) {
    const [oldest] = underWay;
    if (
      !ended &&
      underWay.length < ahead &&
      (!oldest || (await Promise.race([next.then(() => true), oldest.then(() => false)])))
    ) {
      const { done, value } = await next;
      ended = done === true;
      if (ended) continue;
      const started = start(value as T);
      started.catch(() => {});
      underWay.push(started);
      next = take();
    } else if (oldest) {
      underWay.shift();
      yield await oldest;
    } else return;
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new ServiceError('CENR_JSON_INVALID', { detail: 'The line is not a complete JSON value.' });
  }
}

/** An object with no other keys than these. */
export function withKeys(value: unknown, keys: readonly string[]): Readonly<Record<string, unknown>> {
  const invalid = (errors: readonly MadeItem[]) => new ServiceError('CENR_REQUEST_INVALID', { errors });
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid([{ pointer: '', message: `found ${shown(value)}, expected an object` }]);
  const unknown = Object.keys(value).filter((key) => !keys.includes(key));
  if (unknown.length > 0)
    throw invalid(unknown.map((key) => () => ({ pointer: `/${escapePointer(key)}`, message: unknownKey(key, keys) })));
  return value as Record<string, unknown>;
}
