/** A small page of our own with everything that the cutting of pages has to get right, and a ledger for it. */
import { sentenceHash, sentencesOf } from '#authoring/ledger/page-sentences';
import type { LedgerJson, LedgerSentence, SourceFile } from '#rulebook/load/declarations';

export const TABLE = {
  types: ['CS', 'DT', 'Any'],
  starts: ['Taken from', 'See Glossary'],
  ends: ['LUNCH', 'LUNCH and BUS', 'Computed'],
};

export const PAGE = `Lunch Extract

(Updated 1/2/2030)

The file has one   row for each lunch. It is made at noon, e.g., at 12:00.

# Field Type Length Rule Source
1-3. Lunch Fields Any Any As in the file of lunches LUNCH
4. Paid CS 1 Y/N Code = 7 See Glossary: Paid Taken from the lunch of the day.Blank only if there is none LUNCH and BUS
5. Paid On DT 8 The day of field 4. Computed
6. Note CS 40

Number 1 Open the file. Close it again.
  2. Open it.
`;

/** One element for each line of a part, sentences numbered from 1; those of `PAGE`. */
export function ledgerOf(page: string, reasons: Readonly<Record<string, Partial<LedgerSentence>>> = {}): LedgerJson {
  const sentences = sentencesOf(page, TABLE).map((text, i) => {
    const id = `lunch.${i + 1}`;
    return { id, about: `Sentence ${i + 1}`, sha256: sentenceHash(text), ...reasons[id] };
  });
  return {
    page: 'Lunch Extract',
    updated: '2030-01-02',
    table: TABLE,
    elements: [{ id: 'lunch', title: 'All of it', sentences }],
  };
}

export const ABOUT = {
  name: 'Lunch',
  version: '1',
  publication: { page: 'Lunch Extract', updated: '2030-01-02' },
  lastCompared: '2030-01-03',
};

export const file = (path: string, json: unknown): SourceFile => ({ path, json });
