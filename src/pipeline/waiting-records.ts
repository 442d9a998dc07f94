/** Records that wait for an SSID: who they are about, and how they join their students once these have a number. */
import { type LastEnrollment, PersonReader } from '#identity/columns';
import { matchParameters } from '#identity/parameters';
import type { Description } from '#identity/person';
import { whoOf } from '#identity/who';
import { asSent, PASSED_OVER, placeOf, readRecords, type SourceRecord, type TextLines } from '#records/record';
import type { LEAScope } from '#records/scope';
import type { Rulebook } from '#rulebook/load/assemble';
import type { NumberRequest } from '#store/ssids';
import type { Store, UploadWriter } from '#store/store';
import { Merger } from './retire-ssids.ts';

/** An enrollment without an SSID that a store keeps. */
export interface WaitingRecord {
  /** Number of its file in the store, and line. */
  readonly source: number;
  readonly line: number;
  readonly described: Description;
  readonly enrollment: LastEnrollment;
  /** CCYYMMDD: the day on which it was loaded first. */
  readonly uploaded: string;
  /** As it was sent. */
  readonly text: string;
}

/** What makes two requests the same. */
export const numberRequest = ({ described, enrollment }: Pick<WaitingRecord, 'described' | 'enrollment'>) =>
  ({ lea: enrollment.lea, localID: enrollment.localID, who: whoOf(described) }) satisfies NumberRequest;

const readerOf = (rulebook: Rulebook): PersonReader =>
  new PersonReader(rulebook.schemas.layouts, rulebook.schemas.output.copiesFrom, matchParameters(rulebook));

function waitingIn(body: string, reader: PersonReader): (WaitingRecord | undefined)[] {
  const lines = body.split('\n');
  return readRecords(body, reader.plan).map((record, i) => {
    if (record.type !== reader.enrollmentType) return undefined;
    return {
      ...placeOf(record),
      ...{ described: reader.describedBy(record), enrollment: reader.enrollment(record) },
      uploaded: (record.kept as TextLines).days(record.at)[0],
      text: asSent(lines[i] as string),
    };
  });
}

const isIn = (scope: LEAScope, { enrollment: { lea } }: WaitingRecord): boolean =>
  scope === 'all' || scope.includes(lea);

/**
 * The records of LEAs in scope that wait, in the order of loading.
 * @throws UserError when the rules lack a parameter
 */
export async function waitingRecords(
  store: Pick<Store, 'waiting'>,
  rulebook: Rulebook,
  scope: LEAScope,
): Promise<readonly WaitingRecord[]> {
  const body = (await store.waiting())?.body() ?? '';
  return body === ''
    ? []
    : (waitingIn(body, readerOf(rulebook)).filter((one) => one !== undefined && isIn(scope, one)) as WaitingRecord[]);
}

/**
 * Joins the records that wait with the histories of their students, where these have a number by now. Of two records
 * with one key the one that was loaded last holds, and the day of the first upload stays.
 * @returns how many joined
 */
export async function joinWaiting(writer: UploadWriter, rulebook: Rulebook, scope: LEAScope): Promise<number> {
  await writer.fetch(['']);
  const body = writer.history('')?.body() ?? '';
  if (body === '') return 0;
  const merger = new Merger(rulebook);
  const records = merger.records(body);
  const rest: SourceRecord[] = [];
  const joining = new Map<string, SourceRecord[]>();
  for (const [i, waiting] of waitingIn(body, readerOf(rulebook)).entries()) {
    const record = records[i] as SourceRecord;
    const ssid =
      waiting && record.type !== PASSED_OVER && isIn(scope, waiting)
        ? await writer.ssids.givenBefore(numberRequest(waiting))
        : undefined;
    if (ssid === undefined || !waiting) {
      rest.push(record);
      continue;
    }
    joining.set(ssid, [...(joining.get(ssid) ?? []), record]);
    const { source, line, enrollment } = waiting;
    writer.ssids.keepGiven({ source, line, ssid, localID: enrollment.localID, isNew: false });
  }
  if (joining.size === 0) return 0;
  merger.put(writer, '', rest);
  await writer.fetch([...joining.keys()].sort());
  for (const [ssid, waited] of [...joining].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const own = merger.records(writer.history(ssid)?.body());
    merger.put(writer, ssid, merger.merged(waited, own, ssid, true).records);
  }
  return records.length - rest.length;
}
