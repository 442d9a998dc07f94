import { Command } from 'commander';
import { encodingOption, formatOption, rulesOrVersionOption, senderOption, storeOption } from '#cli/options';
import type { MatchCommandOptions } from './match-files.ts';

export const matchCommand = (): Command =>
  new Command('match')
    .description(
      'Compares students without an SSID with the students of a store, and lists who may be whom. Nothing is stored.',
    )
    .argument('<FILE...>', 'files of SENR records, all with a blank SSID')
    .addOption(senderOption())
    .addOption(storeOption())
    .requiredOption('--out <FILE>', 'the file to write the candidates to; - writes to standard output')
    .addOption(formatOption('the form of the result', ['text', 'csv']))
    .option('--reasons', 'add a column that says in words why a candidate has its score')
    .addOption(encodingOption())
    .addOption(rulesOrVersionOption())
    .addHelpText(
      'after',
      '\nExample:\n  cenr ssid match new-students.txt --lea 9900001 --store data --out matches.csv --reasons',
    )
    .action(async (paths: string[], options: MatchCommandOptions) =>
      (await import('./match-files.ts')).matchFiles(paths, options),
    );
