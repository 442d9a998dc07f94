/** What looks wrong among the students of ranges of a store: what a thread does, and the calling one alike. */
import { createHash } from 'node:crypto';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { textOfDescription } from '#identity/person';
import { PersonCollector, type Persons } from '#identity/same-student';
import { StudentReader } from '#identity/student-reader';
import type { Layout } from '#records/layout';
import { fieldsOf, type KeptHistory, type SourceRecord } from '#records/record';
import type { SSIDRange } from '#records/scope';
import type { CompiledCheck } from '#rulebook/compile/check-program';
import { assemble, type RulebookSource } from '#rulebook/load/assemble';
import type { AnomalySide, FoundAnomaly } from '#store/anomalies';
import { openHistories } from '#store/sqlite';

/** What the search needs to know once. Plain data. */
export interface AnomalySetup {
  readonly storeDir: string;
  readonly snapshot: number;
  readonly rulebook: RulebookSource;
  /** CCYYMMDD */
  readonly day: string;
}

/** What a range came to. Plain data. */
export interface AnomalyRange {
  readonly students: number;
  readonly found: PackedAnomalies;
  readonly persons: Persons;
}

/** What a pass over students is after. Plain data. */
export interface AnomalyTask {
  /** Whether records are examined; otherwise only persons are read. */
  readonly records: boolean;
  /** Only persons with one of these hashed keys; all when absent. */
  readonly keys?: ReadonlySet<number> | undefined;
}

/** Anomalies as compressed JSON: in some stores a third of the students have one. */
export type PackedAnomalies = Uint8Array<ArrayBufferLike>;

const NONE: PackedAnomalies = new Uint8Array();

const packed = (found: readonly FoundAnomaly[]): PackedAnomalies =>
  found.length === 0 ? NONE : zstdCompressSync(JSON.stringify(found));

export const unpacked = (found: PackedAnomalies): readonly FoundAnomaly[] =>
  found.length === 0 ? [] : (JSON.parse(zstdDecompressSync(found).toString()) as readonly FoundAnomaly[]);

/** A student of a set of numbers: the newest demographics, and where the last enrollment is. */
export interface Member extends Omit<AnomalySide, 'todo'> {
  readonly described: string;
  /** The start of the oldest enrollment. */
  readonly oldest: string;
}

/** Later than every day. */
const NEVER = '99999999';

export const hashOf = (...parts: readonly string[]): string =>
  createHash('sha256').update(parts.join('\n')).digest('hex');

export class AnomalySteps {
  readonly reader: StudentReader;
  readonly #layouts: readonly Layout[];
  readonly #store: ReturnType<typeof openHistories>;
  #task: AnomalyTask = { records: true };

  constructor({ storeDir, snapshot, rulebook, day }: AnomalySetup) {
    const assembled = assemble(rulebook);
    this.reader = new StudentReader(assembled, day);
    this.#layouts = assembled.schemas.layouts;
    // Pairs may be students of any two LEAs: what each sees of them is the business of store/anomalies.ts.
    this.#store = openHistories(storeDir, 'all', snapshot);
  }

  /** What ranges are read for from now on: records and everybody's person at first. */
  begin(task: AnomalyTask): void {
    this.#task = task;
  }

  async range(range: SSIDRange, signal?: AbortSignal): Promise<AnomalyRange> {
    const persons = new PersonCollector(this.#task.keys);
    const found: FoundAnomaly[] = [];
    let students = 0;
    for await (const histories of this.#store.histories(range, { signal }))
      for (const kept of histories) {
        students++;
        this.#student(kept, persons, found);
      }
    return { students, found: packed(found), persons: persons.take() };
  }

  #student(kept: KeptHistory, persons: PersonCollector, found: FoundAnomaly[]): void {
    const { plan, persons: reader, checks } = this.reader;
    const history = kept.partly(plan, reader.enrollmentType).complete();
    const described = reader.described(history);
    if (described) persons.add(kept.ssid, described);
    if (!this.#task.records) return;
    for (const { check, record, other } of checks.of(history))
      found.push(this.#anomaly(kept.ssid, check, other ? [record, other] : [record]));
  }

  /** A student as a member of a set of numbers; `undefined` for one who is gone. */
  async member(ssid: string): Promise<Member | undefined> {
    const { plan, persons } = this.reader;
    const history = (await this.#store.history(ssid))?.partly(plan, persons.enrollmentType).complete();
    const described = history && persons.described(history);
    if (!described) return undefined;
    const starts = (history.byType[persons.enrollmentType] ?? []).map(({ values }) => values[persons.startSlot] ?? '');
    return {
      described: textOfDescription(described),
      oldest: starts.sort()[0] ?? NEVER,
      ...sideOf(ssid, persons.last(history)),
    };
  }

  close(): void {
    this.#store.close();
  }

  #anomaly(ssid: string, check: CompiledCheck, records: readonly SourceRecord[]): FoundAnomaly {
    const { persons } = this.reader;
    const { code, anomaly = code, title, message, fix, otherFix = '', field = '' } = check.json;
    const enrollments = records.map((record) => persons.enrollment(record));
    const [own, other] = enrollments as [(typeof enrollments)[0], (typeof enrollments)[0] | undefined];
    const columns = this.#layouts[records[0]?.type ?? -1]?.columns ?? [];
    const value = fieldsOf(records[0] as SourceRecord)[columns.findIndex(({ key }) => key === field)];
    const said = (text: string): string =>
      text
        .replace('{value}', value ?? '')
        .replace('{lea}', own?.lea ?? '')
        .replace('{otherLEA}', other?.lea ?? '');
    return {
      id: hashOf(code, ssid, ...enrollments.flatMap((e) => (e ? [e.lea, e.school, e.start, e.grade] : []))).slice(
        0,
        ID,
      ),
      ...{ kind: anomaly, code, title, says: said(message) },
      sides: enrollments.map((enrollment, i) => ({
        ...sideOf(ssid, enrollment),
        todo: said(i === 0 ? fix : otherFix),
      })),
      fingerprint: hashOf(...records.map((record) => fieldsOf(record).join('^'))),
    };
  }
}

/** So many hexadecimal digits tell anomalies apart. */
export const ID = 24;

const sideOf = (ssid: string, enrollment: ReturnType<StudentReader['persons']['last']>): Omit<AnomalySide, 'todo'> => ({
  ...{ ssid, lea: enrollment?.lea ?? '', school: enrollment?.school ?? '', localID: enrollment?.localID ?? '' },
  ...{ start: enrollment?.start ?? '', exit: enrollment?.exit ?? '', exitReason: enrollment?.exitReason ?? '' },
});
