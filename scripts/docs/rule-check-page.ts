/** docs/rule-check.md: what the check of a rulebook finds, from its list of kinds. */

import { KINDS, type KindEntry } from '#authoring/check/kinds';
import { heading, paragraph } from '#base/page/blocks';
import { asMarkdown } from '#base/page/markdown';
import { generatedNote } from './note.ts';

const INTRODUCTION = `\`npx cenr rules check\` reads a rulebook as a colleague would before it takes effect. Each finding has its place (file, line, column, JSON pointer), a severity, one
sentence and a kind; where there is one, a student history follows that shows it: a worked example, or records made from one and evaluated with the very rules.

* **error**: the rulebook must not be published. The exit code is 2.
* **warning**: somebody should read it. With \`--strict\` the exit code is 1.
* **advice**: it may be left as it is.

That a condition always or never holds, or a rule never decides, is worked out from the conditions, never guessed from examples: what is reported is so for every
student. Not everything that is so is found: facts of facts, the sums of days and the order of more than two days are not followed.

Parameters of type \`choice\` and those with a \`reading\` are there to be set otherwise. A condition on one is not reported for coming to the same while it is set as it is.`;

export function ruleCheckPage(): string {
  const kinds: [string, KindEntry][] = Object.entries(KINDS);
  return asMarkdown([
    heading(1, 'What `cenr rules check` finds'),
    paragraph(generatedNote('src/authoring/check/kinds.ts')),
    paragraph(INTRODUCTION),
    ...kinds.flatMap(([kind, { severity, or, says, solve }]) => [
      heading(2, kind),
      paragraph(`**${severity}${or ? ` or ${or}` : ''}.** ${says}`),
      paragraph(`*What to do:* ${solve}`),
    ]),
  ]);
}
