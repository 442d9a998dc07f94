import { Command } from 'commander';
import { replacementsOption, rulesOrVersionOption } from '../options.ts';
import type { DiffOptions } from './compare-extracts.ts';

export const diffCommand = (): Command =>
  new Command('diff')
    .description(
      'Says what changed from one extract to a later one: rows that are new, gone or changed, with the fields that differ, and what else is not the same, such as the rules or the run date. Where what both were made from is given, also why each row differs.',
    )
    .argument('<BEFORE>', 'the earlier extract: its text file, its manifest, or its id in the service of --store')
    .argument('<AFTER>', 'the later extract')
    .option(
      '--out <FILE>',
      'write a list of the differences: CSV if the name ends in .csv, otherwise NDJSON; - writes CSV to standard output',
    )
    .addOption(rulesOrVersionOption())
    .option('--versions <DIR...>', 'where the extracts were made by several rules: folders with the others')
    .option(
      '--store <DIR>',
      'the store that the extracts were made from: says why rows differ, and has the rules of each',
    )
    .option('--before <FILE...>', 'files that the earlier extract was made from; with --after, says why rows differ')
    .option('--after <FILE...>', 'files that the later extract was made from')
    .addOption(replacementsOption())
    .option('--columns <N>', 'the column set of extracts without a manifest (default: the usual one)')
    .addHelpText(
      'after',
      '\nExample:\n  cenr diff census-day.txt today.txt --out changed.csv\n  cenr diff census-day.txt today.txt --store data',
    )
    .action(async (before: string, after: string, options: DiffOptions) =>
      (await import('./compare-extracts.ts')).compareExtracts(before, after, options),
    );
