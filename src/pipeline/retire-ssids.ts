/**
 * Numbers that are retired in favor of others: their records join the histories of those. Each retirement is part of an
 * upload without files, so that earlier snapshots stay as they are, and what was made of them can be verified.
 */
import { UserError } from '#base/user-error';
import { type CompiledRulebook, compileRulebook } from '#extract/extractor';
import { Applier, keepUploadDay } from '#intake/apply';
import { type KeyPlaces, keySlots } from '#intake/keys';
import type { Upload } from '#intake/upload';
import type { KeptRecord } from '#records/block/write';
import {
  MARGIN_WIDTH,
  PASSED_OVER,
  placeOf,
  plainType,
  readRecords,
  type SourceRecord,
  type TextLines,
  withSSID,
} from '#records/record';
import { columnsRead } from '#rulebook/compile/columns-read';
import type { Rulebook } from '#rulebook/load/assemble';
import { type DoubleRecord, type Retirement, RetirementRefusedError, type UndoEntry } from '#store/ssids';
import { SnapshotGoneError, type Store, type UploadWriter } from '#store/store';

export interface RetireOptions {
  readonly store: Store;
  readonly rulebook: Rulebook;
  /** Of the upload. */
  readonly id: string;
  /** CCYYMMDD */
  readonly loadDay: string;
}

export interface Retired {
  /** Records that were moved. */
  readonly moved: number;
  readonly doubles: readonly DoubleRecord[];
}

/**
 * Retires numbers, all of them or none.
 * @throws RetirementRefusedError, StoreBusyError
 */
export async function retireSSIDs(retirements: readonly Retirement[], options: RetireOptions): Promise<Retired> {
  const merger = new Merger(options.rulebook);
  let moved = 0;
  const doubles: DoubleRecord[] = [];
  await uploadWithoutFiles(options, retirements[0]?.at ?? '', async (writer) => {
    for (const [i, retirement] of retirements.entries()) {
      const { retired, replacement } = retirement;
      await writer.fetch([retired, replacement].sort());
      const old = merger.records(writer.history(retired)?.body());
      const merged = merger.merged(old, merger.records(writer.history(replacement)?.body()), replacement);
      const kept = { moved: old.length, ...(merged.doubles.length > 0 && { doubles: merged.doubles }) };
      await writer.ssids.retire({ ...retirement, ...kept }, i);
      if (old.length === 0) continue;
      for (const record of old) {
        const { source, line } = placeOf(record);
        writer.ssids.keepSent(source, line, retired);
      }
      merger.put(writer, retired, []);
      merger.put(writer, replacement, merged.records);
      moved += old.length;
      doubles.push(...merged.doubles);
    }
  });
  return { moved, doubles };
}

/**
 * Undoes a retirement: the student is again what it was before, and so is whoever the number was retired in favor of.
 * What the same upload retired beside it stays: lines of a file are undone one by one.
 * @throws RetirementRefusedError when there is none, when what stands for the number changed since, when a later
 * retirement rests on it, or when what was before is forgotten; StoreBusyError
 */
