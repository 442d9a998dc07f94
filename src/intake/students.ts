/** A bucket of kept lines as students: each with its records in the order of files and lines. */
import type { ReadPlan, SourceRecord } from '../records/record.ts';
import { readRecords } from '../records/record.ts';
import type { KeyPlaces } from './apply.ts';

export interface IncomingStudent {
  readonly ssid: string;
  readonly records: SourceRecord[];
}

/**
 * @param texts kept lines, each text in ascending order of file and line
 * @returns students in ascending order of SSID; the records without an SSID, if any, come first, as one student
 */
export function studentsOf(texts: readonly string[], plan: ReadPlan, keys: readonly KeyPlaces[]): IncomingStudent[] {
  const bySSID = new Map<string, SourceRecord[]>();
  for (const text of texts) {
    for (const record of readRecords(text, plan)) {
      const ssid = record.values[(keys[record.type] as KeyPlaces).ssid] as string;
      const known = bySSID.get(ssid);
      if (known) known.push(record);
      else bySSID.set(ssid, [record]);
    }
  }
  const place = (record: SourceRecord): number => {
    const { source, line } = keys[record.type] as KeyPlaces;
    return Number(record.values[source]) * 2 ** 36 + Number(record.values[line]);
  };
  const students = Array.from(bySSID, ([ssid, records]): IncomingStudent => ({ ssid, records }));
  // Texts come from writers that worked side by side.
  if (texts.length > 1) for (const { records } of students) records.sort((a, b) => place(a) - place(b));
  return students.sort((a, b) => (a.ssid < b.ssid ? -1 : 1));
}
