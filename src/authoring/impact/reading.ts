/**
 * Whether two rulebooks read and check records alike, and how many each would reject: a change of a layout, a code set or
 * a check decides which records there are at all.
 */
import { compileRulebook } from '#extract/extractor';
import { Applier } from '#intake/apply';
import { type LineChecker, lineChecker } from '#intake/check-lines';
import { StudentLines, studentFrom } from '#intake/student';
import { asSent, type KeptHistory } from '#records/record';
import type { Rulebook } from '#rulebook/load/assemble';
import { factsIn, parametersIn } from '#rulebook/tree/walk';
import { type Difference, meaning } from './declared.ts';

const conditionsOf = ({ checks }: Rulebook) => checks.checks.map(({ condition }) => condition);

/** Ids of the differences that decide which records are read, and how. */
export function idsOfReading(differences: readonly Difference[], ...rulebooks: readonly Rulebook[]): Set<string> {
  const roots = rulebooks.flatMap(conditionsOf);
  const named = new Set([
    ...parametersIn(roots).map(({ name }) => `parameter ${name}`),
    ...factsIn(roots).map(({ name }) => `fact ${name}`),
  ]);
  const isOfReading = ({ id, kind }: Difference): boolean =>
    kind === 'check' ||
    kind === 'codeSet' ||
    kind === 'reference' ||
    (kind === 'layout' && id !== 'layout CENR') ||
    named.has(id);
  return new Set(differences.filter(isOfReading).map(({ id }) => id));
}

/** Whether both take, reject and read the same records, whatever is sent. */
export const takesAlike = (a: Rulebook, b: Rulebook): boolean => taking(a) === taking(b);

const taking = (rulebook: Rulebook): string => {
  const { schemas, declared } = rulebook;
  const roots = conditionsOf(rulebook);
  const named = (of: ReadonlyMap<string, { readonly json: unknown }>, names: readonly string[]): unknown =>
    [...new Set(names)].sort().map((name) => meaning(of.get(name)?.json ?? name));
  return JSON.stringify([
    schemas.layouts.map(meaning).sort(),
    schemas.codeSets.map(meaning).sort(),
    [...declared.references.values()].map(({ json, loaded }) => [meaning(json), loaded?.sha256 ?? '']),
    declared.checks.map(({ json }) => meaning(json)).sort(),
    declared.intervals.map(({ json }) => meaning(json)).sort(),
    named(
      declared.parameters,
      parametersIn(roots).map(({ name }) => name),
    ),
    named(
      declared.facts,
      factsIn(roots).map(({ name }) => name),
    ),
  ]);
};

/** What became of records: how many were rejected or passed over, and by which checks. */
export interface Taken {
  rejected: number;
  notUsed: number;
  /** By code; one record may have several. */
  readonly rejections: Record<string, number>;
}

export const noneTaken = (): Taken => ({ rejected: 0, notUsed: 0, rejections: {} });

export function addTaken(to: Taken, { rejected, notUsed, rejections }: Taken): void {
  to.rejected += rejected;
  to.notUsed += notUsed;
  for (const [code, count] of Object.entries(rejections)) to.rejections[code] = (to.rejections[code] ?? 0) + count;
}

/** Stored records as if they were sent again: what the checks of a rulebook make of them. */
export class SentAgain {
  readonly #checker: LineChecker;
  readonly #applier: Applier;

  /** @param loadDay CCYYMMDD */
  constructor(rulebook: Rulebook, loadDay: string) {
    const compiled = compileRulebook(rulebook, { recording: false });
    this.#checker = lineChecker(rulebook, compiled.checks, undefined, loadDay);
    this.#applier = new Applier(compiled, String);
  }

  /** Adds what becomes of a student's records; gives how many there are. */
  count(history: KeptHistory, into: Taken): number {
    const lines = new StudentLines();
    const body = history.body();
    const kept = body === '' ? [] : body.split('\n');
    let rejected = 0;
    for (const [i, line] of kept.entries()) {
      const checked = this.#checker.check(asSent(line), '', i + 1, undefined, undefined, false);
      lines.add(1, i + 1, checked);
      if (checked.fate === 'rejected') rejected++;
    }
    const { counts, problems } = studentFrom(lines, history.ssid, this.#applier);
    into.rejected += rejected + counts.rejected;
    into.notUsed += lines.notUsed;
    for (const { severity, code } of [...lines.problems, ...problems])
      if (severity === 'reject') into.rejections[code] = (into.rejections[code] ?? 0) + 1;
    return kept.length;
  }
}
