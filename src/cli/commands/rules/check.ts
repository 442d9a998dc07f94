import { Command } from 'commander';
import { examineRulebook, type RulebookReport, refusalReport } from '#authoring/check/check';
import { today } from '#cli/clock';
import { withStoreToRead } from '#cli/open-store';
import { rulesOption } from '#cli/options';
import { beforeEdits } from '#cli/rulebook-from';
import { terminal } from '#cli/terminal';
import { RulebookLoadError, readTexts, verify } from '#rulebook/load/load';
import type { NamedVersion } from '#rulebook/load/namesakes';
import { hashOf } from '#rulebook/load/texts';
import { findingLines, reportLines } from './findings.ts';

interface CheckOptions {
  readonly rules?: string;
  readonly json?: boolean;
  readonly strict?: boolean;
  readonly store?: string;
}

/** The rules in this program: a folder of rules is most often a copy of them. */
const shippedVersion = (): NamedVersion => {
  const texts = readTexts();
  const about = texts.find(({ path }) => path === 'rules/rulebook.json')?.text ?? '{}';
  return { hash: hashOf(texts), about: JSON.parse(about) as NamedVersion['about'] };
};

export const checkRulesCommand = (): Command =>
  new Command('check')
    .description('Reports errors, warnings and advice about the rules. Exit code 2 if there are errors.')
    .addOption(rulesOption())
    .option('--json', 'print the findings as JSON, with the student histories that show them')
    .option('--strict', 'exit code 1 if there are warnings')
    .option('--store DIR', 'compare LEAs and schools that rules name with the school directory in this store')
    .addHelpText(
      'after',
      '\ndocs/rule-check.md describes every kind of finding.\n\nExample:\n  cenr rules check --rules my-rules',
    )
    .action(async ({ rules, json = false, strict = false, store }: CheckOptions) => {
      const texts = readTexts(rules);
      let report: RulebookReport;
      let usable: string[] = [];
      try {
        const rulebook = verify(texts);
        const { declared } = rulebook;
        usable = [
          `The rulebook can be used: ${declared.fields.length} fields, ${declared.checks.length} checks, ${declared.facts.size} facts, ${declared.parameters.size} parameters.`,
          `SHA-256 ${rulebook.hash}`,
        ];
        report = examineRulebook(rulebook, texts, {
          today: today(),
          versions: [shippedVersion()],
          from: beforeEdits(rules),
          references: store === undefined ? [] : await withStoreToRead(store, (kept) => kept.references()),
        });
      } catch (error) {
        if (!json || !(error instanceof RulebookLoadError)) throw error;
        report = refusalReport(hashOf(texts), error.findings);
      }
      const lines = json
        ? [JSON.stringify(report, null, 2)]
        : [...report.findings.flatMap(findingLines), ...usable, ...reportLines(report)];
      terminal.out.write(`${lines.join('\n')}\n`);
      if (report.counts.error > 0) terminal.exitCode = 2;
      else if (strict && report.counts.warning > 0) terminal.exitCode = 1;
    });