export async function undoRetirement(retired: string, entry: UndoEntry, options: RetireOptions): Promise<void> {
  const { store } = options;
  const merger = new Merger(options.rulebook);
  const retirements = await store.ssids.retirements();
  const known = retirements.find((one) => one.retired === retired);
  if (!known) throw new RetirementRefusedError(`${retired} is not retired; there is nothing to undo`);
  const together = retirements.filter(({ upload }) => upload === known.upload);
  const concerned = connected(retired, together);
  const bodies = await bodiesOf(concerned, known, store);
  const others = together.filter((one) => one !== known);
  await uploadWithoutFiles(options, entry.at, async (writer) => {
    const { upload, left } = await writer.ssids.undoRetirement(retired, entry);
    if (upload !== known.upload || left !== others.length)
      throw new UserError('somebody else changed this retirement at the same time; try again');
    const joinedBy = (retirements: readonly Retirement[]): ReadonlyMap<string, readonly SourceRecord[]> => {
      const replacements = new Map(retirements.map((one) => [one.retired, one.replacement]));
      const histories = new Map<string, readonly SourceRecord[]>();
      for (const ssid of concerned) {
        const active = activeBy(replacements, ssid);
        const { records } = merger.merged(merger.records(bodies.get(ssid)), histories.get(active) ?? [], active);
        histories.set(active, records);
      }
      return histories;
    };
    await writer.fetch(concerned);
    for (const [ssid, records] of joinedBy(together))
      if ((writer.history(ssid)?.body() ?? '') !== merger.bodyOf(records))
        throw new RetirementRefusedError(
          `records of ${ssid} were sent since ${retired} was retired; it can only be undone before`,
        );
    const histories = joinedBy(others);
    for (const ssid of concerned) merger.put(writer, ssid, histories.get(ssid) ?? []);
  });
}

/** What students were before a retirement. @throws RetirementRefusedError when that is forgotten */
async function bodiesOf(
  ssids: readonly string[],
  { retired, replacement, upload }: Retirement & { readonly upload: number },
  store: Store,
): Promise<ReadonlyMap<string, string | undefined>> {
  const bodies = new Map<string, string | undefined>();
  try {
    for (const ssid of ssids) bodies.set(ssid, (await store.forLEAs('all').history(ssid, upload - 1))?.body());
    return bodies;
  } catch (error) {
    return forgotten({ retired, replacement }, error);
  }
}

/**
 * Says of histories that were deleted that a retirement cannot be undone without them; throws every other error as it is.
 * @throws RetirementRefusedError
 */
export function forgotten(
  { retired, replacement }: Pick<Retirement, 'retired' | 'replacement'>,
  error: unknown,
): never {
  if (!(error instanceof SnapshotGoneError)) throw error;
  throw new RetirementRefusedError(
    `what ${retired} and ${replacement} were before was deleted with the old histories on ${error.goneAt}; it cannot be undone any more`,
  );
}

/** The numbers that retirements connect with one, ascending. */
function connected(ssid: string, retirements: readonly Pick<Retirement, 'retired' | 'replacement'>[]): string[] {
  const found = new Set([ssid]);
  for (let size = 0; size < found.size; ) {
    size = found.size;
    for (const { retired, replacement } of retirements)
      if (found.has(retired) || found.has(replacement)) found.add(retired).add(replacement);
  }
  return [...found].sort();
}

function activeBy(replacements: ReadonlyMap<string, string>, ssid: string): string {
  let active = ssid;
  for (let next = replacements.get(active); next !== undefined; next = replacements.get(active)) active = next;
  return active;
}

/** Changes histories and numbers as an upload that has no files: all of it or nothing. */
export async function uploadWithoutFiles(
  { store, rulebook, id, loadDay }: RetireOptions,
  receivedAt: string,
  fill: (writer: UploadWriter) => Promise<void>,
): Promise<void> {
  await store.keepRulebook({ hash: rulebook.hash, files: rulebook.files }, receivedAt);
  const report: Upload = {
    ...{ id, sender: 'all', receivedAt, loadDay, files: [], linesRead: 0, blankLines: 0 },
    counts: { added: 0, replaced: 0, deleted: 0, notUsed: 0, rejected: 0 },
    ...{ problemCounts: {}, rulebookHash: rulebook.hash },
  };
  await store.load({ id, sender: 'all', files: [], often: columnsRead(rulebook) }, async (writer) => {
    await fill(writer);
    return report;
  });
}

/** Reads, joins and writes histories. */
export class Merger {
  readonly #applier: Applier;
  readonly #compiled: CompiledRulebook;

  constructor(rulebook: Rulebook) {
    this.#compiled = compileRulebook(rulebook);
    this.#applier = new Applier(this.#compiled, () => '');
  }

