/**
 * Explanations as text: one golden page (explanation.txt; CENR_UPDATE=1 writes it anew), and what every page keeps to.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import t from 'tap';
import type { RowExplanation } from '#explain/explanation';
import { explanationText, missingText } from '#explain/explanation-text';
import { shipped } from '../support/histories.ts';
import { explainer, student } from './subjects.ts';

const FILE = join(import.meta.dirname, 'explanation.txt');
const PLAIN = { colors: false, schemas: shipped.schemas, isFull: true } as const;
const SHORT = { ...PLAIN, isFull: false } as const;

const subject = student(
  [
    { recordType: 'SENR', enrollmentExitDate: '20240607', studentLegalLastName: 'PADILLA' },
    { recordType: 'SENR', enrollmentStartDate: '20220815', enrollmentExitDate: '20230615' },
    {
      recordType: 'SINF',
      reportingLEA: '2345678',
      effectiveStartDate: '20200815',
      parentGuardian1HighestEducationLevelCode: '11',
    },
    {
      recordType: 'SPRG',
      educationProgramCode: '191',
      educationProgramMembershipStartDate: '20220901',
      educationProgramMembershipEndDate: '20230531',
    },
    { recordType: 'SPRG', educationProgramCode: '191', educationProgramMembershipStartDate: '20231001' },
  ],
  { visible: ['1234567'] },
);
const key = { school: '7654321', grade: '05' };
const explained = explainer.row(subject, key, {
  fields: ['12', '37', '38', '40'],
  whyNot: false,
  changes: false,
}) as RowExplanation;
const hash = explained.rulebook.sha256;
const second = {
  first: { engine: 'cenr', version: '1.2.3' },
  second: { engine: 'json-rules-engine', version: '7' },
  agree: false,
  rows: { first: 1, second: 1 },
  rulesEvaluated: 32,
  rulesInFiles: 32,
  differences: [{ field: '40', first: 'Y', second: 'N', firstRule: 'eligible', secondRule: 'otherwise' }],
};
const row: RowExplanation = { ...explained, secondOpinion: second };
const missing = explainer.missing({ ...subject, request: { reportingLEAs: ['1111111'], academicYear: '2023-2024' } });
const withoutHash = (text: string): string => text.replaceAll(hash, 'HASH');
const pages = (colors: boolean): string =>
  [PLAIN, SHORT]
    .map((how) => `${explanationText(row, { ...how, colors })}\n${missingText(missing, { ...how, colors })}`)
    .join('\n');

t.test('the page is the one agreed on', async (t) => {
  const page = withoutHash(pages(false));
  if (process.env['CENR_UPDATE'] === '1') writeFileSync(FILE, page);
  t.equal(page, readFileSync(FILE, 'utf8'));
});

t.test('colors only when asked for, and never the only thing that tells', async (t) => {
  t.equal(stripVTControlCharacters(pages(false)), pages(false));
  t.not(pages(true), pages(false));
  t.equal(stripVTControlCharacters(pages(true)), pages(false));
});

t.test('all outcomes have marks of their own', async (t) => {
  const page = pages(false);
  for (const mark of [
    '✓ true',
    '✗ false',
    '· not reached',
    '– no such record, so false:',
    '✓ decided',
    '✗ passed',
    '✓ taken',
    '✗ passed over',
    '✓ in the extract',
    '✗ not in the extract',
    '✗ disagree',
  ])
    t.ok(page.includes(`${mark}  `), mark);
});

t.test('lines are short enough for a terminal, and no word is lost', async (t) => {
  const lines = pages(false).replaceAll(hash, 'HASH').split('\n');
  t.same(
    lines.filter((line) => line.length > 110),
    [],
  );
  const words = (text: string): string => text.replaceAll(/[│├└─\s]+/g, ' ').trim();
  for (const { short, sentence } of row.fields)
    for (const text of [short, sentence]) t.ok(words(pages(false)).includes(words(text)), text);
});

t.test('a student who is missing', async (t) => {
  t.match(missingText(missing, PLAIN), /^Student 9900000001\nRun date 2024-07-15, window 2023-07-01 to 2024-06-30\.\n/);
  const nobody = explainer.missing({ ...subject, body: '' });
  t.equal(missingText(nobody, PLAIN).trimEnd().split('\n').at(-1), nobody.sentence);
});

t.test('why not and what would change it', async (t) => {
  const full = explainer.row(subject, key, { fields: ['40'] }) as RowExplanation;
  const text = explanationText(full, PLAIN).replaceAll(/[│├└─\s]+/g, ' ');
  const [field] = full.fields;
  t.ok(text.includes(`Why not ${field?.whyNot?.[0]?.sentence}`));
  t.ok(text.includes(`What would change it ${field?.whatWouldChangeIt?.sentence}`));
});
