/** What may be told of the causes of a student: records of another LEA are not shown to whoever asks for one. */
import { columnValue } from '#explain/what-would-change/edits';
import { layoutOf, type Schemas } from '#records/layout';
import { placeOf, type ReadPlan, readRecords } from '#records/record';
import type { Cause, StudentFindings } from './causes.ts';

export interface Told {
  readonly findings: StudentFindings;
  /** Causes that are not told. */
  readonly hidden: number;
}

/** @param mayTell whether a cause may be told; what only others explain has no cause then */
export function told(findings: StudentFindings, mayTell: (cause: Cause) => boolean): Told {
  const causes = findings.causes.flatMap((found) => {
    const others = found.others.filter(mayTell);
    return mayTell(found.cause) ? [{ ...found, others }] : [];
  });
  const hidden = findings.causes.length - causes.length;
  if (hidden === 0) return { findings: { ...findings, causes }, hidden };
  const items = findings.causes.filter(({ cause }) => !mayTell(cause)).flatMap((found) => found.items);
  return { findings: { ...findings, causes, unexplained: [...findings.unexplained, ...items] }, hidden };
}

/**
 * Whether a cause may be told, by the record that it is about.
 * @param body the student's history
 * @param mayTell whether a record of an LEA may be told of, by the source that it came from; `''` is no LEA
 */
export function visibleIn(
  body: string,
  { plan, schemas }: { readonly plan: ReadPlan; readonly schemas: Schemas },
  mayTell: (lea: string, source: number) => boolean,
): (cause: Cause) => boolean {
  const records = readRecords(body, plan);
  return (cause) => {
    if (!('record' in cause) || !cause.record.place) return true;
    const { source, line } = cause.record.place;
    const record = records.find((one) => placeOf(one).source === source && placeOf(one).line === line);
    const layout = layoutOf(schemas, cause.record.recordType);
    return !record || !layout || mayTell(columnValue(record, 'reportingLEA', plan, layout), source);
  };
}
