/**
 * Exceptions of a finished extract, read from what their survey left (survey-work.ts). That names records by their source
 * and line; what a reader may see of them is settled for each answer.
 */
import { open } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import type { RowException } from '#explain/exceptions';
import { withDashes } from '#records/days';
import { isOf, type LEAScope } from '#records/scope';
import type { ExtractJob } from '#store/extract-job';
import { EXCEPTION_KINDS, type Exceptional, type ExceptionKind } from '../schemas/exception.ts';
import { isLineStart, linesFrom } from './extract-rows.ts';
import type { ExceptionCounts, KeptException } from './survey-files.ts';

/**
 * Exceptions from a place of the kept file on, each with the place of the next one.
 * @param scope LEAs of the reader
 * @throws Error with code ENOENT when the file is gone
 */
export async function* exceptionsFrom(
  app: FastifyInstance,
  job: ExtractJob,
  { kind, after }: { readonly kind: ExceptionKind | undefined; readonly after: number },
  scope: LEAScope,
): AsyncGenerator<{ readonly shown: Exceptional; readonly place: number }> {
  const { id, rulebookHash } = job;
  const { checks } = (await app.explanations.by(rulebookHash)).rulebook.declared;
  const titles: Titles = new Map(checks.map(({ json }) => [json.code, json.title]));
  const file = await open(app.jobs.extract.filesOf(job).exceptions);
  try {
    let place = after;
    for await (const { line, next } of linesFrom(file, after)) {
      const kept = JSON.parse(line) as KeptException;
      const kinds = 'rejected' in kept ? ['rejected'] : kept.exceptions.map((exception) => exception.kind);
      if (kind === undefined || kinds.includes(kind))
        yield { shown: await shownExceptional(app, { id, titles }, kept, scope), place };
      place = next;
    }
  } finally {
    await file.close();
  }
}

/**
 * A page of exceptions.
 * @param after where the page begins in the kept file
 * @param scope LEAs of the reader
 * @returns and where the next one begins, if there is one; `undefined` for a place that no page named
 */
export async function exceptionPage(
  app: FastifyInstance,
  job: ExtractJob,
  asked: { readonly kind: ExceptionKind | undefined; readonly after: number; readonly limit: number },
  scope: LEAScope,
): Promise<{ readonly found: readonly Exceptional[]; readonly next?: number } | undefined> {
  if (!isLineStart(app.jobs.extract.filesOf(job).exceptions, asked.after)) return undefined;
  const found: Exceptional[] = [];
  for await (const { shown, place } of exceptionsFrom(app, job, asked, scope)) {
    if (found.length === asked.limit) return { found, next: place };
    found.push(shown);
  }
  return { found };
}

/** What checks are called, by code. */
type Titles = ReadonlyMap<string, string>;

/** Checks with what they are about, as sentences name them: whoever reads a code alone has to look it up. */
const named = (codes: readonly string[], titles: Titles): string =>
  codes
    .map((code) => {
      const title = titles.get(code);
      return title === undefined ? code : `${code} (${title})`;
    })
    .join(', ');

/** A code that the rules of the extract do not have has no title: the record came in under others. */
const checksOf = (codes: readonly string[], titles: Titles) =>
  codes.map((code) => {
    const title = titles.get(code);
    return { code, ...(title !== undefined && { title }) };
  });

async function shownExceptional(
  app: FastifyInstance,
  { id, titles }: { readonly id: string; readonly titles: Titles },
  kept: KeptException,
  scope: LEAScope,
): Promise<Exceptional> {
  const { ssid } = kept;
  if ('rejected' in kept)
    return {
      ssid,
      exceptions: kept.rejected.map(({ recordType, upload, file, line, code }) => ({
        kind: 'rejected',
        sentence: `A ${recordType} record was rejected by ${named([code], titles)}.`,
        recordType,
        checks: checksOf([code], titles),
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
        const { kind, recordType, source, line, lea, codes } = exception;
        const place = await app.store.source(source);
        return {
          kind,
          sentence: SENTENCES[kind](exception, titles),
          recordType,
          ...(codes && { checks: checksOf(codes, titles) }),
          ...(place && isOf(scope, lea, place.sender) && { sent: { upload: place.upload, file: place.file, line } }),
        };
      }),
    ),
    links: {
      explanation: `/v1/extracts/${id}/rows/${row}/explanation?reportingLEA=${encodeURIComponent(reportingLEA)}`,
    },
  };
}

const SENTENCES: Readonly<Record<RowException['kind'], (exception: RowException, titles: Titles) => string>> = {
  warned: ({ recordType, codes = [] }, titles) =>
    `It rests on a ${recordType} record that ${named(codes, titles)} warned of.`,
  tie: ({ recordType, alike }) =>
    `${alike} ${recordType} records fit alike; the order of loading decided which one it rests on.`,
  otherLEA: ({ recordType, lea }) => `It rests on a ${recordType} record of LEA ${lea}.`,
  afterWindow: ({ recordType, day = '' }) =>
    `It rests on a ${recordType} record of ${withDashes(day)}, after the window.`,
};

export const kindsCounted = (counts: ExceptionCounts): (readonly [ExceptionKind, number])[] =>
  EXCEPTION_KINDS.map((kind) => [kind, counts[kind]]);
