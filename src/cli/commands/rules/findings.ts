/** Findings of the check of a rulebook as lines for a terminal. */

import type { RulebookReport } from '#authoring/check/check';
import type { RuleFinding } from '#authoring/check/finding';
import { countedOrNo } from '#base/text';

/** `file:line:column pointer: severity: sentence (kind)`, and below it the history that shows it. */
export function findingLines({ file, line, column, pointer, severity, message, kind, witness }: RuleFinding): string[] {
  const head = `${file}:${line}:${column}${pointer ? ` ${pointer}` : ''}: ${severity}: ${message} (${kind})`;
  if (!witness) return [head];
  const { from, request, runDate, records, shows } = witness;
  return [
    head,
    `  shown by ${from ?? 'this history'}: ${shows}`,
    ...(request
      ? [`    request ${JSON.stringify(request)}${runDate === undefined ? '' : `, run date ${runDate}`}`]
      : []),
    ...records.map((record) => `    ${JSON.stringify(record)}`),
  ];
}

/** How many findings there are; none for a rulebook without any. */
export function reportLines({ counts }: RulebookReport): string[] {
  const said = [
    countedOrNo(counts.error, 'error'),
    countedOrNo(counts.warning, 'warning'),
    counts.advice === 0 ? '' : counts.advice === 1 ? '1 piece of advice' : `${counts.advice} pieces of advice`,
  ];
  return counts.error + counts.warning + counts.advice === 0
    ? []
    : [`${said.filter(Boolean).join(', ')}. docs/rule-check.md explains each.`];
}
