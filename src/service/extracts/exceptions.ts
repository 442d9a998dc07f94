/**
 * Exceptions of a finished extract: worked out when they are first asked for, student by student, and kept beside its
 * file. What is kept names records by their source and line; what a reader may see of them is settled for each answer.
 */
import { open } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { fileOutput } from '#base/output';
import { type ExceptionalRow, ExceptionFinder, type RowException } from '#explain/exceptions';
import type { ExtractRequest } from '#extract/request';
import { withDashes } from '#records/days';
import type { RecordPlace } from '#records/record';
import { EVERYBODY, type LEAScope } from '#records/scope';
import type { ExtractJob } from '#store/extract-job';
import { MOST_REJECTIONS, SnapshotGoneError, type Store } from '#store/store';
import { ServiceError } from '../http/errors.ts';
import { EXCEPTION_KINDS, type Exceptional, type ExceptionKind } from '../schemas/exception.ts';
import { rowFiles } from './extract-answers.ts';
import { isLineStart, linesFrom, rowsOf } from './extract-rows.ts';
import { keepJson, keptJson } from './kept-json.ts';
import { rejectedStudents } from './rejected-students.ts';

export type ExceptionCounts = Readonly<Record<ExceptionKind, number>>;

interface KeptRejection {
  readonly recordType: string;
  readonly upload: string;
  readonly file: string;
  readonly line: number;
  readonly code: string;
}

/** A line of the kept file. */
type Kept = ExceptionalRow | { readonly ssid: string; readonly rejected: readonly KeptRejection[] };

interface Making {
  readonly done: Promise<void>;
  rows: number;
}

/** How long the first who asks is kept waiting. */
const PATIENCE_MS = 5_000;

const MAKING = new WeakMap<Store, Map<string, Making>>();

/**
 * How many exceptions of each kind there are; those that are not worked out yet are begun with.
 * @returns how far that is, in percent, while it takes longer than anybody should wait
 * @throws ServiceError CENR_INPUTS_GONE; Error with code ENOENT when the file of the extract is gone
 */
export async function exceptionCounts(
  app: FastifyInstance,
  job: ExtractJob,
): Promise<{ readonly counts: ExceptionCounts } | { readonly progress: number }> {
  const kept = await keptCounts(app, job);
  if (kept) return { counts: kept };
  const making = makingOf(app, job);
  const enough = new AbortController();
  const late = setTimeout(PATIENCE_MS, 'late' as const, { signal: enough.signal }).catch(() => 'late' as const);
  const isLate = (await Promise.race([making.done, late])) === 'late';
  enough.abort();
  const counts = isLate ? undefined : await keptCounts(app, job);
  return counts ? { counts } : { progress: Math.min(99, Math.floor((100 * making.rows) / Math.max(1, job.rows ?? 1))) };
}

const keptCounts = (app: FastifyInstance, { id }: ExtractJob): Promise<ExceptionCounts | undefined> =>
  keptJson(app.jobs.extract.filesOf(id).exceptionCounts);

function makingOf(app: FastifyInstance, job: ExtractJob): Making {
  const all = MAKING.get(app.store) ?? new Map<string, Making>();
  MAKING.set(app.store, all);
  const known = all.get(job.id);
  if (known) return known;
  const making = { rows: 0 } as { rows: number; done: Promise<void> };
  making.done = make(app, job, (rows) => {
    making.rows += rows;
  }).finally(() => all.delete(job.id));
  // Whoever asks next begins anew, and is told.
  making.done.catch((error: Error) => app.log.warn({ extractId: job.id, reason: error.name }, 'exceptions not made'));
  all.set(job.id, making);
  return making;
}

async function make(app: FastifyInstance, job: ExtractJob, onRows: (rows: number) => void): Promise<void> {
  const { id, rulebookHash, request, runDate, reportingLEAs, snapshot } = job;
  const { rulebook } = app.explanations.by(rulebookHash);
  const files = app.jobs.extract.filesOf(id);
  const warnedBy = await warningsOf(app, snapshot as number);
  const finder = new ExceptionFinder(rulebook, request as ExtractRequest, runDate, warnedBy);
  const counts: Record<ExceptionKind, number> = { warned: 0, tie: 0, otherLEA: 0, afterWindow: 0, rejected: 0 };
  const output = await fileOutput(files.exceptions);
  try {
    for await (const batch of app.store.forLEAs(reportingLEAs).histories(EVERYBODY, { snapshot })) {
      let lines = '';
      for (const history of batch) {
        const { rows, exceptional } = finder.of(history);
        onRows(rows);
        for (const row of exceptional) {
          for (const kind of new Set(row.exceptions.map((exception) => exception.kind))) counts[kind]++;
          lines += `${JSON.stringify(row)}\n`;
        }
      }
      if (lines !== '') await output.write(lines);
    }
    for (const student of rejectedWithoutRow(app, job)) {
      counts.rejected++;
      await output.write(`${JSON.stringify(student)}\n`);
    }
    await output.finish();
  } catch (error) {
    await output.abandon();
    if (error instanceof SnapshotGoneError) throw new ServiceError('CENR_INPUTS_GONE', { detail: error.message });
    throw error;
  }
  await keepJson(files.exceptionCounts, counts);
}

