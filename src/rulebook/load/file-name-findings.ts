/** A file is found by its name: what it declares and what it is called must be the same. */
import { basename } from 'node:path';
import type { Finding, SourceFile } from './declarations.ts';

/** What a file of a kind declares, and the names that the file may have for it. */
const NAMED: Readonly<
  Record<string, { readonly key: string; readonly fits: (name: string, declared: string) => boolean }>
> = {
  field: {
    key: 'field',
    fits: (name, field) => name === field || name.startsWith(`${field}-`) || isNamedBy(name, field),
  },
  check: { key: 'code', fits: (name, code) => name === code },
  layout: { key: 'recordType', fits: (name, type) => name === type },
  report: { key: 'name', fits: (name, report) => name === report },
  horizon: { key: 'name', fits: (name, horizon) => name === horizon },
  'reference-file': { key: 'name', fits: (name, reference) => name === reference },
  codeset: { key: 'codeSet', fits: (name, set) => name === set },
};

/** Whether a file is called by the words of a key, whatever number it had before them. */
const isNamedBy = (name: string, key: string): boolean =>
  name
    .replace(/^[0-9]+-/, '')
    .replaceAll('-', '')
    .toLowerCase() === key.toLowerCase();

/** Every file whose name is another than what it declares. */
export function fileNameFindings(
  files: readonly SourceFile[],
  grammarOf: (path: string) => string | undefined,
): Finding[] {
  return files.flatMap(({ path, json, written = json }) => {
    const named = NAMED[grammarOf(path) ?? ''];
    if (!named) return [];
    const declared = String((written as Record<string, unknown>)[named.key]);
    const name = basename(path, '.json');
    if (named.fits(name, declared)) return [];
    const isNumber = named.key === 'field' && /^[0-9]+$/.test(declared);
    const wanted = isNumber ? `${declared}-SOME-WORDS.json` : `${declared}.json`;
    return [
      {
        file: path,
        pointer: `/${named.key}`,
        message: `the file declares "${declared}", but its name is "${name}.json"; name it "${wanted}", or correct "${named.key}"`,
      },
    ];
  });
}
