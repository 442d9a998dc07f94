import { Command } from 'commander';
import { rulesOrVersionOption } from '../options.ts';
import type { ReportOptions } from './make-report.ts';

export const reportCommand = (): Command =>
  new Command('report')
    .description(
      'Makes a report of the rules (rules/reports) from an extract that was made: counts of its rows or students, or its columns written in another way. CSV, with column names in the first line.',
    )
    .argument('<NAME>', 'the name of the report')
    .argument('<EXTRACT>', 'the file of the extract')
    .requiredOption('--out <FILE>', 'the file to write the report to; - writes to standard output')
    .addOption(rulesOrVersionOption())
    .option('--store <DIR>', 'the store whose published rules declare the report')
    .option('--columns <N>', 'the column set of the extract (default: that of its manifest, or the usual one)')
    .addHelpText('after', '\nExample:\n  cenr report studentsBySchool cenr.txt --out students.csv')
    .action(async (name: string, extract: string, options: ReportOptions) =>
      (await import('./make-report.ts')).makeReport(name, extract, options),
    );
