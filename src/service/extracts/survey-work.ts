/**
 * Surveys of an extract: every student of its LEAs looked at, as the store was then. Here it is done; surveys.ts says
 * when and where. What a survey finds is written as a list, a line each, and as counts, which appear last.
 */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileOutput, type Output } from '#base/output';
import { ExceptionFinder } from '#explain/exceptions';
import { Explainer } from '#explain/explain';
import { OUTSIDE, REJECTED } from '#explain/missing-students';
import type { ExtractRequest } from '#extract/request';
import { groundsOf } from '#pipeline/grounds';
import { plainType, type RecordPlace } from '#records/record';
import { EVERYBODY, type LEAScope } from '#records/scope';
import type { Rulebook } from '#rulebook/load/assemble';
import { type LEAStore, MOST_REJECTIONS, type Store } from '#store/store';
import type { WorkControl } from '../jobs/job-queue.ts';
import { keepJson } from './kept-json.ts';
import { rejectedStudents } from './rejected-students.ts';
import type {
  ExceptionCounts,
  KeptException,
  KeptGrounds,
  KeptWithoutRow,
  SurveyAsked,
  SurveyName,
  WithoutRowCounts,
} from './survey-files.ts';

/** What is looked at, and where what is found goes. Plain data. */
export interface SurveyWork {
  readonly request: ExtractRequest;
  /** CCYYMMDD */
  readonly runDate: string;
  readonly reportingLEAs: LEAScope;
  readonly snapshot: number;
  readonly asked: SurveyAsked;
  /** `''` for a survey that only counts. */
  readonly list: string;
  readonly counts: string;
}

export type Survey = (store: Store, rulebook: Rulebook, work: SurveyWork, control: WorkControl) => Promise<void>;

/** Rows and students that are exceptions. */
export const surveyExceptions: Survey = async (store, rulebook, work, control) => {
  const { request, runDate, reportingLEAs, snapshot, list } = work;
  const seen = store.forLEAs(reportingLEAs);
  const warnings = await warningsOf(store, snapshot);
  const finder = new ExceptionFinder(rulebook, request, runDate, warnings.of);
  const rejected = await rejectedStudents(store, seen, snapshot);
  const counts: { -readonly [K in keyof ExceptionCounts]: number } = {
    warned: 0,
    tie: 0,
    otherLEA: 0,
    afterWindow: 0,
    rejected: 0,
  };
  await withList(list, async (put) => {
    for await (const batch of students(seen, work, control))
      for (const history of batch) {
        let found = finder.of(history);
        while (await warnings.lookUp()) found = finder.of(history);
        const { rows, exceptional } = found;
        // What was rejected cost nobody a row who has one.
        if (rows > 0) rejected.delete(history.ssid);
        for (const row of exceptional) {
          for (const kind of new Set(row.exceptions.map((exception) => exception.kind))) counts[kind]++;
          await put(row);
        }
      }
    for (const [ssid, numbers] of rejected) {
      counts.rejected++;
      await put({ ssid, rejected: await rejectionsOf(seen, numbers, snapshot) } satisfies KeptException);
    }
  });
  await keepJson(work.counts, counts);
};

async function rejectionsOf(seen: LEAStore, numbers: readonly string[], snapshot: number) {
  const found = await Promise.all(numbers.map(async (ssid) => seen.rejections(ssid, MOST_REJECTIONS, snapshot)));
  return found.flat().map(({ upload, problem }) => {
    const { recordType, file, line, code } = problem;
    return { recordType, upload, file, line, code };
  });
}

/** Students without a row, in ascending order of SSID, those included of whom nothing but rejected records is known. */
export const surveyWithoutRow: Survey = async (store, rulebook, work, control) => {
  const { request, runDate, reportingLEAs, snapshot, list } = work;
  const seen = store.forLEAs(reportingLEAs);
  // What it says of itself is said in explanations only.
  const finder = new Explainer(rulebook, '').missingStudents(request, runDate);
  const rejected = new Set<string>();
  for (const [ssid, numbers] of await rejectedStudents(store, seen, snapshot))
    if (await hasRejected(seen, numbers, rulebook.schemas.output.copiesFrom, snapshot)) rejected.add(ssid);
  const counts = new Map<string, number>();
  await withList(list, async (put) => {
    const keep = async (student: KeptWithoutRow): Promise<void> => {
      counts.set(student.reason, (counts.get(student.reason) ?? 0) + 1);
      await put(student);
    };
    // Of whom nothing was accepted that says they are of these LEAs.
    const onlyRejected = async (before: string | undefined): Promise<void> => {
      for (const ssid of rejected) {
        if (before !== undefined && ssid > before) return;
        rejected.delete(ssid);
        if (ssid !== before) await keep({ ssid, reason: REJECTED, enrollments: 0 });
      }
    };
    for await (const batch of students(seen, work, control))
      for (const history of batch) {
        const isRejected = rejected.has(history.ssid);
        await onlyRejected(history.ssid);
        const found = finder.of(history, isRejected);
        if (found) await keep(found);
      }
    await onlyRejected(undefined);
  });
  const reasons = [...finder.reasons()].flatMap(([reason, says]) => {
    const number = counts.get(reason);
    return number === undefined ? [] : [{ reason, says, students: number }];
  });
  await keepJson(work.counts, { reasons } satisfies WithoutRowCounts);
};

