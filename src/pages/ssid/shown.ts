/** What the pages of SSIDs have in common: how a part of two persons is shown, and who somebody is in words. */
import type { Matching, RequestShown } from '#service/schemas/matching';
import { html } from '../html.ts';
import type { Form } from '../visit.ts';
import { day } from '../words.ts';

export type ShownMatch = Matching;
export type ShownRequest = RequestShown;
export type ShownCandidate = ShownRequest['candidates'][number];
export type ShownPerson = ShownRequest['person'];
export type ShownPart = ShownCandidate['parts'][number];

export const TITLE = 'Who are the students without an SSID?';
export const PLACE = ['SSIDs', '/ssids'] as const;
export const NEW = 'NEW';

export const nameOf = ({ first, middle, last }: ShownPerson): string =>
  [first, middle, last].filter((name) => name !== '').join(' ');
export const personWords = (person: ShownPerson): string =>
  `${nameOf(person)}${person.birthDate === '' ? '' : `, born ${day(person.birthDate)}`}`;

const MARKS = {
  equal: '●',
  near: '◐',
  different: '○',
  'not compared': '–',
} as const;

/** Equal, near or different: of another LEA's student only whether it agrees is known. */
export function agreementOf({ value }: Pick<ShownPart, 'value'>): keyof typeof MARKS {
  if (value === '') return 'not compared';
  if (value === 'agrees' || value === '1') return 'equal';
  return value === 'differs' || value === '0' ? 'different' : 'near';
}

const FOREIGN_WORDS = { agrees: 'agrees', differs: 'differs' } as const;

/** A word, with a shape before it. */
export function agreementCell(part: ShownPart, theirs: string): string {
  const kind = agreementOf(part);
  const words = FOREIGN_WORDS[part.value as 'agrees' | 'differs'] ?? kind;
  return html`<span class="ssid-${kind.replace(' ', '-')}"><span aria-hidden="true">${MARKS[kind]}</span> ${words}</span>!${theirs === '' ? '' : html`<br>${theirs}`}`;
}

const [YEAR_END, MONTH_END] = [4, 6];

/** What a person has for a part. */
export function partOf({ first, middle, last, birthDate }: ShownPerson, part: ShownPart['part']): string {
  switch (part) {
    case 'BirthYear':
      return birthDate.slice(0, YEAR_END);
    case 'BirthMonth':
      return birthDate.slice(YEAR_END, MONTH_END);
    case 'BirthDay':
      return birthDate.slice(MONTH_END);
    case 'FirstName':
      return first;
    case 'MiddleName':
      return middle;
    case 'LastName':
      return last;
  }
}

/** What the form of a match chose, by line. */
export function chosenIn(form: Form): ReadonlyMap<string, string> {
  const chosen = new Map<string, string>();
  for (const [name, value] of Object.entries(form)) {
    const [, line] = /^line-(\d+)$/.exec(name) ?? [];
    if (line !== undefined && typeof value === 'string' && value !== '') chosen.set(line, value);
  }
  return chosen;
}
