import { Command, Option } from 'commander';
import { type Coverage, coverageOf } from '#authoring/examples/coverage';
import { type FailingEdit, failedByEdit } from '#authoring/examples/edits';
import { subjectsOf } from '#authoring/examples/reads';
import { type ExampleResult, runExamples } from '#authoring/examples/run';
import { type Fate, type MutationReport, mutationReport } from '#authoring/mutants/mutation';
import { UserError } from '#base/user-error';
import { listOption, rulesOption } from '#cli/options';
import { beforeEdits, rulebookFrom } from '#cli/rulebook-from';
import { terminal } from '#cli/terminal';
import type { Rulebook } from '#rulebook/load/assemble';

interface TestOptions {
  readonly rules?: string;
  readonly only?: readonly string[];
  readonly mutants: boolean;
  readonly strict?: boolean;
  readonly json?: boolean;
}

const HELP = `
If an example fails, nothing else is tested. Otherwise the report lists:
  * the rules and the outcomes of conditions (true, false, absent) that no example reaches;
  * the mutants that no example notices. A mutant is the rulebook with one small mistake in it: an operator reversed, a condition left out, a code
    replaced, a day moved. At least one example of its field, of the selection, or of its check must fail.
Name what cannot be reached or noticed, with the reason, in rules/equivalent-mutants.json. Exceptions that are no longer true are reported too.
docs/mutation.md is the report for the rules in this program.

Example:
  cenr rules test --rules my-rules
  cenr rules test --only 40 --strict`;

export const testRulesCommand = (): Command =>
  new Command('test')
    .description(
      'Runs the worked examples in rules/examples, and reports what they do not test. Exit code 1 if an example fails.',
    )
    .addOption(rulesOption())
    .addOption(
      new Option(
        '--only <OF>',
        'only the examples of this field or check, or of "selection"; separate several with commas',
      ).argParser(listOption),
    )
    .option('--no-mutants', 'do not test mutants')
    .option('--strict', 'exit code 1 also if something is not reached or not noticed')
    .option('--json', 'print the report as JSON')
    .addHelpText('after', HELP)
    .action(async ({ only, mutants, strict = false, json = false, ...options }: TestOptions) => {
      const rulebook = await rulebookFrom(options);
      const subjects = only ?? subjectsOf(rulebook);
      refuseUnknown(subjects, rulebook);
      const results = runExamples(rulebook).filter(({ of }) => only === undefined || only.includes(of));
      const failed = results.filter((result) => !result.passed);
      const looksFurther = failed.length === 0;
      const coverage = looksFurther ? coverageOf(rulebook, { only: subjects }) : undefined;
      const mutation = looksFurther && mutants ? mutationReport(rulebook, { only: subjects }) : undefined;
      const from = failed.length > 1 ? beforeEdits(options.rules) : undefined;
      const byEdit = from ? failedByEdit(from, rulebook, failed) : { edits: [], others: failed };
      const report = { passed: results.length - failed.length, failed, ...byEdit, coverage, mutation };
      terminal.out.write(
        json
          ? `${JSON.stringify(withoutFiles(report), null, 2)}\n`
          : `${lines(report, only !== undefined).join('\n')}\n`,
      );
      if (failed.length > 0 || (strict && isIncomplete(report))) terminal.exitCode = 1;
    });

interface Report {
  readonly passed: number;
  readonly failed: readonly ExampleResult[];
  /** Edits that make several of them fail. */
  readonly edits: readonly FailingEdit[];
  /** Those of no such edit. */
  readonly others: readonly ExampleResult[];
  readonly coverage: readonly Coverage[] | undefined;
  readonly mutation: MutationReport | undefined;
}

function refuseUnknown(subjects: readonly string[], rulebook: Rulebook): void {
  const known = subjectsOf(rulebook);
  const unknown = subjects.find((of) => !known.includes(of));
  if (unknown !== undefined)
    throw new UserError(
      `--only ${unknown}: the rulebook has no such field or check; expected a field's number, selection, or a check's code`,
    );
}

