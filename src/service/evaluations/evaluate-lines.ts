/**
 * Evaluations as a stream: a line with the request, then a line for each student; a line out for each, then one with
 * count and checksum. Works on what has arrived and waits for the reader, so memory does not grow with the number of
 * students; and answers what has arrived without waiting for more, so that a caller may send one student and wait for
 * its rows.
 */

import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { escapePointer } from '#base/json';
import { type MadeItem, problemDetails, ServiceError } from '../http/errors.ts';
import { shown, unknownKey } from '../http/validate.ts';
import { VERSION_KEYS } from '../schemas/version-keys.ts';
import type { EvaluationHead, EvaluationSession } from './evaluate.ts';
import type { AnsweredLines, LineThreads } from './line-threads.ts';

export interface LineLimits {
  readonly lineBytes: number;
  readonly totalBytes: number;
}

export interface LinesOptions {
  /** Understands the first line, or throws a ServiceError. */
  readonly begin: (head: EvaluationHead) => EvaluationSession;
  readonly limits: LineLimits;
  /** Told how many students each piece of the answer is about. */
  readonly onEvaluated?: (students: number) => void;
  /** A function is asked once the first line is understood. */
  readonly threads?: LineThreads | (() => LineThreads | undefined) | undefined;
  /** Evaluates one student otherwise than the session does; threads are then not used. */
  readonly evaluate?: ((session: EvaluationSession, records: unknown) => Promise<unknown>) | undefined;
}

const HEAD_KEYS = ['request', 'runDate', 'columns', ...VERSION_KEYS];
const STUDENT_KEYS = ['records'];
const LINE_FEED = 10;
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
  { begin, limits, onEvaluated = () => {}, threads, evaluate }: LinesOptions,
): Promise<AsyncGenerator<Uint8Array>> {
  const pieces = wholeLines(source, limits);
  try {
    const first = await pieces.next();
    if (first.done)
      throw new ServiceError('CENR_REQUEST_INVALID', {
        errors: [{ pointer: '', message: 'the body is empty; expected {"request": …} as the first line' }],
      });
    if (first.value instanceof ServiceError) throw first.value;
    const end = first.value.indexOf(LINE_FEED);
    const session = begin(withKeys(parsed(first.value.toString('utf8', 0, end < 0 ? undefined : end)), HEAD_KEYS));
    const rest = end < 0 ? Buffer.alloc(0) : first.value.subarray(end + 1);
    const answer =
      evaluate && ((piece: Uint8Array) => answerLinesLater(piece, (records) => evaluate(session, records)));
    const lent = typeof threads === 'function' ? threads() : threads;
    return answers(session, rest, pieces, onEvaluated, answer ? undefined : lent, answer);
  } catch (error) {
    // The rest of the body is not read, and the connection is of no more use.
    throw error instanceof ServiceError ? error.with({ connection: 'close' }) : error;
  }
}

async function* answers(
  session: EvaluationSession,
  first: Buffer,
  pieces: AsyncGenerator<Buffer | ServiceError>,
  onEvaluated: (students: number) => void,
  threads: LineThreads | undefined,
  answerHere: (piece: Uint8Array) => AnsweredLines | Promise<AnsweredLines> = (piece) => answerLines(session, piece),
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  const { request, runDate, columns } = session;
  let here = 0;
  let count = 0;
  const answer = async (piece: Buffer | ServiceError): Promise<AnsweredLines | ServiceError> => {
    if (piece instanceof ServiceError) return piece;
    here += piece.length;
    return threads && here > FEW_BYTES
      ? threads.answer({ request, runDate, columns }, new Uint8Array(piece))
      : answerHere(piece);
  };
  const all = (async function* () {
    if (first.length > 0) yield first;
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

/**
 * Answers whole lines, a student each; blank ones are skipped.
 * @param lines UTF-8
 */
export function answerLines(session: EvaluationSession, lines: Uint8Array): AnsweredLines {
  let text = '';
  let count = 0;
  for (const line of studentLines(lines)) {
    text += `${answerTo(session, line)}\n`;
    count++;
  }
  return { count, bytes: Buffer.from(text) };
}

/** The same where an answer takes time. */
async function answerLinesLater(
  lines: Uint8Array,
  evaluate: (records: unknown) => Promise<unknown>,
): Promise<AnsweredLines> {
  const answered: string[] = [];
  for (const line of studentLines(lines)) answered.push(`${JSON.stringify(await evaluateLine(line, evaluate))}\n`);
  return { count: answered.length, bytes: Buffer.from(answered.join('')) };
}

const studentLines = (lines: Uint8Array): string[] =>
  Buffer.from(lines.buffer, lines.byteOffset, lines.length)
    .toString('utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');

async function evaluateLine(line: string, evaluate: (records: unknown) => Promise<unknown>): Promise<unknown> {
  try {
    return await evaluate(withKeys(parsed(line), STUDENT_KEYS)['records']);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { error: problemDetails(error) };
  }
}

/**
 * Reads ahead while nobody is ready for more, and hands over all there is at once: to hand something to a thread costs
 * the same for few lines and for many. Nothing waits for more to come.
 */
async function* gathered(pieces: AsyncGenerator<Buffer | ServiceError>): AsyncGenerator<Buffer | ServiceError> {
  let pieceBytes = 0;
  let waiting: Buffer[] = [];
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
      pieceBytes += piece.length;
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
    if (waiting.length > 0) {
      const all = Buffer.concat(waiting);
      waiting = [];
      pieceBytes = 0;
      taken.resolve();
      taken = Promise.withResolvers();
      if (!last) arrived = Promise.withResolvers();
      yield all;
    } else if (last) {
      if (last.refusal) yield last.refusal;
      if ('failure' in last) throw last.failure;
      return;
    } else arrived = Promise.withResolvers();
  }
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

function answerTo(session: EvaluationSession, line: string): string {
  try {
    return JSON.stringify(session.evaluate(withKeys(parsed(line), STUDENT_KEYS)['records']));
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return JSON.stringify({ error: problemDetails(error) });
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

/** Whole lines as they arrive, as many at a time as there are; a limit that is passed is the last of it. */
async function* wholeLines(
  source: Readable,
  { lineBytes, totalBytes }: LineLimits,
): AsyncGenerator<Buffer | ServiceError> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  let total = 0;
  const tooLarge = (most: number, what: string) =>
    new ServiceError('CENR_BODY_TOO_LARGE', { detail: `${what} may have at most ${most} bytes.` });
  // Destroying a request destroys the connection, on which the refusal is still to be sent.
  for await (const chunk of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    total += chunk.length;
    if (total > totalBytes) return void (yield tooLarge(totalBytes, 'A stream of evaluations'));
    const end = chunk.lastIndexOf(LINE_FEED) + 1;
    restBytes += end === 0 ? chunk.length : 0;
    if (restBytes > lineBytes) return void (yield tooLarge(lineBytes, 'A line'));
    if (end === 0) {
      rest.push(chunk);
      continue;
    }
    const whole = rest.length === 0 ? chunk.subarray(0, end) : Buffer.concat([...rest, chunk.subarray(0, end)]);
    const behind = chunk.subarray(end);
    rest = behind.length === 0 ? [] : [behind];
    restBytes = behind.length;
    yield whole;
  }
  if (restBytes > 0) yield Buffer.concat(rest);
}
