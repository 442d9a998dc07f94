/**
 * What every sentence of an explanation keeps to, whatever the rules and the student: how long it is, what words it
 * has, and that the short form says nothing that the explanation does not bear out.
 */
import fc from 'fast-check';
import t from 'tap';
import { Explainer, type Subject } from '#explain/explain';
import type { FieldExplanation, MissingExplanation, RowExplanation, ShownEnrollment } from '#explain/explanation';
import { withDashes } from '#records/days';
import { layoutOf } from '#records/layout';
import { columnOf } from '#rulebook/words/words';
import { bodyFrom, history, holds, request, runDate, SSID, shipped } from '../../support/histories.ts';
import { assembled, generatedFiles } from '../../support/rulebooks.ts';
import { explainer, explainerOf, fieldCases, sampleSubjects, selectionCases, subjectsOf } from '../subjects.ts';

const MOST_WORDS = 60;
const MOST_SHORT_WORDS = 30;

const words = (text: string): number => text.split(/\s+/).length;
const sentencesOf = (text: string): string[] => text.split(/(?<=\.)\s+(?=[A-Z])/);

/** Values that generated rules compare with and write: the words of choices, which are no words of the program's. */
const CHOICES = [...shipped.declared.parameters.values()].flatMap(({ json }) => json.choices ?? []);
const VALUE = new RegExp(`\\b(${CHOICES.join('|')})\\b`, 'g');

