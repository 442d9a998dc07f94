/**
 * Exceptions of a finished extract, read from what their survey left (survey-work.ts). That names records by their source
 * and line; what a reader may see of them is settled for each answer.
 */
import { open } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import type { RowException } from '#explain/exceptions';
import { withDashes } from '#records/days';
import type { LEAScope } from '#records/scope';
import type { ExtractJob } from '#store/extract-job';
import { EXCEPTION_KINDS, type Exceptional, type ExceptionKind } from '../schemas/exception.ts';
import { isLineStart, linesFrom } from './extract-rows.ts';
import type { ExceptionCounts, KeptException } from './survey-files.ts';

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
      const kept = JSON.parse(line) as KeptException;
      const kinds = 'rejected' in kept ? ['rejected'] : kept.exceptions.map((exception) => exception.kind);
      if (kind === undefined || kinds.includes(kind)) {
        if (found.length === limit) return { found, next: place };
        found.push(await shownExceptional(app, id, kept, scope));
      }
      place = next;
    }
    return { found };
  } finally {
    await file.close();
  }
}

async function shownExceptional(
  app: FastifyInstance,
  id: string,
  kept: KeptException,
  scope: LEAScope,
): Promise<Exceptional> {
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
    exceptions: await Promise.all(
      exceptions.map(async (exception) => {
        const { kind, recordType, source, line, lea } = exception;
        // What has no LEA of its own belongs to whoever sent it.
        const place = await app.store.source(source);
        const isVisible = scope === 'all' || scope.includes(lea === '' ? (place?.sender ?? '') : lea);
        return {
          kind,
          sentence: SENTENCES[kind](exception),
          recordType,
          ...(place && isVisible && { sent: { upload: place.upload, file: place.file, line } }),
        };
      }),
    ),
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
