import { Command } from 'commander';
import { encodingOption, rulesOrVersionOption, senderOption, storeOption } from '#cli/options';
import type { AssignCommandOptions } from './assign-files.ts';

export const assignCommand = (): Command =>
  new Command('assign')
    .description(
      'Gives students without an SSID the candidates that were chosen, or new numbers, and loads their records. Whoever asks again gets the same number.',
    )
    .argument('<FILE...>', 'the files that were matched: SENR records, all with a blank SSID')
    .addOption(senderOption())
    .addOption(storeOption())
    .option(
      '--response <FILE>',
      'on each line a request line and the SSID that was chosen, or NEW; other requests wait (default: all get new numbers)',
    )
    .requiredOption('--out <FILE>', 'the file to write the records with their SSIDs to')
    .option('--no-load', 'do not load the records into the store')
    .addOption(encodingOption())
    .addOption(rulesOrVersionOption())
    .addHelpText(
      'after',
      '\nExample:\n  cenr ssid assign new-students.txt --lea 9900001 --store data --response choices.csv --out with-ssids.txt',
    )
    .action(async (paths: string[], options: AssignCommandOptions) =>
      (await import('./assign-files.ts')).assignFiles(paths, options),
    );
