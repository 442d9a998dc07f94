/** The made-up students of an example, as explanations show those of an extract. */
import type { Explainer } from '#explain/explain';
import type { StudentHistory } from '#explain/explanation';
import { parseDay } from '#records/days';
import type { Rulebook } from '#rulebook/load/assemble';
import { type ExampleCase, ExampleError, requestOf } from './cases.ts';
import { Bench } from './run.ts';

/**
 * @param explainerOf whoever explains by a rulebook: an example may set parameters otherwise
 * @returns none for an example of a check, whose records are on their way in, or for one that cannot be run
 */
export function studentsOf(
  rulebook: Rulebook,
  example: ExampleCase,
  explainerOf: (rulebook: Rulebook) => Explainer,
): StudentHistory[] {
  const { request, runDate } = example;
  const day = runDate === undefined ? undefined : parseDay(runDate);
  if (!request || day === undefined || 'findings' in example.expect) return [];
  try {
    const bench = new Bench(rulebook).for(example);
    const explainer = explainerOf(bench.rulebook);
    const { lines } = bench.kept(example, day);
    return [...lines.bodies]
      .filter(([ssid]) => ssid !== '')
      .map(([ssid, body]) =>
        explainer.history({
          ssid,
          body,
          request: requestOf(request),
          runDate: day,
          visible: 'all',
          placeOf: () => ({ file: 'record' }),
        }),
      );
  } catch (error) {
    if (error instanceof ExampleError) return [];
    throw error;
  }
}
