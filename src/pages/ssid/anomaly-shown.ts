/** What the pages of students who look wrong have in common. */
import type { AnomalyView } from '#service/schemas/anomaly';
import { mayOpen } from '../frame.ts';
import { html } from '../html.ts';
import { type Cell, table } from '../parts.ts';
import type { Person } from '../sessions.ts';
import { day } from '../words.ts';
import { PLACE } from './shown.ts';

export const ANOMALIES = '/ssids/anomalies';
export const ANOMALIES_TITLE = 'Which students look wrong?';

/** Whoever has the page of SSIDs; others read. */
export const mayChange = (person: Person): boolean => mayOpen(person, PLACE[1]);

export const STATE_WORDS = [
  ['open', 'Open'],
  ['reviewed', 'Reviewed as correct'],
  ['resolved', 'Resolved'],
] as const satisfies readonly (readonly [state: string, words: string])[];

const MARKS: Readonly<Record<string, string>> = { open: '●', reviewed: '✓', resolved: '–' };

/** A word, with a shape before it. */
export const stateWords = (state: string): string =>
  html`<strong><span aria-hidden="true">${MARKS[state] ?? ''}</span> ${STATE_WORDS.find(([one]) => one === state)?.[1] ?? state}</strong>`;

/** Its records, with what each side can do. */
export function sidesTable({ sides, score }: AnomalyView): string {
  return table(
    `Records, and what each side can do${score === undefined ? '' : `; alike with a score of ${score} of 100`}`,
    [
      ...[{ name: 'SSID' }, { name: 'Reporting LEA' }, { name: 'School of Attendance' }, { name: 'Local Student ID' }],
      ...[{ name: 'Enrollment Start Date' }, { name: 'Enrollment Exit Date' }, { name: 'Student Exit Reason Code' }],
      { name: 'What to do' },
    ],
    sides.map(({ ssid, lea, school, localStudentID, start, exit, exitReason, todo }): Cell[] => [
      ssid === '' ? "another LEA's student" : { html: html`<span class="code">${ssid}</span>` },
      ...[lea, school, localStudentID],
      ...[dayCell(start), exit === '' ? 'no exit' : dayCell(exit)],
      ...[exitReason, todo],
    ]),
  );
}

const dayCell = (text: string): Cell => ({ html: html`<span class="day">${text === '' ? '' : day(text)}</span>` });
