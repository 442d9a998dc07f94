/** What may be told of the causes of a student: records of another LEA are not shown to whoever asks for one. */
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
