import { Command } from 'commander';
import {
  addRequestOptions,
  dayOption,
  encodingOption,
  recordTypeOption,
  replacementsOption,
  rulesOrVersionOption,
  withoutMandatory,
} from '../options.ts';
import type { CalibrateCommandOptions } from './calibrate-files.ts';

export const calibrateCommand = (): Command =>
  withoutMandatory(addRequestOptions(new Command('calibrate')))
    .description(
      'Finds which readings of the rules the CENR files of the state were made with: of every reading that is open, rows for and against, and rows that cannot decide. Its output names no student.',
    )
    .argument('<CENR...>', 'files as CALPADS gave them, and files or folders with the records; files are told apart')
    .option('--store <DIR>', 'a store that cenr load has filled, instead of files with the records')
    .option('--run-date <DATE>', 'the day the files were made (default: as the rows of each say)', dayOption)
    .option('--out <FILE>', 'write what was found as JSON; - writes it to standard output')
    .option(
      '--draft <DIR>',
      'write the rules with every reading that is decided and not in effect to DIR/rules and DIR/schemas, with the evidence as the reason',
    )
    .addOption(rulesOrVersionOption())
    .addOption(encodingOption())
    .addOption(recordTypeOption())
    .addOption(replacementsOption())
    .addHelpText(
      'after',
      '\nExample:\n  cenr calibrate CENR.txt sample\n  cenr calibrate CENR-2024.txt CENR-2025.txt --store data --draft my-change',
    )
    .action(async (paths: string[], options: CalibrateCommandOptions) =>
      (await import('./calibrate-files.ts')).calibrateFiles(paths, options),
    );
