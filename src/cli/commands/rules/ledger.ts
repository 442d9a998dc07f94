import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { compareWithPage, type PageDifferences } from '#authoring/ledger/compare';
import { differenceLines, reportLines } from '#authoring/ledger/ledger-words';
import { reportOf } from '#authoring/ledger/report';
import { UserError } from '#base/user-error';
import { rulesOption } from '#cli/options';
import { rulebookFrom } from '#cli/rulebook-from';
import { terminal } from '#cli/terminal';
import type { Rulebook } from '#rulebook/load/assemble';
import { ledgersOf } from '#rulebook/load/citations';

export const ledgerRulesCommand = (): Command =>
  new Command('ledger')
    .description(
      'Lists the sentences of the published page that no rule or example covers, and those that need none. Exit code 1 if a sentence is not covered, or if the page of --page differs from the ledger.',
    )
    .addOption(rulesOption())
    .option('--page <FILE>', 'the published page as text; lists its new, missing and changed sentences')
    .addHelpText('after', '\nExample:\n  cenr rules ledger\n  cenr rules ledger --page page.txt')
    .action(async ({ page, ...options }: { rules?: string; page?: string }) => {
      const rulebook = await rulebookFrom(options);
      const report = reportOf(rulebook);
      const differences = page === undefined ? undefined : differencesFrom(rulebook, readFileSync(page, 'utf8'));
      terminal.out.write(
        `${[...reportLines(report), ...(differences ? ['', ...differenceLines(differences)] : [])].join('\n')}\n`,
      );
      const isOther =
        differences !== undefined && differences.changed.length + differences.gone.length + differences.new.length > 0;
      if (report.findings.length > 0 || isOther) terminal.exitCode = 1;
    });

/**
 * Of several ledgers, the page belongs to the one with which it has most sentences in common; of equals, to that of the
 * publication that the rulebook follows.
 */
function differencesFrom({ files, about }: Rulebook, text: string): PageDifferences {
  const [best] = ledgersOf(files)
    .toSorted((a, b) => Number(b.json.page === about.publication.page) - Number(a.json.page === about.publication.page))
    .map(({ json }) => compareWithPage(json, text))
    .sort((a, b) => b.same - a.same);
  if (!best)
    throw new UserError('--page: the rulebook has no ledger to compare the page with; rules/ledger has no file');
  return best;
}