const isIncomplete = ({ coverage = [], mutation }: Report): boolean =>
  coverage.some(({ gaps, stale }) => gaps.length + stale.length > 0) ||
  (mutation !== undefined && (mutation.stale.length > 0 || mutation.scores.some(({ survived }) => survived > 0)));

/** A mutant holds the whole of its changed file, which nobody wants to read. */
const withoutFiles = ({ mutation, others: _others, ...rest }: Report): object => ({
  ...rest,
  ...(mutation && {
    mutation: {
      scores: mutation.scores,
      mutants: mutation.tried.map(({ mutant: { json: _, ...mutant }, ...what }) => ({ ...mutant, ...what })),
      stale: mutation.stale,
    },
  }),
});

/** @param inFull whether to show the numbers of subjects about which there is nothing to complain */
function lines({ passed, failed, edits, others, coverage, mutation }: Report, inFull: boolean): string[] {
  const gaps = coverage?.flatMap((each) => each.gaps) ?? [];
  const survivors = mutation?.tried.filter(({ fate }) => fate === 'survived').map(({ mutant }) => mutant) ?? [];
  const stale = [...(coverage?.flatMap((each) => each.stale) ?? []), ...(mutation?.stale ?? [])];
  return [
    ...edits.flatMap(({ file, line, column, sentence, examples }) => [
      `${file}:${line}:${column}: this edit makes ${examples.length} examples fail: ${sentence}`,
      ...examples.flatMap((example) => exampleLines(example).map((text) => `  ${text}`)),
    ]),
    ...others.flatMap(exampleLines),
    ...gaps.flatMap(({ file, pointer, of, says }) => [
      `${file} ${pointer}`,
      `  ${of}: not reached by an example. ${says}`,
    ]),
    ...survivors.flatMap(({ file, pointer, of, says }) => [
      `${file} ${pointer}`,
      `  ${of}: not noticed by an example. ${says}`,
    ]),
    ...stale.flatMap(({ file, pointer, of }) => [
      `${file} ${pointer}`,
      `  ${of.join(', ')}: an exception for this in rules/equivalent-mutants.json is no longer true; remove it`,
    ]),
    ...(coverage ? table(coverage, mutation, inFull) : []),
    `${passed} examples passed, ${failed.length} failed`,
    ...(coverage ? [coverageLine(coverage)] : []),
    ...(mutation ? [mutationLine(mutation)] : []),
  ];
}

const exampleLines = ({ file, pointer, of, title, message }: ExampleResult): string[] => [
  `${file} ${pointer}`,
  `  ${of}: ${title}`,
  `  ${message}`,
];

function table(coverage: readonly Coverage[], mutation: MutationReport | undefined, inFull: boolean): string[] {
  const rows = coverage.flatMap(({ of, reached, total }) => {
    const score = mutation?.scores.find((each) => each.of === of);
    const { caught = 0, survived = 0, equivalent = 0 } = score ?? {};
    if (!inFull && reached === total && survived === 0) return [];
    const noticed = score
      ? `, ${caught} of ${caught + survived} mutants noticed${equivalent > 0 ? `, ${equivalent} equivalent` : ''}`
      : '';
    return [`${of}: ${reached} of ${total} reached${noticed}`];
  });
  return rows;
}

function coverageLine(coverage: readonly Coverage[]): string {
  const sum = (count: (each: Coverage) => number): number => coverage.reduce((total, each) => total + count(each), 0);
  const excused = sum((each) => each.excused.length);
  return `${sum((each) => each.reached)} of ${sum((each) => each.total)} rules and outcomes of conditions reached${excused > 0 ? `; ${excused} cannot be reached` : ''}`;
}

function mutationLine({ scores }: MutationReport): string {
  const sum = (fate: Fate): number => scores.reduce((total, score) => total + score[fate], 0);
  const equivalent = sum('equivalent');
  const refused = sum('refused');
  const rest = [
    ...(equivalent > 0 ? [`${equivalent} equivalent`] : []),
    ...(refused > 0 ? [`${refused} refused by the loader`] : []),
  ];
  return [`${sum('caught')} of ${sum('caught') + sum('survived')} mutants noticed`, ...rest].join('; ');
}
