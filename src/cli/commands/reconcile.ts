import { Command } from 'commander';
import {
  addRequestOptions,
  dayOption,
  encodingOption,
  recordTypeOption,
  replacementsOption,
  rulesOrVersionOption,
  versionsOption,
  withoutMandatory,
} from '../options.ts';
import type { ReconcileCommandOptions } from './reconcile-files.ts';

export const reconcileCommand = (): Command =>
  withoutMandatory(addRequestOptions(new Command('reconcile')))
    .description(
      "Compares the CENR file of the state with what the records say, and finds the cause of every difference by evaluating: which record, which reading of the rules, which request or run date makes both sides agree. What is not said of the request is worked out from the file's rows.",
    )
    .argument('<CENR>', 'the file as CALPADS gave it: text, CSV or a workbook, of any year')
    .argument('[FILE...]', 'files or folders with the records, as for cenr extract')
    .option('--store <DIR>', 'a store that cenr load has filled, instead of files')
    .option('--run-date <DATE>', 'the day the file was made (default: as its rows say)', dayOption)
    .option(
      '--out <FILE>',
      'write every row that differs: a workbook if the name ends in .xlsx, otherwise NDJSON; - writes NDJSON to standard output',
    )
    .option(
      '--corrections <DIR>',
      'write drafts of correction files into this folder: what to send if your records are right, what to load if the state is',
    )
    .addOption(rulesOrVersionOption())
    .addOption(versionsOption())
    .addOption(encodingOption())
    .addOption(recordTypeOption())
    .addOption(replacementsOption())
    .addHelpText(
      'after',
      '\nExample:\n  cenr reconcile CENR.txt sample --out differences.xlsx --corrections drafts\n  cenr reconcile CENR.txt --store data --lea 9900001 --as-of 2023-10-04',
    )
    .action(async (cenr: string, paths: string[], options: ReconcileCommandOptions) =>
      (await import('./reconcile-files.ts')).reconcileFiles(cenr, paths, options),
    );
