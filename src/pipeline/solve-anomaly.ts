/** What may become of an anomaly of several numbers: all but the one to keep are retired. */
import { UserError } from '#base/user-error';
import type { LEAScope } from '#records/scope';
import type { Anomaly } from '#store/anomalies';
import { type Retired, type RetireOptions, retireSSIDs } from './retire-ssids.ts';

export interface Solved extends Retired {
  readonly anomaly: Anomaly;
}

/**
 * Retires the numbers of an anomaly in favor of the one with the oldest enrollment, and resolves it.
 * @returns `undefined` when it is not in scope
 * @throws UserError when it is not about several numbers, is not open, or one of them is another LEA's student;
 * RetirementRefusedError, StoreBusyError
 */
export async function solveByRetiring(
  scope: LEAScope,
  id: string,
  entry: { readonly at: string; readonly by: string; readonly why: string },
  options: RetireOptions,
): Promise<Solved | undefined> {
  const { anomalies } = options.store;
  const anomaly = await anomalies.get(scope, id);
  if (!anomaly) return undefined;
  const [keep, ...others] = [...new Set(anomaly.sides.map(({ ssid }) => ssid))] as [string, ...string[]];
  if (others.length === 0) throw new UserError('this anomaly is about one SSID; there is no number to retire');
  if (anomaly.state !== 'open') throw new UserError(`this anomaly is ${anomaly.state}; only an open one can be solved`);
  if (scope !== 'all' && anomaly.sides.some(({ lea }) => !scope.includes(lea)))
    throw new UserError(
      "one of the students is another LEA's: agree with that LEA which number is retired, and let the county or the state retire it",
    );
  const retirements = others.map((retired) => ({ ...entry, retired, replacement: keep, day: options.loadDay }));
  const done = await retireSSIDs(retirements, options);
  const why = `${others.join(', ')} retired in favor of ${keep}: ${entry.why}`;
  const resolved = await anomalies.change('all', id, { ...entry, state: 'resolved', why });
  return { ...done, anomaly: resolved as Anomaly };
}
