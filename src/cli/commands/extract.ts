import { Command } from 'commander';
import {
  addRequestOptions,
  dayOption,
  encodingOption,
  MANIFEST_ENDING,
  problemsOption,
  rulesOrVersionOption,
} from '../options.ts';
import type { ExtractOptions } from './make-extract.ts';

export const extractVerb = (): Command =>
  addRequestOptions(new Command('extract'))
    .description('Makes the Cumulative Enrollment Extract, straight from CALPADS files or from a store.')
    .argument('[FILE...]', 'files or folders, of one LEA or of many; .gz is read as it is')
    .option('--store <DIR>', 'a folder that cenr load has filled, instead of files')
    .option('--run-date <DATE>', 'the day the extract is made; today when not given', dayOption)
    .option(
      '--columns <N>',
      'which set of columns: 50, 48 without the two dates at the end, or another that the rulebook has',
    )
    .addOption(rulesOrVersionOption())
    .addOption(encodingOption())
    .addOption(problemsOption())
    .requiredOption('--out <FILE>', 'where the extract goes; - for the standard output')
    .option(
      '--trace <FILE>',
      'write which rule decided each value: a line of JSON for each row (docs/explanations.md); packed when the name ends in .gz',
    )
    .option(
      '--manifest <FILE>',
      `where the manifest goes, with which cenr verify makes the extract again; the name of the extract with ${MANIFEST_ENDING} when not given`,
    )
    .option('--no-manifest', 'write no manifest')
    .addHelpText(
      'after',
      '\nExample:\n  cenr extract sample --lea 9900001 --academic-year 2023-2024 --out cenr.txt\n  cenr extract --store data --lea all --as-of 2023-10-04 --out -',
    )
    // Loaded when it is to be done: help takes no time.
    .action(async (paths: string[], options: ExtractOptions) =>
      (await import('./make-extract.ts')).makeExtract(paths, options),
    );
