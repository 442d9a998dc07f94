/** Who everybody in a sample with identities really is (`identities.csv`). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Truth {
  /** The persons of numbers. */
  readonly personOf: ReadonlyMap<string, string>;
  /** The persons who ask for a number, by the line of their request. */
  readonly asking: ReadonlyMap<string, string>;
  /** How records of a person say otherwise who it is. */
  readonly differences: ReadonlyMap<string, string>;
  /** Of a person who has one: the twin, in both directions. */
  readonly twins: ReadonlyMap<string, string>;
}

const SAME = 'same';

/** @param dir of the sample */
export function truthIn(dir: string): Truth {
  const personOf = new Map<string, string>();
  const asking = new Map<string, string>();
  const differences = new Map<string, string>();
  const twins = new Map<string, string>();
  for (const line of readFileSync(join(dir, 'identities.csv'), 'utf8').split('\r\n').slice(1)) {
    const [person = '', , ssid = '', request = '', , difference = '', twin = ''] = line.split(',');
    if (request !== '') asking.set(request, person);
    if (ssid !== '') personOf.set(ssid, person);
    if (difference !== SAME && difference !== '') differences.set(person, difference);
    if (twin !== '') {
      twins.set(person, twin);
      twins.set(twin, person);
    }
  }
  return { personOf, asking, differences, twins };
}

/** How many there are of each, the most first: "renamed 3, birth day differs 1". */
export function counted(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}

/** Of all so many in percent; nothing is nothing of nothing. */
export const percent = (some: number, all: number): number => (all === 0 ? 0 : (some / all) * 100);
