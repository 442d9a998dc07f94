import { Command } from 'commander';
import { formatOption, labelsOption, rulesOrVersionOption } from '../options.ts';
import type { ConvertOptions } from './make-form.ts';

export const convertCommand = (): Command =>
  new Command('convert')
    .description(
      'Makes a workbook, CSV or Parquet from an extract that was made. The text file stays the extract: its manifest and its SHA-256 are not those of the other forms.',
    )
    .argument('<EXTRACT>', 'the text file of the extract')
    .requiredOption('--out <FILE>', 'the file to write; - writes to standard output')
    .addOption(formatOption('the form', ['csv', 'xlsx', 'parquet']))
    .addOption(labelsOption())
    .addOption(rulesOrVersionOption())
    .option('--store <DIR>', 'the store whose published rules have the column names and the meanings of the codes')
    .option('--columns <N>', 'the column set of the extract (default: that of its manifest, or the usual one)')
    .addHelpText(
      'after',
      '\nExample:\n  cenr convert cenr.txt --out cenr.xlsx --labels\n  cenr convert cenr.txt --format csv --out -',
    )
    .action(async (extract: string, options: ConvertOptions) =>
      (await import('./make-form.ts')).convertExtract(extract, options),
    );
