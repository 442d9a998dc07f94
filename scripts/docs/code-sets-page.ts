/** docs/code-sets.md: every code set of incoming records, from schemas/codesets. */
import { type Block, heading, paragraph, table } from '#base/page/blocks';
import { asMarkdown } from '#base/page/markdown';
import type { CodeSet } from '#records/layout';
import type { Rulebook } from '#rulebook/load/assemble';
import { generatedNote } from './note.ts';

export function codeSetsPage({ schemas }: Rulebook): string {
  const sets = [...schemas.codeSets].sort((a, b) => (a.codeSet < b.codeSet ? -1 : 1));
  const fieldsOf = (name: string): string =>
    schemas.layouts
      .flatMap(({ columns }) =>
        columns.filter(({ codeSet }) => codeSet === name).map(({ no, name: of }) => `${no} ${of}`),
      )
      .join(', ');
  return asMarkdown([
    heading(1, 'Code sets'),
    paragraph(generatedNote('schemas/codesets')),
    paragraph(
      'The codes of incoming records, and the days on which each may be used; a blank day is no limit. Over REST, `GET /v1/codesets/NAME` gives one of them. To add a code, edit the file in `schemas/codesets`.',
    ),
    ...sets.flatMap((set): Block[] => [
      heading(2, set.codeSet),
      paragraph(`${knownWords(set)} Fields: ${fieldsOf(set.codeSet) || 'none of incoming records'}.`),
      table(
        ['code', 'label', 'from', 'through'],
        set.codes.map(({ code, meaning, from = '', through = '' }) => [
          code === '' ? '(blank)' : `\`${code}\``,
          meaning,
          from,
          through,
        ]),
      ),
    ]),
  ]);
}

function knownWords({ closed, complete = true }: CodeSet): string {
  if (!closed) return 'Not all codes are listed; other values are accepted.';
  return complete
    ? 'All codes are listed.'
    : 'CALPADS may have newer codes: one that looks like those listed is accepted with a warning.';
}