/** Students without a row, of whom records were rejected in uploads that the LEAs of the extract sent. */
function* rejectedWithoutRow(app: FastifyInstance, job: ExtractJob): Generator<Kept> {
  const files = rowFiles(app, job);
  const seen = app.store.forLEAs(job.reportingLEAs);
  for (const ssid of rejectedStudents(seen, job.snapshot)) {
    if (rowsOf(files, ssid).length > 0) continue;
    const rejected = seen.rejections(ssid, MOST_REJECTIONS, job.snapshot).map(({ upload, problem }) => {
      const { recordType, file, line, code } = problem;
      return { recordType, upload, file, line, code };
    });
    yield { ssid, rejected };
  }
}

/** The checks that warned of the record of a line. */
type WarnedBy = (place: RecordPlace) => readonly string[];

const NOTHING: readonly string[] = [];

/** Reads all warnings of the uploads that an extract was made from: by file a number for each line, and its checks. */
async function warningsOf(app: FastifyInstance, snapshot: number): Promise<WarnedBy> {
  const byFile = new Map<string, Map<number, readonly string[]>>();
  // The same few checks warn of most lines: their list is kept once.
  const lists = new Map<string, readonly string[]>();
  for (const { id } of app.store.uploadsThrough(snapshot))
    for await (const some of app.store.forLEAs('all').problems(id, { severity: 'warn' }))
      for (const [, { file, line, code }] of some) {
        const lines = byFile.get(`${id} ${file}`) ?? new Map<number, readonly string[]>();
        byFile.set(`${id} ${file}`, lines);
        const codes = lines.get(line) ?? NOTHING;
        if (codes.includes(code)) continue;
        const name = [...codes, code].join(' ');
        const list = lists.get(name) ?? [...codes, code];
        lists.set(name, list);
        lines.set(line, list);
      }
  const bySource = new Map<number, ReadonlyMap<number, readonly string[]> | undefined>();
  return ({ source, line }) => {
    if (!bySource.has(source)) {
      const place = app.store.source(source);
      bySource.set(source, place && byFile.get(`${place.upload} ${place.file}`));
    }
    return bySource.get(source)?.get(line) ?? NOTHING;
  };
}

/**
 * A page of exceptions.
 * @param after where the page begins in the kept file
 * @param scope LEAs of the reader
 * @returns and where the next one begins, if there is one; `undefined` for a place that no page named
 */
export async function exceptionPage(
  app: FastifyInstance,
  { id }: ExtractJob,
  { kind, after, limit }: { readonly kind: ExceptionKind | undefined; readonly after: number; readonly limit: number },
  scope: LEAScope,
): Promise<{ readonly found: readonly Exceptional[]; readonly next?: number } | undefined> {
  const path = app.jobs.extract.filesOf(id).exceptions;
  if (!isLineStart(path, after)) return undefined;
  const file = await open(path);
  try {
    const found: Exceptional[] = [];
    let place = after;
    for await (const { line, next } of linesFrom(file, after)) {
      const kept = JSON.parse(line) as Kept;
      const kinds = 'rejected' in kept ? ['rejected'] : kept.exceptions.map((exception) => exception.kind);
      if (kind === undefined || kinds.includes(kind)) {
        if (found.length === limit) return { found, next: place };
        found.push(shownExceptional(app, id, kept, scope));
      }
      place = next;
    }
    return { found };
  } finally {
    await file.close();
  }
}

function shownExceptional(app: FastifyInstance, id: string, kept: Kept, scope: LEAScope): Exceptional {
  const { ssid } = kept;
  if ('rejected' in kept)
    return {
      ssid,
      exceptions: kept.rejected.map(({ recordType, upload, file, line, code }) => ({
        kind: 'rejected',
        sentence: `A ${recordType} record was rejected by ${code}.`,
        recordType,
        sent: { upload, file, line },
      })),
      links: { missing: `/v1/extracts/${id}/missing/${ssid}` },
    };
  const { reportingLEA, school, grade, exceptions } = kept;
  const row = [ssid, school, grade].map(encodeURIComponent).join('/');
  return {
    ssid,
    row: { reportingLEA, school, grade },
    exceptions: exceptions.map((exception) => {
      const { kind, recordType, source, line, lea } = exception;
      // What has no LEA of its own belongs to whoever sent it.
      const place = app.store.source(source);
      const isVisible = scope === 'all' || scope.includes(lea === '' ? (place?.sender ?? '') : lea);
      return {
        kind,
        sentence: SENTENCES[kind](exception),
        recordType,
        ...(place && isVisible && { sent: { upload: place.upload, file: place.file, line } }),
      };
    }),
    links: {
      explanation: `/v1/extracts/${id}/rows/${row}/explanation?reportingLEA=${encodeURIComponent(reportingLEA)}`,
    },
  };
}

const SENTENCES: Readonly<Record<RowException['kind'], (exception: RowException) => string>> = {
  warned: ({ recordType, codes = [] }) => `It rests on a ${recordType} record that ${codes.join(', ')} warned of.`,
  tie: ({ recordType, alike }) =>
    `${alike} ${recordType} records fit alike; the order of loading decided which one it rests on.`,
  otherLEA: ({ recordType, lea }) => `It rests on a ${recordType} record of LEA ${lea}.`,
  afterWindow: ({ recordType, day = '' }) =>
    `It rests on a ${recordType} record of ${withDashes(day)}, after the window.`,
};

export const kindsCounted = (counts: ExceptionCounts): (readonly [ExceptionKind, number])[] =>
  EXCEPTION_KINDS.map((kind) => [kind, counts[kind]]);