  records(body: string | undefined): readonly SourceRecord[] {
    return body === undefined || body === '' ? [] : readRecords(body, this.#compiled.plan);
  }

  /**
   * Both in the order of loading; of two with one key the later one.
   * @param keepDays whether the later one keeps the day on which the other was loaded first
   */
  merged(
    old: readonly SourceRecord[],
    own: readonly SourceRecord[],
    ssid: string,
    keepDays = false,
  ): { readonly records: readonly SourceRecord[]; readonly doubles: readonly DoubleRecord[] } {
    const renamed = old.map((record) => this.#renamed(record, ssid));
    const inOrder = [...renamed, ...own].sort((a, b) => {
      const [one, other] = [placeOf(a), placeOf(b)];
      return one.source - other.source || one.line - other.line;
    });
    const byKey = new Map<string, SourceRecord>();
    const doubles: DoubleRecord[] = [];
    for (const record of inOrder) {
      const key = this.#keyOf(record);
      const known = byKey.get(key);
      if (known) doubles.push({ ...this.#typeAndLEA(record), holds: placeOf(record), replaced: placeOf(known) });
      if (known && keepDays) keepUploadDay(record, known, this.#compiled.keys[record.type] as KeyPlaces);
      // What is loaded last stands last.
      byKey.delete(key);
      byKey.set(key, record);
    }
    return { records: [...byKey.values()], doubles };
  }

  /** The body of records as a store gives it. */
  bodyOf(records: readonly SourceRecord[]): string {
    return this.#applier.bodyOf(records);
  }

  put(writer: UploadWriter, ssid: string, records: readonly SourceRecord[]): void {
    const { plan, keys, rulebook } = this.#compiled;
    const type = plan.typeIndex.get(rulebook.schemas.output.copiesFrom) as number;
    const lea = (keys[type] as CompiledRulebook['keys'][number]).reportingLEA;
    const leas = new Set(records.filter((one) => one.type === type).map(({ values }) => values[lea] as string));
    writer.put(
      ssid,
      records.flatMap((record) => this.#kept(record)),
      leas,
    );
  }

  #typeAndLEA({ type, values }: SourceRecord): Pick<DoubleRecord, 'recordType' | 'lea'> {
    const { plan, keys } = this.#compiled;
    return { recordType: plan.types[type] ?? '', lea: values[keys[type]?.reportingLEA ?? -1] ?? '' };
  }

  /** Records of types without a layout have no key: each is one of its own. */
  #keyOf(record: SourceRecord): string {
    const { source, line } = placeOf(record);
    if (record.type === PASSED_OVER) return `${source} ${line}`;
    const places = this.#compiled.keys[record.type] as CompiledRulebook['keys'][number];
    return [record.type, ...keySlots(record, places).map((slot) => record.values[slot])].join('^');
  }

  /** The record with another SSID in its line. */
  #renamed(record: SourceRecord, ssid: string): SourceRecord {
    if (record.type === PASSED_OVER) return record;
    const { rulebook, plan } = this.#compiled;
    const layout = rulebook.schemas.layouts[record.type];
    if (!layout) return record;
    const margin = (record.kept as TextLines).text.slice(record.at, record.at + MARGIN_WIDTH);
    const body = margin + withSSID((record.kept as TextLines).line(record.at), layout, ssid);
    return { ...(readRecords(body, plan)[0] as SourceRecord), loaded: record.loaded };
  }

  #kept(record: SourceRecord): KeptRecord[] {
    if (record.type !== PASSED_OVER) return this.#applier.toKeep([record]);
    const lines = record.kept as TextLines;
    const fields = lines.fields(record.at);
    const [uploaded, lastUpdated] = lines.days(record.at);
    const form = { recordType: plainType(fields[0] as string), columns: fields.length };
    return [{ form, ...placeOf(record), uploaded, lastUpdated, fields }];
  }
}
