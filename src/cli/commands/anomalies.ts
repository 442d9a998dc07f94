import { Command, Option } from 'commander';
import { leaOption, nameOption, rulesOrVersionOption, storeOption } from '../options.ts';
import type { AnomalyOptions } from './find-anomalies.ts';

export const anomaliesCommand = (): Command =>
  new Command('anomalies')
    .description(
      'Finds the students of a store who look wrong: one student with two SSIDs, enrolled at two LEAs at once, or back after an exit that says otherwise (docs/ssid.md).',
    )
    .addOption(storeOption())
    .option('--lea <CODE>', "only what concerns this LEA; of other LEAs' sides the code and the days", leaOption)
    .option('--kind <KIND>', 'only this kind, such as MID')
    .addOption(new Option('--state <STATE>', 'which ones').choices(['open', 'resolved', 'reviewed']).default('open'))
    .option('--everybody', 'look at every student again, not only at those who changed since the last search')
    .option('--out <FILE>', 'write the list to this CSV file (-: standard output)')
    .option('--counts <FILE>', 'write the counts by kind, LEA and school to this CSV file (-: standard output)')
    .addOption(
      new Option('--review <ID>', 'say that one is correct as it is; it stays so until its records change').conflicts([
        'resolve',
        'retire',
      ]),
    )
    .addOption(new Option('--resolve <ID>', 'say that one is resolved, and how').conflicts('retire'))
    .option('--retire <ID>', 'retire the numbers of one in favor of the one with the oldest enrollment')
    .option('--why <TEXT>', 'why, or how; with --review, --resolve and --retire', nameOption)
    .addOption(rulesOrVersionOption())
    .addHelpText(
      'after',
      '\nExample:\n  cenr anomalies --store data --out anomalies.csv\n  cenr anomalies --store data --review 0123456789abcdef01234567 --why "twins, both are right"',
    )
    .action(async (options: AnomalyOptions) => (await import('./find-anomalies.ts')).anomalies(options));
