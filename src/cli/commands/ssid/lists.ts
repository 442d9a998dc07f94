import { Command } from 'commander';
import { dayOption, formatOption, leaListOption, rulesOrVersionOption, storeOption } from '#cli/options';
import type { ListOptions, SSIDExtractCommandOptions } from './make-lists.ts';

const LIST_FORMS = ['text', 'csv', 'xlsx'] as const;

const listCommand = (name: string): Command =>
  new Command(name)
    .requiredOption('--lea <LEA>', 'the reporting LEA of the lines, or "all"; can be repeated', leaListOption)
    .addOption(storeOption())
    .requiredOption('--out <FILE>', 'the file to write; - writes to standard output')
    .addOption(formatOption('the form of the file', LIST_FORMS))
    .addOption(rulesOrVersionOption());

export const ssidExtractCommand = (): Command =>
  listCommand('extract')
    .description(
      'Makes the SSID extract: who is enrolled on a day, with the SSID and the local student ID, for a student information system to import.',
    )
    .option('--as-of <DATE>', 'the day on which they are enrolled (default: today)', dayOption)
    .addHelpText(
      'after',
      '\nExample:\n  cenr ssid extract --lea 9900001 --store data --as-of 2023-10-04 --out ssids.txt',
    )
    .action(async (options: SSIDExtractCommandOptions) => (await import('./make-lists.ts')).makeSSIDExtract(options));

export const replacementsCommand = (): Command =>
  listCommand('replacements')
    .description('Makes the Replacement SSID extract: retired SSIDs of an LEA’s students, and those that replace them.')
    .addHelpText('after', '\nExample:\n  cenr ssid replacements --lea 9900001 --store data --out replacements.txt')
    .action(async (options: ListOptions) => (await import('./make-lists.ts')).makeReplacements(options));

export const waitingCommand = (): Command =>
  new Command('waiting')
    .description(
      'Writes the enrollments that wait for an SSID in a store, as they were sent: to be matched, and assigned, without the files that brought them.',
    )
    .requiredOption('--lea <LEA>', 'the reporting LEA of the records, or "all"; can be repeated', leaListOption)
    .addOption(storeOption())
    .requiredOption('--out <FILE>', 'the file to write; - writes to standard output')
    .addOption(rulesOrVersionOption())
    .addHelpText('after', '\nExample:\n  cenr ssid waiting --lea 9900001 --store data --out waiting.txt')
    .action(async (options: ListOptions) => (await import('./make-lists.ts')).writeWaiting(options));
