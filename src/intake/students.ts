/** A bucket of kept lines as students: each with its records in the order of files and lines. */
import { placeInMargin, type ReadPlan, readRecordAt, type SourceRecord } from '#records/record';
import { SSID_END } from './partition.ts';

export interface IncomingStudent {
  /** `''` for the records that ask for an SSID, which are put together as one student. */
  readonly ssid: string;
  readonly records: SourceRecord[];
}

/** Where the kept lines of one student begin: text and offset. */
interface Lines {
  readonly texts: string[];
  readonly offsets: number[];
}

/**
 * The students of a bucket in ascending order of SSID. A student's records are read when it is its turn: records of a
 * whole bucket at once would have to be moved about by the garbage collector, and would be gone from the processor's
 * caches when they are needed.
 * @param texts as the partition writes them, each in ascending order of file and line
 */
export function* studentsOf(texts: readonly string[], plan: ReadPlan): Generator<IncomingStudent> {
  const bySSID = new Map<string, Lines>();
  for (const text of texts) {
    for (let at = 0; at < text.length; at = text.indexOf('\n', at) + 1) {
      const end = text.indexOf(SSID_END, at);
      const ssid = text.slice(at, end);
      let lines = bySSID.get(ssid);
      if (!lines) {
        lines = { texts: [], offsets: [] };
        bySSID.set(ssid, lines);
      }
      lines.texts.push(text);
      lines.offsets.push(end + SSID_END.length);
    }
  }
  for (const ssid of [...bySSID.keys()].sort()) {
    const lines = bySSID.get(ssid) as Lines;
    const records = lines.offsets.map((offset, i) => readRecordAt(lines.texts[i] as string, offset, plan));
    // Several texts come from writers that worked side by side.
    if (texts.length > 1 && !inOrder(records)) records.sort((a, b) => (placeInMargin(a) < placeInMargin(b) ? -1 : 1));
    bySSID.delete(ssid);
    yield { ssid, records };
  }
}

function inOrder(records: readonly SourceRecord[]): boolean {
  for (let i = 1; i < records.length; i++)
    if (placeInMargin(records[i - 1] as SourceRecord) > placeInMargin(records[i] as SourceRecord)) return false;
  return true;
}
