/**
 * Evaluations as a stream: a line with the request, then a line for each student; a line out for each, then one with count and checksum. Works on what has
 * arrived and waits for the reader, so memory does not grow with the number of students.
 */
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { type ErrorItem, problemDetails, ServiceError } from './errors.ts';
import type { EvaluationHead, EvaluationSession } from './evaluate.ts';
import { shown, unknownKey } from './validate.ts';

export interface LineLimits {
  readonly lineBytes: number;
  readonly totalBytes: number;
}

const HEAD_KEYS = ['request', 'runDate', 'columns'];
const STUDENT_KEYS = ['records'];
const LINE_FEED = 10;

/**
 * Reads the first line, and gives the answer to all others as they come.
 * @param begin understands the first line, or throws a ServiceError
 * @param onEvaluated told how many students each piece of the answer is about
 * @returns the bytes of the answer. What goes wrong after the first line is part of the answer
 * @throws ServiceError for a first line that cannot be used
 */
export async function evaluateLines(
  source: Readable,
  begin: (head: EvaluationHead) => EvaluationSession,
  limits: LineLimits,
  onEvaluated: (students: number) => void,
): Promise<AsyncGenerator<Buffer>> {
  const pieces = linesOf(source, limits);
  try {
    const first = await pieces.next();
    const [head, ...lines] = first.done ? [] : first.value;
    if (head === undefined)
      throw new ServiceError('CENR_REQUEST_INVALID', { errors: [{ pointer: '', message: 'the body is empty; its first line is {"request": …}' }] });
    const session = begin(withKeys(parsed(head), HEAD_KEYS));
    return answers(session, lines, pieces, onEvaluated);
  } catch (error) {
    // The rest of the body is not read, and the connection is of no more use.
    throw error instanceof ServiceError ? error.with({ connection: 'close' }) : error;
  }
}

async function* answers(
  session: EvaluationSession,
  first: readonly string[],
  pieces: AsyncIterable<readonly string[]>,
  onEvaluated: (students: number) => void,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let count = 0;
  const answer = (lines: readonly string[]): Buffer => {
    let text = '';
    for (const line of lines) text += `${answerTo(session, line)}\n`;
    count += lines.length;
    onEvaluated(lines.length);
    const bytes = Buffer.from(text);
    hash.update(bytes);
    return bytes;
  };
  if (first.length > 0) yield answer(first);
  try {
    for await (const lines of pieces) if (lines.length > 0) yield answer(lines);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    // Without the last line the answer counts as cut, and this says why.
    yield Buffer.from(`${JSON.stringify({ error: problemDetails(error) })}\n`);
    return;
  }
  yield Buffer.from(`{"count":${count},"sha256":"${hash.digest('hex')}"}\n`);
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
    throw new ServiceError('CENR_JSON_INVALID', { detail: 'The line is not one complete JSON value.' });
  }
}

/** An object with no other keys than these. */
export function withKeys(value: unknown, keys: readonly string[]): Readonly<Record<string, unknown>> {
  const invalid = (errors: readonly ErrorItem[]) => new ServiceError('CENR_REQUEST_INVALID', { errors });
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid([{ pointer: '', message: `found ${shown(value)}, expected an object` }]);
  const unknown = Object.keys(value).filter((key) => !keys.includes(key));
  if (unknown.length > 0) throw invalid(unknown.map((key) => ({ pointer: `/${key}`, message: unknownKey(key, keys) })));
  return value as Record<string, unknown>;
}

/** Lines as they arrive, blank ones left out, as many at a time as there are. */
async function* linesOf(source: Readable, { lineBytes, totalBytes }: LineLimits): AsyncGenerator<string[]> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  let total = 0;
  const tooLarge = (most: number, what: string) => new ServiceError('CENR_BODY_TOO_LARGE', { detail: `${what} may have ${most} bytes.` });
  // Destroying a request destroys the connection, on which the refusal is still to be sent.
  for await (const chunk of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    total += chunk.length;
    if (total > totalBytes) throw tooLarge(totalBytes, 'A stream of evaluations');
    const end = chunk.lastIndexOf(LINE_FEED) + 1;
    restBytes += end === 0 ? chunk.length : 0;
    if (restBytes > lineBytes) throw tooLarge(lineBytes, 'A line');
    if (end === 0) {
      rest.push(chunk);
      continue;
    }
    const whole = rest.length === 0 ? chunk.subarray(0, end) : Buffer.concat([...rest, chunk.subarray(0, end)]);
    const behind = chunk.subarray(end);
    rest = behind.length === 0 ? [] : [behind];
    restBytes = behind.length;
    yield split(whole);
  }
  if (restBytes > 0) yield split(Buffer.concat(rest));
}

const split = (bytes: Buffer): string[] =>
  bytes
    .toString('utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
