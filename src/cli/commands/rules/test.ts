import { Command, Option } from 'commander';
import { type Coverage, coverageOf } from '#authoring/examples/coverage';
import { subjectsOf } from '#authoring/examples/reads';
import { type ExampleResult, runExamples } from '#authoring/examples/run';
import { type Fate, type MutationReport, mutationReport } from '#authoring/mutants/mutation';
import { UserError } from '#base/user-error';
import { rulesOption, severalOption } from '#cli/options';
import { rulebookFrom } from '#cli/rulebook-from';
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
While an example fails, nothing else is looked at. Otherwise the report says:
  * what no example reaches: rules, and outcomes of conditions (true, false, absent);
  * which mutants no example notices. A mutant is the rulebook with one small mistake in it: an operator turned round, a condition left out, a code
    exchanged, a day moved. Each has to make an example of its own field, of the selection, or of its own check fail.
What cannot be reached or noticed is named, with the reason, in rules/equivalent-mutants.json; an entry that is not true is reported too.
docs/mutation.md is the report for the rules that come with the program.

Example:
  cenr rules test --rules my-rules
  cenr rules test --only 40 --strict`;

export const testRulesVerb = (): Command =>
  new Command('test')
    .description(
      'Runs the worked examples in rules/examples and says what they do not show; exit code 1 when an example fails.',
    )
    .addOption(rulesOption())
    .addOption(
      new Option(
        '--only <OF>',
        'only the examples of a field, of "selection" or of a check; several with commas',
      ).argParser(severalOption),
    )
    .option('--no-mutants', 'leave out the mutants')
    .option('--strict', 'exit code 1 also when something is not reached or not noticed')
    .option('--json', 'the report as JSON')
    .addHelpText('after', HELP)
    .action(({ only, mutants, strict = false, json = false, ...options }: TestOptions) => {
      const rulebook = rulebookFrom(options);
      const subjects = only ?? subjectsOf(rulebook);
      refuseUnknown(subjects, rulebook);
      const results = runExamples(rulebook).filter(({ of }) => only === undefined || only.includes(of));
      const failed = results.filter((result) => !result.passed);
      const looksFurther = failed.length === 0;
      const coverage = looksFurther ? coverageOf(rulebook, { only: subjects }) : undefined;
      const mutation = looksFurther && mutants ? mutationReport(rulebook, { only: subjects }) : undefined;
      const report = { passed: results.length - failed.length, failed, coverage, mutation };
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
const withoutFiles = ({ mutation, ...rest }: Report): object => ({
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
function lines({ passed, failed, coverage, mutation }: Report, inFull: boolean): string[] {
  const gaps = coverage?.flatMap((each) => each.gaps) ?? [];
  const survivors = mutation?.tried.filter(({ fate }) => fate === 'survived').map(({ mutant }) => mutant) ?? [];
  const stale = [...(coverage?.flatMap((each) => each.stale) ?? []), ...(mutation?.stale ?? [])];
  return [
    ...failed.flatMap(({ file, pointer, of, title, message }) => [
      `${file} ${pointer}`,
      `  ${of}: ${title}`,
      `  ${message}`,
    ]),
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
      `  ${of.join(', ')}: an entry of rules/equivalent-mutants.json about this place is not true (any more); take it out`,
    ]),
    ...(coverage ? table(coverage, mutation, inFull) : []),
    `${passed} examples passed, ${failed.length} failed`,
    ...(coverage ? [coverageLine(coverage)] : []),
    ...(mutation ? [mutationLine(mutation)] : []),
  ];
}

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
