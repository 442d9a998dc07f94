/** docs/rule-check.md: what the check of a rulebook finds, from its list of kinds. */

import { KINDS, type KindEntry } from '#authoring/check/kinds';
import { heading, paragraph } from '#base/page/blocks';
import { asMarkdown } from '#base/page/markdown';
import { generatedNote } from './note.ts';

const INTRODUCTION = `\`npx cenr rules check\` reads a rulebook as a colleague would before it takes effect. Each finding has a file, line, column and JSON pointer, a severity, one
sentence and a kind. If there is a student history that shows the finding, it follows: a worked example, or records made from one and evaluated with these rules.

* **error**: do not publish the rulebook. The exit code is 2.
* **warning**: somebody should read it. With \`--strict\` the exit code is 1.
* **advice**: you may leave it as it is.

The check proves from the conditions that a condition always or never holds, or that a rule never decides; it does not guess from examples, so a finding is true for every
student. It does not find everything: it does not follow facts of facts, sums of days, or the order of more than two days.

Parameters of type \`choice\` and parameters with a \`reading\` can be set to another value. A condition on such a parameter is not reported for always having the same outcome with the current value.`;

export function ruleCheckPage(): string {
  const kinds: [string, KindEntry][] = Object.entries(KINDS);
  return asMarkdown([
    heading(1, 'What `cenr rules check` finds'),
    paragraph(generatedNote('src/authoring/check/kinds.ts')),
    paragraph(INTRODUCTION),
    ...kinds.flatMap(([kind, { severity, or, says, fix }]) => [
      heading(2, kind),
      paragraph(`**${severity}${or ? ` or ${or}` : ''}.** ${says}`),
      paragraph(`*How to fix it:* ${fix}`),
    ]),
  ]);
}