/** What is behind a value of a field. */
const surveyGrounds: Survey = async (store, rulebook, work, control) => {
  const { request, runDate, reportingLEAs, asked, counts } = work;
  if (asked.name !== 'grounds') return;
  const { field, value } = asked;
  const all = students(store.forLEAs(reportingLEAs), work, control);
  const { grounds, ...found } = await groundsOf(all, { rulebook, request, runDate, field, value });
  await mkdir(dirname(counts), { recursive: true, mode: 0o700 });
  await keepJson(counts, {
    ...found,
    grounds: grounds.map(({ bySchool, ...ground }) => ({ ...ground, bySchool: [...bySchool] })),
  } satisfies KeptGrounds);
};

/** How each survey is made. */
export const SURVEYS: Readonly<Record<SurveyName, Survey>> = {
  exceptions: surveyExceptions,
  withoutRow: surveyWithoutRow,
  grounds: surveyGrounds,
};

/** Whether somebody expects a row of a student with this reason. */
export const isMissing = (reason: string): boolean => reason !== OUTSIDE;

/** Whether a record of a type was rejected that was sent with one of these numbers. */
const hasRejected = async (
  seen: LEAStore,
  numbers: readonly string[],
  type: string,
  snapshot: number,
): Promise<boolean> =>
  (await rejectionsOf(seen, numbers, snapshot)).some(({ recordType }) => plainType(recordType) === type);

/** All students of the LEAs, some at a time; tells how many of them were given. */
async function* students(
  seen: LEAStore,
  { snapshot }: SurveyWork,
  { signal, onProgress }: WorkControl,
): ReturnType<LEAStore['histories']> {
  // Those of now: of the students of then nobody knows the number without looking at them all.
  const all = Math.max(1, await seen.students());
  let given = 0;
  for await (const batch of seen.histories(EVERYBODY, { snapshot, signal })) {
    yield batch;
    given += batch.length;
    onProgress(Math.min(1, given / all));
  }
}

const WRITTEN_BYTES = 1 << 16;

/** Writes a list of lines of JSON, which appears when it is complete. */
async function withList(path: string, fill: (put: (line: object) => Promise<void>) => Promise<void>): Promise<void> {
  const output: Output = await fileOutput(path);
  let lines = '';
  try {
    await fill(async (line) => {
      lines += `${JSON.stringify(line)}\n`;
      if (lines.length < WRITTEN_BYTES) return;
      const full = lines;
      lines = '';
      await output.write(full);
    });
    await output.write(lines);
    await output.finish();
  } catch (error) {
    await output.abandon();
    throw error;
  }
}

/** The checks that warned of records. */
interface Warnings {
  /** Of the record of a line; none as long as it is not known what file it is of. */
  of(place: RecordPlace): readonly string[];
  /** Finds out of what files the records are that were asked for; gives whether there were any others than before. */
  lookUp(): Promise<boolean>;
}

const NOTHING: readonly string[] = [];

/** Reads all warnings of the uploads that an extract was made from: by file a number for each line, and its checks. */
async function warningsOf(store: Store, snapshot: number): Promise<Warnings> {
  const byFile = new Map<string, Map<number, readonly string[]>>();
  // The same few checks warn of most lines: their list is kept once.
  const lists = new Map<string, readonly string[]>();
  for (const { id } of await store.uploadsThrough(snapshot))
    for await (const some of store.forLEAs('all').problems(id, { severity: 'warn' }))
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
  const unknown = new Set<number>();
  return {
    of({ source, line }) {
      if (!bySource.has(source)) unknown.add(source);
      return bySource.get(source)?.get(line) ?? NOTHING;
    },
    async lookUp() {
      const asked = [...unknown];
      unknown.clear();
      for (const source of asked) {
        const place = await store.source(source);
        bySource.set(source, place && byFile.get(`${place.upload} ${place.file}`));
      }
      return asked.length > 0;
    },
  };
}
