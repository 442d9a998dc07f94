import { Command } from 'commander';
import { FORMS } from '#extract/forms/form';
import {
  addRequestOptions,
  dayOption,
  encodingOption,
  formatOption,
  labelsOption,
  MANIFEST_ENDING,
  problemsOption,
  recordTypeOption,
  replacementsOption,
  rulesOrVersionOption,
  SECRET_ENDING,
} from '../options.ts';
import type { ExtractOptions } from './make-extract.ts';

export const extractCommand = (): Command =>
  addRequestOptions(new Command('extract'))
    .description(
      'Makes the Cumulative Enrollment Extract from CALPADS files or from a store. Exit code 1 if there is nothing of an LEA, school or year that was asked for; 4 if rows break a law of the rules.',
    )
    .argument(
      '[FILE...]',
      'files or folders, of one LEA or of many; files compressed with gzip can be read as they are',
    )
    .option('--store <DIR>', 'a store that cenr load has filled, instead of files')
    .option('--run-date <DATE>', 'the day the extract is made (default: today)', dayOption)
    .option(
      '--columns <N>',
      'the column set: 50, 48 (without the two dates at the end), or another one of the rulebook',
    )
    .addOption(rulesOrVersionOption())
    .addOption(encodingOption())
    .addOption(recordTypeOption())
    .addOption(replacementsOption())
    .addOption(problemsOption())
    .requiredOption('--out <FILE>', 'the file to write the extract to; - writes to standard output')
    .addOption(
      formatOption(
        'the form of the file: text has caret-delimited lines, CSV column names in its first line, a workbook (xlsx) and Parquet real dates. The manifest is always that of the text',
        FORMS,
      ),
    )
    .addOption(labelsOption())
    .option(
      '--trace <FILE>',
      'write the rule that decided each value, one JSON line for each row (docs/explanations.md); compressed if the name ends in .gz',
    )
    .option(
      '--manifest <FILE>',
      `the file to write the manifest to; cenr verify needs it to make the extract again (default: the name of the extract with ${MANIFEST_ENDING})`,
    )
    .option('--no-manifest', 'do not write a manifest')
    .option(
      '--secret <FILE>',
      `from files: the secret that the hashes in the manifest are salted with; made if there is none, readable only by you. cenr verify needs it (default: the name of the extract with ${SECRET_ENDING})`,
    )
    .option('--sign <DIR>', 'sign the manifest with the key of the store in this folder (cenr signing-key)')
    .addHelpText(
      'after',
      '\nExample:\n  cenr extract sample --lea 9900001 --academic-year 2023-2024 --out cenr.txt\n  cenr extract --store data --lea all --as-of 2023-10-04 --out -\n  cenr extract --store data --lea 9900001 --academic-year 2023-2024 --out cenr.xlsx --labels',
    )
    // Loaded when it is to be done: help takes no time.
    .action(async (paths: string[], options: ExtractOptions) =>
      (await import('./make-extract.ts')).makeExtract(paths, options),
    );