/** What no sentence has. */
const UNWANTED: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['camelCase', /\b[a-z]+[A-Z]/],
  ['a day without dashes', /\b(19|20)\d{6}\b/],
  ['a JSON pointer', /(^|\s)\/\w+\//],
  ['what is no word', /undefined|NaN|\[object|\(\)|\b(and and|the the|is is)\b/],
  ['two blanks, or one before a comma', / {2}| ,| \./],
];

function notPlain(text: string, most = MOST_WORDS): string[] {
  return [
    ...sentencesOf(text).flatMap((one) => (words(one) > most ? [`${words(one)} words: ${one}`] : [])),
    ...UNWANTED.flatMap(([what, pattern]) =>
      pattern.test(text.replaceAll(VALUE, 'choice')) ? [`${what}: ${text}`] : [],
    ),
  ];
}

const notShort = (text: string): string[] => [
  ...notPlain(text, MOST_SHORT_WORDS),
  ...(words(text) > MOST_SHORT_WORDS || sentencesOf(text).length > 1 ? [`not short: ${text}`] : []),
  ...(text.endsWith('.') ? [] : [`no full stop: ${text}`]),
];

function enrollmentFaults({ short, sentence, inExtract }: ShownEnrollment): string[] {
  const head = inExtract ? 'In the extract' : 'Not in the extract';
  return [...notShort(short), ...notPlain(sentence), ...(short.startsWith(head) ? [] : [`not ${head}: ${short}`])];
}

function textsOf({ sentence, facts = [], whyNot = [], whatWouldChangeIt }: FieldExplanation): string[] {
  return [
    sentence,
    ...facts.flatMap(({ candidates = [] }) => candidates.flatMap(({ passedOver }) => passedOver?.sentence ?? [])),
    ...whyNot.flatMap((other) => [other.sentence, ...other.inTheWay.map(({ says }) => says)]),
    ...(whatWouldChangeIt ? [whatWouldChangeIt.sentence] : []),
  ];
}

/** The records that a short form may name, as it names them. */
function recordsUsed({ facts = [] }: FieldExplanation, { qualification }: RowExplanation): string[] {
  const looked = facts.flatMap(({ candidates = [] }) =>
    candidates.flatMap(({ record, taken }) => (taken ? [record] : [])),
  );
  return [qualification.record, ...looked].flatMap(({ recordType, values }) => {
    const layout = layoutOf(shipped.schemas, recordType);
    return layout ? [`${layout.name} ${withDashes(values[layout.codeDay] ?? '')}`] : [];
  });
}

const TYPES = shipped.schemas.layouts.map(({ name }) => name).join('|');
const NAMED = new RegExp(`\\bthe (${TYPES}) record of (\\d{4}-\\d\\d-\\d\\d)`, 'g');

/** What a short form says that the explanation does not bear out. */
function untrue(field: FieldExplanation, row: RowExplanation): string[] {
  const { short, value } = field;
  const column = shipped.schemas.output.columns.find(({ no }) => no === field.field);
  // Generated rules write days into fields that are none.
  const isDay = /^\d{8}$/.test(value) && (column?.type === 'DT' || field.rule !== undefined);
  const shown = value === '' ? 'Blank' : isDay ? withDashes(value) : value;
  const used = recordsUsed(field, row);
  const named = [...short.matchAll(NAMED)];
  return [
    ...(short.startsWith(`${shown}: `) ? [] : [`not the value ${shown}: ${short}`]),
    ...named.flatMap(([name, type, day]) =>
      used.includes(`${type} ${day}`) ? [] : [`${name} was not used: ${short}`],
    ),
  ];
}

function faultsOf(by: Explainer, subject: Subject, isFull: boolean): string[] {
  const missing: MissingExplanation = by.missing(subject);
  return [
    ...notShort(missing.short),
    ...notPlain(missing.sentence),
    ...missing.enrollments.flatMap(enrollmentFaults),
    ...by.rows(subject).flatMap((key) => {
      const row = by.row(subject, key, isFull ? {} : { changes: false }) as RowExplanation;
      const { fields, qualification, otherEnrollments } = row;
      return [
        ...[qualification, ...otherEnrollments].flatMap(enrollmentFaults),
        ...fields.flatMap((field) => [
          ...notShort(field.short),
          ...textsOf(field).flatMap((text) => notPlain(text)),
          ...untrue(field, row),
        ]),
      ];
    }),
  ];
}

t.test('every worked example', async (t) => {
  const cases = [...fieldCases, ...selectionCases];
  t.ok(cases.length > 300, `${cases.length} examples`);
  const faults = cases.flatMap((example) =>
    subjectsOf(example).flatMap((subject) => faultsOf(explainerOf(example), subject, false)),
  );
  t.same([...new Set(faults)], []);
});

t.test('every student of a sample', async (t) => {
  const subjects = sampleSubjects(200);
  t.ok(subjects.flatMap((subject) => explainer.rows(subject)).length > 100);
  const faults = subjects.flatMap((subject) => faultsOf(explainer, subject, true));
  t.same([...new Set(faults)], []);
});

t.test('any student', (t) =>
  holds(
    t,
    'sentences are plain, short forms short and true',
    30,
    fc.property(history, request, runDate, (records, asked, day) => {
      const subject = {
        ssid: SSID,
        body: bodyFrom(records),
        request: asked,
        runDate: day,
        visible: 'all' as const,
        placeOf: () => ({ file: 'sent.txt' }),
      };
      const faults = faultsOf(explainer, subject, true);
      if (faults.length > 0) throw new Error(faults.join('\n'));
    }),
  ),
);

t.test('any rules', (t) =>
  holds(
    t,
    'sentences are plain, short forms short and true',
    25,
    fc.property(generatedFiles, history, request, runDate, (files, records, asked, day) => {
      const subject = {
        ssid: SSID,
        body: bodyFrom(records),
        request: { ...asked, reportingLEAs: 'all' as const },
        runDate: day,
        visible: ['1000001'],
        placeOf: () => undefined,
      };
      const faults = faultsOf(new Explainer(assembled(files), '0'), subject, false);
      if (faults.length > 0) throw new Error(faults.join('\n'));
    }),
  ),
);

t.test('a field that is copied says from where, and every field has a short form', async (t) => {
  const [example] = fieldCases;
  const [subject] = example ? subjectsOf(example) : [];
  if (!subject) throw new Error('there is no example');
  const [key] = explainer.rows(subject);
  const row = key && explainer.row(subject, key, { whyNot: false, changes: false });
  t.equal(row?.fields.length, 50);
  for (const { copied, short } of row?.fields ?? [])
    if (copied?.from === 'record') {
      const column = columnOf(shipped.schemas.output.copiesFrom, copied.column, shipped.schemas);
      t.ok(short.includes(`copied from field ${column?.no} of the enrollment of `), short);
    }
});
