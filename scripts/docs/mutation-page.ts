/** docs/mutation.md: what the worked examples reach and notice, from rules. */

import { type Coverage, coverageOf, type Gap } from '#authoring/examples/coverage';
import { subjectsOf } from '#authoring/examples/reads';
import { MUTANT_KINDS, type MutantKind } from '#authoring/mutants/change';
import type { EquivalentEntry } from '#authoring/mutants/equivalents';
import type { Mutant } from '#authoring/mutants/mutants';
import { type MutationReport, type MutationScore, mutationReport } from '#authoring/mutants/mutation';
import { type Block, heading, list, paragraph, table } from '#base/page/blocks';
import { asMarkdown } from '#base/page/markdown';
import type { Rulebook } from '#rulebook/load/assemble';
import { generatedNote } from './note.ts';

const HEAD = `# What the worked examples show

${generatedNote('rules')}

An example that passes shows that a rule does what the example expects. This page shows more: whether the examples reach everything that the rules can do, and whether they
would notice a mistake. \`npx cenr rules test\` prints the same for any folder of rules.

**Reached.** The examples of a field, of the selection and of a check together reach every one of its rules, and give every condition in it, those in facts included,
every outcome that it can have: true, false and, where its value can be missing, absent.

**Noticed.** A *mutant* is the rulebook with one small mistake in it; the second table has the kinds. What several fields share is changed for each of them: for every mutant,
an example of that field, of the selection or of that check must fail. A mutant that the loader refuses is not counted, since nobody could use it. If a field reads another field, only
the value of the other field counts; its own examples must notice mistakes in its rules.

**Equivalent.** Some mutants change no value, and no records lead to some outcomes. \`rules/equivalent-mutants.json\` names them with the reasons; they are listed below.
`;

/**
 * @param of fields by number, `selection`, checks by code; the page of the repository has all
 * @param report what came of their mutants, where it is known already: it takes long to make
 */
export function mutationPage(
  rulebook: Rulebook,
  of: readonly string[] = subjectsOf(rulebook),
  report: MutationReport = mutationReport(rulebook, { only: of }),
): string {
  const coverage = coverageOf(rulebook, { only: of });
  const survivors = report.tried.filter(({ fate }) => fate === 'survived').map(({ mutant }) => mutant);
  const gaps = coverage.flatMap((each) => each.gaps);
  const blocks = [
    kindTable(report),
    ...section(
      'Not reached',
      'Every rule and outcome is reached, or is listed below as one that cannot be reached.',
      gaps.map(placed),
    ),
    ...section('Not noticed', 'Every mutant is noticed, or is listed below as equivalent.', survivors.map(placed)),
    ...section('Equivalent mutants', 'None.', equivalents(report)),
    ...section('What cannot be reached', 'None.', unreachable(coverage)),
  ];
  return `${HEAD}\n${subjectTable(rulebook, coverage, report)}\n\n${asMarkdown(blocks)}`;
}

const section = (title: string, none: string, items: readonly string[]): Block[] => [
  heading(2, title),
  items.length > 0 ? list(items) : paragraph(none),
];

/** Written by hand: `asMarkdown` leaves two blanks in the cell without a heading, and the page has one. */
function subjectTable({ declared }: Rulebook, coverage: readonly Coverage[], { scores }: MutationReport): string {
  const names = new Map([
    ...declared.fields.map(({ json }): [string, string] => [json.field, json.name]),
    ...declared.checks.map(({ json }): [string, string] => [json.code, json.title]),
  ]);
  const rows = coverage.map((each, i) => row(each.of, names.get(each.of) ?? '', each, scores[i] as MutationScore));
  const sum = (key: 'caught' | 'equivalent' | 'refused' | 'survived'): number =>
    scores.reduce((total, score) => total + score[key], 0);
  const total = {
    reached: coverage.reduce((count, each) => count + each.reached, 0),
    total: coverage.reduce((count, each) => count + each.total, 0),
  };
  const all = {
    caught: sum('caught'),
    equivalent: sum('equivalent'),
    refused: sum('refused'),
    survived: sum('survived'),
  };
  return [
    '| of | | reached | mutants | noticed | equivalent | not noticed | refused |',
    '|---|---|---|---|---|---|---|---|',
    ...rows,
    row('**all**', '', total, all),
  ].join('\n');
}

const KINDS: Readonly<Record<MutantKind, string>> = {
  operator: 'an operator reversed, or replaced by the one that differs on the boundary',
  group: '`all` and `any` swapped',
  dropped: 'a condition, a value of a parameter or a limit of its days left out',
  code: 'a code replaced by another of its code set, left out of a list, or added to an empty one',
  day: 'a day moved by one day',
  number: 'a number one less or one more',
  value: 'another value: what a rule gives, true and false, a choice, a severity',
  order: 'an item of an order left out, reversed or moved',
  rule: 'a rule left out, or tried after the next',
  calculation: 'an operand of a calculation left out, or its opposite',
  column: 'a column replaced by one that is easily mistaken for it',
  interval: 'another meaning of a blank end',
  scope: 'other record types or columns examined, other columns that tell rows apart',
};

function kindTable({ tried }: MutationReport): Block {
  const rows = MUTANT_KINDS.map((kind) => {
    const fates = tried
      .filter(({ mutant, fate }) => mutant.kind === kind && fate !== 'refused')
      .map(({ fate }) => fate);
    return [kind, KINDS[kind], `${fates.length}`, `${fates.filter((fate) => fate === 'caught').length}`];
  });
  return table(['kind', 'the mistake', 'mutants', 'noticed'], rows);
}

function row(
  of: string,
  name: string,
  { reached, total }: Pick<Coverage, 'reached' | 'total'>,
  { caught, equivalent, survived, refused }: Pick<MutationScore, 'caught' | 'equivalent' | 'survived' | 'refused'>,
): string {
  return `| ${of} | ${name} | ${reached} of ${total} | ${caught + equivalent + survived} | ${caught} | ${equivalent} | ${survived} | ${refused} |`;
}

const placed = ({ of, file, pointer, says }: Gap | Mutant): string => `${of}: ${says} (\`${file}\` \`${pointer}\`)`;

/** Each entry once, with all whose examples it excuses. */
function equivalents({ tried }: MutationReport): string[] {
  const entries = new Map<string, Omit<EquivalentEntry, 'of'> & { of: string[] }>();
  for (const { mutant, because } of tried) {
    if (because === undefined) continue;
    const { of, file, pointer, says } = mutant;
    const key = [file, pointer, says, because].join('\n');
    const known = entries.get(key);
    if (known) known.of.push(of);
    else entries.set(key, { of: [of], file, pointer, says, because });
  }
  return [...entries.values()].map(
    ({ of, file, pointer, says, because }) => `${of.join(', ')}: ${says} *${because}* (\`${file}\` \`${pointer}\`)`,
  );
}

const unreachable = (coverage: readonly Coverage[]): string[] =>
  coverage.flatMap(({ excused }) =>
    excused.map(
      ({ gap: { of, file, pointer, says }, because }) => `${of}: ${says} *${because}* (\`${file}\` \`${pointer}\`)`,
    ),
  );
