/**
 * What the routes below a finished extract have in common: the extract within reach, its files, and one of its rows.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { readTraceLine, type TraceLine } from '#extract/trace';
import { outputColumns } from '#records/layout';
import type { Rulebook } from '#rulebook/load/assemble';
import type { ExtractJob } from '#store/extract-job';
import { type ErrorCode, ServiceError } from '../http/errors.ts';
import { goneAs } from '../http/send-file.ts';
import { jobWithin } from '../jobs/job-within.ts';
import { type RowFiles, rowsOf } from './extract-rows.ts';

export const SSID = Type.String({ pattern: '^[0-9]{10}$', description: 'Statewide Student Identifier, ten digits' });

export const StudentParams = Type.Object(
  { id: Type.String({ maxLength: 128 }), ssid: SSID },
  { additionalProperties: false },
);

export const RowParams = Type.Object(
  {
    id: Type.String({ maxLength: 128 }),
    ssid: SSID,
    school: Type.String({ maxLength: 7 }),
    grade: Type.String({ maxLength: 2 }),
  },
  { additionalProperties: false },
);

/** What every route below a finished extract may refuse. */
export const EXTRACT_REFUSALS = [
  'CENR_NOT_FOUND',
  'CENR_EXTRACT_NOT_COMPLETE',
  'CENR_EXTRACT_CANCELLED',
  'CENR_EXTRACT_FILE_GONE',
] as const satisfies readonly ErrorCode[];

/** Which of several rows, where one school number is used by several LEAs. */
export const reportingLEA = Type.Optional(
  Type.String({
    maxLength: 7,
    description: 'Needed only if the student has several rows for this school and grade, from several LEAs',
  }),
);

/**
 * The same, when it is complete.
 * @throws ServiceError CENR_NOT_FOUND, CENR_EXTRACT_NOT_COMPLETE, CENR_EXTRACT_CANCELLED
 */
export async function completeExtract(app: FastifyInstance, request: FastifyRequest, id: string): Promise<ExtractJob> {
  const job = await jobWithin(app, request, 'extract', id);
  if (job.status === 'Cancelled') throw cancelled(job);
  if (job.status !== 'Complete')
    throw new ServiceError('CENR_EXTRACT_NOT_COMPLETE', {
      detail: `The status of the extract is ${job.status}; its file exists when the status is Complete.${job.failure === undefined ? '' : ` It failed: ${job.failure}`}`,
    });
  return job;
}

const cancelled = ({ finishedAt }: ExtractJob): ServiceError =>
  new ServiceError('CENR_EXTRACT_CANCELLED', {
    detail: `The extract was cancelled${finishedAt === undefined ? '' : ` at ${finishedAt}`}; it has no file.`,
  });

/** The refusal when one of its files is no longer there. */
export const extractGone = goneAs('CENR_EXTRACT_FILE_GONE');

export interface RowReader {
  /** A column of a line by its key; `''` for one that the file does not have. */
  column(line: string, key: string): string;
  /** All columns by key. */
  columns(line: string): Readonly<Record<string, string>>;
}

/** Reads lines of an extract's file by the columns it was made with. */
export function rowReader({ schemas }: Rulebook, columns: string): RowReader {
  const keys = outputColumns(schemas.output, columns).map((c) => c.key);
  const places = new Map(keys.map((key, i) => [key, i]));
  return {
    column(line, key) {
      const place = places.get(key);
      if (place === undefined) return '';
      let start = 0;
      for (let i = 0; i < place; i++) start = line.indexOf('^', start) + 1;
      const end = line.indexOf('^', start);
      return end < 0 ? line.slice(start) : line.slice(start, end);
    },
    columns(line) {
      const values = line.split('^');
      return Object.fromEntries(keys.map((key, i) => [key, values[i] ?? '']));
    },
  };
}

/** The files of an extract, ready to be searched. */
export async function rowFiles(app: FastifyInstance, job: ExtractJob): Promise<RowFiles> {
  const { rows, trace } = app.jobs.extract.filesOf(job);
  const reader = rowReader((await app.explanations.by(job.rulebookHash)).rulebook, job.columns);
  return {
    rows,
    trace,
    ssidOfRow: (line) => reader.column(line, 'ssid'),
    ssidOfTrace: (line) => (JSON.parse(line) as { readonly key: readonly [string] }).key[0],
  };
}

/** A row's trace, and the row's key by name. */
export interface TracedRow extends TraceLine {
  readonly row: {
    readonly ssid: string;
    readonly reportingLEA: string;
    readonly school: string;
    readonly grade: string;
  };
}

/**
 * Reads the trace of a row. A key has the SSID and the reporting LEA, then school and grade as the selection has them.
 */
export function tracedRow(line: string, { extract }: Rulebook): TracedRow {
  const traced = readTraceLine(line, extract);
  const [ssid = '', reportingLEA = '', school = '', grade = ''] = traced.key;
  return { ...traced, row: { ssid, reportingLEA, school, grade } };
}

export interface FoundRow {
  readonly row: string;
  readonly trace: string;
  readonly traced: TracedRow;
}

/**
 * The row of a student at a school and in a grade.
 * @throws ServiceError CENR_NOT_FOUND, CENR_EXTRACT_FILE_GONE
 */
export async function findRow(
  app: FastifyInstance,
  job: ExtractJob,
  { ssid, school, grade }: { readonly ssid: string; readonly school: string; readonly grade: string },
  lea: string | undefined,
): Promise<FoundRow> {
  const found: FoundRow[] = [];
  const { rulebook } = await app.explanations.by(job.rulebookHash);
  try {
    for (const { row, trace } of rowsOf(await rowFiles(app, job), ssid)) {
      const traced = tracedRow(trace, rulebook);
      const { row: key } = traced;
      if (key.school === school && key.grade === grade && (lea === undefined || key.reportingLEA === lea))
        found.push({ row, trace, traced });
    }
  } catch (error) {
    return extractGone(error);
  }
  const [only] = found;
  if (!only)
    throw new ServiceError('CENR_NOT_FOUND', {
      detail:
        'The extract has no row for this SSID, school and grade. See /missing/{ssid} for the reason, or /rows?ssid= for the rows of this student.',
    });
  if (found.length > 1) {
    const leas = found.map(({ traced }) => traced.row.reportingLEA).join(', ');
    throw new ServiceError('CENR_REQUEST_INVALID', {
      errors: [
        { parameter: 'reportingLEA', message: `there are several such rows; give the reporting LEA, one of ${leas}` },
      ],
    });
  }
  return only;
}
