/**
 * Timing and tables for the benchmarks. Every ratio is of two measurements of one run, on one machine, with the same
 * data and rules.
 */
import { grouped } from '#base/text';

export interface Measured {
  readonly what: string;
  readonly result: string;
  /** What the project asks of it; absent for a figure that only explains another. */
  readonly wanted?: string;
  readonly met?: boolean;
}

/** The quickest of several runs, in seconds: what disturbs a run only ever makes it slower. */
export async function quickest(runs: number, work: () => unknown): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < runs; i++) {
    const begun = performance.now();
    await work();
    best = Math.min(best, (performance.now() - begun) / 1000);
  }
  return best;
}

export const perSecond = (count: number, seconds: number): string => `${grouped(Math.round(count / seconds))} a second`;
export const seconds = (s: number): string => `${s.toFixed(2)} s`;
export const times = (ratio: number): string => `${ratio.toFixed(ratio < 10 ? 2 : 0)} times`;
export const megabytes = (bytes: number): string => `${grouped(Math.round(bytes / 1e6))} MB`;

/** The measurements as a table for a terminal. */
export function table(rows: readonly Measured[]): string {
  const cells = [
    ['what', 'measured', 'wanted', ''],
    ...rows.map((r) => [r.what, r.result, r.wanted ?? '', r.met === undefined ? '' : r.met ? 'met' : 'NOT MET']),
  ];
  const widths = [0, 1, 2].map((c) => Math.max(...cells.map((row) => (row[c] as string).length)));
  return cells
    .map((row) =>
      row
        .map((cell, c) => cell.padEnd(widths[c] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
