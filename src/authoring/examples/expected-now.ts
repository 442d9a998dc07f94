/** What an example that fails would have to expect to hold: for whoever says that it is the change they make. */
import type { Rulebook } from '#rulebook/load/assemble';
import { casesOf, type Expectation } from './cases.ts';
import { type ExampleResult, type Found, USUAL_KEYS } from './run.ts';

export interface FailedExample extends ExampleResult {
  /** Absent for an example that cannot be run, or whose row breaks a law: nothing that it expects would make it hold. */
  readonly expectedNow?: Expectation;
}

/**
 * Failing examples with what they would have to expect.
 * @param failed results of examples of this rulebook that did not pass
 */
export function expectedNow(rulebook: Rulebook, failed: readonly ExampleResult[]): FailedExample[] {
  const cases = new Map(casesOf(rulebook).map((example) => [`${example.file} ${example.pointer}`, example.expect]));
  return failed.map((result) => {
    const expect = cases.get(`${result.file} ${result.pointer}`);
    const now = expect && result.found && !result.laws && instead(expect, result.found);
    return now ? { ...result, expectedNow: now } : result;
  });
}

function instead(expect: Expectation, found: Found): Expectation | undefined {
  if ('value' in expect && found.kind === 'field')
    return { ...expect, value: found.value, ...(expect.rule !== undefined && { rule: found.rule }) };
  if ('rows' in expect && found.kind === 'rows') {
    const named = [...new Set(expect.rows.flatMap((row) => Object.keys(row)))];
    const keys = named.length > 0 ? named : USUAL_KEYS;
    return { rows: found.rows.map((row) => Object.fromEntries(keys.map((key) => [key, row[key] ?? '']))) };
  }
  if ('findings' in expect && found.kind === 'findings') {
    const isSevere = expect.findings.some(({ severity }) => severity !== undefined);
    return {
      findings: found.findings.map(({ record, code, severity }) => ({ record, code, ...(isSevere && { severity }) })),
    };
  }
  return undefined;
}
