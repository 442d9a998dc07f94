import { Command } from 'commander';
import { addRequestOptions, dayOption, rulesOrVersionOption, storeOption } from '../options.ts';
import type { GroundsOptions } from './show-grounds.ts';

export const groundsCommand = (): Command =>
  addRequestOptions(new Command('grounds'))
    .description(
      'Counts what is behind a value of a field: how many students have it by which rule, and by the codes of which records, such as which program. A student counts once, however many schools; one with several grounds counts in each.',
    )
    .argument('<FIELD>', 'the number of a derived field')
    .argument('<VALUE>', 'the value')
    .addOption(storeOption())
    .option('--run-date <DATE>', 'the run date (default: today)', dayOption)
    .option('--out <FILE>', 'write the counts by school as CSV; - writes to standard output')
    .addOption(rulesOrVersionOption())
    .addHelpText('after', '\nExample:\n  cenr grounds 38 Y --store data --lea 9900001 --academic-year 2025-2026')
    .action(async (field: string, value: string, options: GroundsOptions) =>
      (await import('./show-grounds.ts')).showGrounds(field, value, options),
    );
