import { Command } from 'commander';
import { addRequestOptions, dayOption, rulesOrVersionOption, withoutMandatory } from '../options.ts';
import type { HorizonOptions } from './show-horizon.ts';

export const horizonCommand = (): Command =>
  withoutMandatory(addRequestOptions(new Command('horizon')))
    .description(
      'Says what comes for the students of an extract, year by year, as the rules declare it (rules/horizons): who is a long-term English Learner now, who becomes one in this year and in each of the next, by school and grade, and the dates that decide it.',
    )
    .argument('[EXTRACT]', 'the text file of an extract; without it, one is made of --store')
    .option('--store <DIR>', 'the store that the extract is made of, or whose published rules declare the horizon')
    .option('--run-date <DATE>', 'the day that counts as now (default: as the manifest says, or today)', dayOption)
    .option('--name <NAME>', 'the name of the horizon, where the rules declare several')
    .option(
      '--out <FILE>',
      'write the students: a workbook with counts if the name ends in .xlsx, CSV if it ends in .csv, otherwise NDJSON; - writes CSV to standard output',
    )
    .addOption(rulesOrVersionOption())
    .option('--columns <N>', 'the column set of an extract without a manifest (default: the usual one)')
    .addHelpText(
      'after',
      '\nExample:\n  cenr horizon cenr.txt --out horizon.xlsx\n  cenr horizon --store data --lea 9900001 --academic-year 2025-2026',
    )
    .action(async (extract: string | undefined, options: HorizonOptions) =>
      (await import('./show-horizon.ts')).showHorizon(extract, options),
    );
