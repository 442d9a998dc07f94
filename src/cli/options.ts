/** Options that several commands share: how they are written, checked and turned into what the program works with. */

import { type Command, InvalidArgumentError, Option } from 'commander';
import { isEmailAddress } from '#base/email-address';
import { isPrintable } from '#base/text';
import type { Form } from '#extract/forms/form';
import type { ExtractRequest } from '#extract/request';
import { ENCODINGS } from '#intake/lines';
import { parseDay } from '#records/days';
import type { LEAScope } from '#records/scope';

/** A day as CCYYMMDD, from CCYYMMDD, CCYY-MM-DD or MM/DD/YYYY. */
export function dayOption(text: string): string {
  const day = parseDay(text);
  if (day === undefined) throw new InvalidArgumentError('Expected a real date, written CCYYMMDD or CCYY-MM-DD.');
  return day;
}

/** A whole number from `least`. */
export const numberOption =
  (least: number) =>
  (text: string): number => {
    const number = Number(text);
    if (!Number.isSafeInteger(number) || number < least)
      throw new InvalidArgumentError(`Expected a whole number, ${least} or more.`);
    return number;
  };

/** Gathers an option that may be given several times, or once with commas. */
export const listOption = (text: string, before: readonly string[] = []): string[] => [...before, ...text.split(',')];

/** An LEA's code of seven digits, or `all`. */
export function leaOption(text: string): string {
  if (text !== 'all' && !/^[0-9]{7}$/.test(text))
    throw new InvalidArgumentError('Expected a seven-digit LEA code or "all".');
  return text;
}

/** The same, several times. */
export const leaListOption = (text: string, before: readonly string[] = []): string[] => [
  ...before,
  ...text.split(',').map(leaOption),
];

/** A name that lists and the access log can show as it is. */
export function nameOption(text: string): string {
  if (text.trim() !== '' && isPrintable(text)) return text;
  throw new InvalidArgumentError('Expected letters, digits, punctuation and spaces, without line breaks or tabs.');
}

/** One e-mail address. */
export function emailOption(text: string): string {
  if (isEmailAddress(text)) return text;
  throw new InvalidArgumentError('Expected one e-mail address, such as sam@example.org.');
}

/** The folder of a store that is there. */
export const storeOption = (): Option => new Option('--store <DIR>', 'the folder of the store').makeOptionMandatory();

/** LEAs as lists show them. */
export const leasShown = (leas: LEAScope): string => (leas === 'all' ? 'all' : leas.join(','));

/** `--lea` for one sender. */
export const senderOption = (): Option =>
  new Option('--lea <LEA>', 'the LEA that sends the records, or "all" for a county or the state')
    .argParser(leaOption)
    .makeOptionMandatory();

export const encodingOption = (): Option =>
  new Option('--encoding <E>', 'encoding of the files').choices([...ENCODINGS]).default('utf-8');

export const recordTypeOption = (): Option =>
  new Option(
    '--as <TYPE>',
    'the record type of lines that do not begin with one, such as MEPS; lines that do are read as what they are',
  );

export const rulesOption = (): Option =>
  new Option('--rules <DIR>', 'the folder with the rules (default: the rules in this program)');

/** For commands that have `--store` too. */
export const rulesOrVersionOption = (): Option =>
  new Option(
    '--rules <DIR|HASH>',
    'the folder with the rules, or the hash of a version kept in --store (8 digits are enough; default: the published rules of the store, or those in this program)',
  );

/** Rules that may have made a file, besides those in hand. */
export const versionsOption = (): Option =>
  new Option(
    '--versions <DIR...>',
    'other rules that may have made the file: folders, or hashes of versions kept in --store; the versions that were in effect in --store are tried in any case',
  );

export const problemsOption = (): Option =>
  new Option('--problems <FILE>', 'write every problem to FILE: CSV if the name ends in .csv, otherwise NDJSON');

/**
 * @param what it is the form of
 * @param forms that may be asked for
 */
export const formatOption = (what: string, forms: readonly Form[]): Option =>
  new Option('--format <F>', `${what} (default: as the name of --out ends: .csv, .xlsx, .parquet)`).choices([...forms]);

export const labelsOption = (): Option =>
  new Option('--labels', 'not in text: put the meanings of codes beside them, in columns of their own');

export interface RequestOptions {
  readonly lea: readonly string[];
  readonly academicYear?: string;
  readonly adjusted?: boolean;
  readonly asOf?: string;
  readonly from?: string;
  readonly through?: string;
  readonly school?: readonly string[];
  readonly grade?: readonly string[];
  readonly status?: readonly string[];
}

/**
 * The options that say what is asked for.
 * @param rangeStart the flag with the first day of a range, for a command that calls something else `--from`
 */
export function addRequestOptions(command: Command, rangeStart = '--from'): Command {
  return command
    .addOption(
      new Option('--lea <LEA>', 'the reporting LEA of the rows, or "all"; can be repeated')
        .argParser(leaListOption)
        .makeOptionMandatory(),
    )
    .option('--academic-year <YEAR>', 'all enrollments of an academic year, such as 2023-2024')
    .option('--adjusted', 'with --academic-year: only enrollments that belong to that year')
    .option('--as-of <DATE>', 'all enrollments open on a day (CCYYMMDD or CCYY-MM-DD)', dayOption)
    .option(`${rangeStart} <DATE>`, 'with --through: all enrollments in a range of days', dayOption)
    .option('--through <DATE>', 'the last day of the range', dayOption)
    .option('--school <S>', 'only this school of attendance; can be repeated', listOption)
    .option('--grade <G>', 'only this grade level; can be repeated', listOption)
    .option('--status <S>', 'only this enrollment status; can be repeated', listOption);
}

/** For a command that finds out what is asked for where nobody says it. */
export function withoutMandatory(command: Command): Command {
  for (const option of command.options) option.makeOptionMandatory(false);
  return command;
}

export function requestFrom(options: RequestOptions): ExtractRequest {
  return {
    reportingLEAs: scopeFrom(options.lea),
    ...(options.academicYear !== undefined && { academicYear: options.academicYear }),
    ...(options.adjusted !== undefined && { adjusted: options.adjusted }),
    ...(options.asOf !== undefined && { asOf: options.asOf }),
    ...(options.from !== undefined && { from: options.from }),
    ...(options.through !== undefined && { through: options.through }),
    ...(options.school && { schools: options.school }),
    ...(options.grade && { grades: options.grade }),
    ...(options.status && { statuses: options.status }),
  };
}

export const scopeFrom = (leas: readonly string[]): LEAScope => (leas.includes('all') ? 'all' : leas);

/** Behind the name of an extract it is the name of its manifest. */
export const MANIFEST_ENDING = '.manifest.json';

/** How the name of the secret of an extract from files ends. */
export const SECRET_ENDING = '.secret';

/** A Replacement SSID extract beside files of records (`replacements-file.ts` reads it). */
export interface ReplacementsOption {
  readonly replacements?: string;
}

export const replacementsOption = (): Option =>
  new Option(
    '--replacements <FILE>',
    'from files: a Replacement SSID extract; records with a retired SSID join those of its replacement (default: every record keeps the SSID it was sent with)',
  );
