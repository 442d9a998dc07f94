/** An impact report for people: lines for a terminal, and Markdown. The same report gives the same text. */
import { type Block, heading, list, paragraph, table } from '#base/page/blocks';
import { asMarkdown } from '#base/page/markdown';
import { capital, grouped, plural } from '#base/text';
import { dayWords } from '#explain/words/values-in-words';
import { passedOverInWords } from '#records/record';
import type { ImpactReport, Sample } from './report.ts';

const counted = (n: number, noun: string): string => `${grouped(n)} ${plural(n, noun)}`;
const shown = (value: string | null): string => (value === null ? '(no such field)' : value === '' ? '(blank)' : value);

/** What changes, in a few sentences. */
export const summaryOf = (report: ImpactReport): string =>
  [rowsSummary(report), movedWords(report), recordWords(report), passedOverWords(report)]
    .filter((sentence) => sentence !== '')
    .join(' ');

/** A report for which nobody has a row says nothing of the change. */
const NOBODY =
  'No student has a row for this request, before or now: the report says nothing of the change, and does not count as read. Ask for LEAs and days for which there are rows.';

function rowsSummary({ rows, values, fields, students, reach }: ImpactReport): string {
  const { any, before, after, appeared, disappeared, changed } = rows;
  if (!any) return NOBODY;
  if (appeared + disappeared + changed === 0)
    return reach.selection || reach.fields.length > 0
      ? `Nothing changes: of ${counted(students, 'student')} none has another value or another row.`
      : 'Nothing changes: the two rulebooks come to the same for every student there can be.';
  const parts = [
    ...(changed > 0
      ? [
          `${counted(values, 'value')} ${values === 1 ? 'changes' : 'change'} in ${counted(changed, 'row')} (${fields.map(({ field }) => `field ${field}`).join(', ')})`,
        ]
      : []),
    ...(appeared > 0 ? [`${counted(appeared, 'row')} ${appeared === 1 ? 'appears' : 'appear'}`] : []),
    ...(disappeared > 0 ? [`${counted(disappeared, 'row')} ${disappeared === 1 ? 'disappears' : 'disappear'}`] : []),
  ];
  const total =
    before === undefined || appeared + disappeared === 0
      ? 'There are as many rows as before.'
      : `There were ${counted(before, 'row')}; there are ${grouped(after ?? 0)} now.`;
  return `${parts.join('; ')}. ${total}`;
}

/** What the new rules contradict, a sentence for each law: it leads the report. */
const lawWords = ({ laws = [] }: ImpactReport): string[] =>
  laws.map(
    ({ law, says, rows }) =>
      `The new rules contradict themselves: ${counted(rows, 'row')} ${rows === 1 ? 'breaks' : 'break'} the law "${law}": ${says}`,
  );

/** Columns that stand elsewhere change no value, and the file all the same. */
const movedWords = ({ differences }: ImpactReport): string =>
  differences
    .filter(({ kind }) => kind === 'moved')
    .map(({ sentence }) => `${capital(sentence)}.`)
    .join(' ');

/** Stored records that a version does not know. */
function passedOverWords({ passedOver }: ImpactReport): string {
  if (!passedOver) return '';
  const [before, now] = [passedOver.before, passedOver.now].map((side) => passedOverInWords(side) || 'none');
  return `Stored records of types that the rules do not know are passed over: ${now}; before, ${before}.`;
}

/** What is rejected or passed over when records come in, before and now. */
function recordWords({ records, input, differences }: ImpactReport): string {
  if (!records) return '';
  const { records: all, rejected, notUsed } = records;
  const isFiles = input.from === 'files';
  const isAlike = rejected.before === rejected.now && notUsed.before === notUsed.now;
  if (isAlike && !differences.some(({ kind }) => kind === 'check')) return '';
  const what = isFiles ? counted(all, 'record') : counted(all, 'stored record');
  const were = isFiles ? 'are rejected' : 'would be rejected if they were sent again';
  const sentence = `Of ${what}, ${grouped(rejected.now)} ${were}; before, ${grouped(rejected.before)}.`;
  const passed =
    notUsed.before === notUsed.now
      ? ''
      : ` Passed over, as of a type that the rules do not use: ${grouped(notUsed.now)}; before, ${grouped(notUsed.before)}.`;
  return sentence + passed;
}

/** What was evaluated, in one sentence. */
function reachWords({ reach, records, rows }: ImpactReport): string {
  const fields = [...reach.fields, ...reach.added, ...reach.removed];
  const what = [
    ...(reach.selection ? ['which rows there are'] : []),
    ...(fields.length > 0 ? [`${plural(fields.length, 'field')} ${fields.join(', ')}`] : []),
  ];
  const others = records && records.rejected.before !== records.rejected.now;
  if (what.length === 0)
    return rows.changed + rows.appeared + rows.disappeared > 0
      ? 'The rules of the extract come to the same; what changes comes of records that are taken or rejected otherwise.'
      : 'The change can reach no value of the extract.';
  return `The change can reach ${what.join(', and ')}; everything else is the same for every student${others ? ' whose records are taken as before' : ''}.`;
}

/** A difference, or several alike, as a line of the report: what it is, and where. */
interface Told {
  readonly sentence: string;
  readonly places: readonly string[];
}

/** Every difference; files that changed in nothing but words are told together. */
function toldDifferences({ differences }: ImpactReport): Told[] {
  const told = differences.map(
    ({ sentence, file, pointer }): Told => ({
      sentence: capital(sentence),
      places: [file, ...(pointer ? [pointer] : [])],
    }),
  );
  const isWords = ({ kind, did }: ImpactReport['differences'][number]): boolean =>
    kind === 'words' && did === 'changed';
  const words = differences.filter(isWords);
  if (words.length < 2) return told;
  const sentence = `${words.length} files changed in nothing that a value of the extract depends on`;
  return [
    ...told.filter((_, i) => !isWords(differences[i] as (typeof differences)[number])),
    { sentence, places: words.map(({ file }) => file) },
  ];
}

/** The report for a terminal. */
export function reportLines(report: ImpactReport): string[] {
  const { differences, fields, places, reasons, samples } = report;
  const sentences = new Map(differences.map(({ id, sentence }) => [id, sentence]));
  return [
    ...lawWords(report),
    summaryOf(report),
    reachWords(report),
    '',
    'What differs',
    ...(differences.length === 0
      ? ['  nothing']
      : toldDifferences(report).map(({ sentence, places }) => `  ${sentence}.\n    ${places.join(' ')}`)),
    ...fields.flatMap(({ field, name, rows, values }) => [
      '',
      `Field ${field} ${name}: ${counted(rows, 'row')}`,
      ...values.slice(0, MOST_LINES).map((v) => `  ${grouped(v.rows).padStart(9)}  ${shown(v.old)} -> ${shown(v.new)}`),
      ...left(values.length),
    ]),
    ...places.flatMap(({ name, places }) => [
      '',
      `By ${name}`,
      ...places.slice(0, MOST_LINES).map((p) => `  ${grouped(p.rows).padStart(9)}  ${shown(p.value)}${placeWords(p)}`),
      ...left(places.length),
    ]),
    ...checkLines(report),
    ...(reasons.length > 1
      ? [
          '',
          'Reasons',
          ...reasons.map(
            ({ because, changes }) =>
              `  ${grouped(changes).padStart(9)}  ${because.map((id) => sentences.get(id) ?? id).join('; together with: ')}`,
          ),
        ]
      : []),
    ...(samples.length > 0 ? ['', 'Samples', ...samples.flatMap(sampleLines)] : []),
  ];
}

const checkLines = ({ records }: ImpactReport): string[] =>
  records && records.checks.length > 0
    ? [
        '',
        'Rejections by check',
        ...records.checks.map((c) => `  ${c.code}  ${grouped(c.before)} -> ${grouped(c.now)}`),
      ]
    : [];

const MOST_LINES = 20;
const left = (n: number): string[] =>
  n > MOST_LINES ? [`             and ${grouped(n - MOST_LINES)} more, in the report (--report FILE.json)`] : [];

const placeWords = ({
  appeared,
  disappeared,
  changed,
}: {
  appeared: number;
  disappeared: number;
  changed: number;
}): string =>
  appeared + disappeared === 0
    ? ''
    : ` (${grouped(changed)} changed, ${grouped(appeared)} new, ${grouped(disappeared)} gone)`;

const rowWords = ({ row }: Sample): string => Object.values(row).join(' ');

const sampleLines = (sample: Sample): string[] => [
  `  ${rowWords(sample)}${sample.field && ` field ${sample.field}`}: ${sample.sentence}`,
  ...(sample.before === undefined ? [] : [`    before: ${sample.before}`]),
  ...(sample.now === undefined ? [] : [`    now:    ${sample.now}`]),
];

/** A value may hold anything: a backslash would take the meaning of what follows it, a line feed end the table. */
const cell = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll(/\r?\n/g, ' ');
const tableOf = (head: readonly string[], rows: readonly (readonly string[])[]): Block =>
  table(
    head.map(cell),
    rows.map((cells) => cells.map(cell)),
  );

/** The report as Markdown. It holds no moment of its making: the same students and rulebooks give the same page. */
export function reportMarkdown(report: ImpactReport): string {
  const { from, to, request, runDate, input, differences, fields, places, reasons, samples, rows, records } = report;
  const asked = Object.entries(request).map(
    ([key, value]) => `${key} ${Array.isArray(value) ? value.join(', ') : value}`,
  );
  const read =
    input.from === 'files'
      ? input.files.join(', ')
      : input.snapshot === undefined
        ? 'a store'
        : `a store after upload ${input.snapshot}`;
  const sentences = new Map(differences.map(({ id, sentence }) => [id, sentence]));
  return asMarkdown([
    heading(1, 'Impact of a change of the rules'),
    ...lawWords(report).map((words) => paragraph(words)),
    paragraph(summaryOf(report)),
    paragraph(reachWords(report)),
    tableOf(
      ['', ''],
      [
        ['from', `${from.name}, version ${from.version}, SHA-256 ${from.sha256}`],
        ['to', `${to.name}, version ${to.version}, SHA-256 ${to.sha256}`],
        ['request', asked.join('; ')],
        ['run date', dayWords(runDate)],
        ['students', `${grouped(report.students)}, from ${read}`],
        ['rows', `${grouped(rows.changed)} changed, ${grouped(rows.appeared)} new, ${grouped(rows.disappeared)} gone`],
        ...(records
          ? [
              [
                'records',
                `${grouped(records.records)}; rejected ${grouped(records.rejected.now)}, before ${grouped(records.rejected.before)}`,
              ],
            ]
          : []),
      ],
    ),
    heading(2, 'What differs'),
    differences.length === 0
      ? paragraph('Nothing.')
      : list(
          toldDifferences(report).map(
            ({ sentence, places }) => `${sentence}. (${places.map((place) => `\`${place}\``).join(', ')})`,
          ),
        ),
    ...fields.flatMap(({ field, name, rows, values }) => [
      heading(2, `Field ${field} ${name}: ${counted(rows, 'row')}`),
      tableOf(
        ['before', 'now', 'rows'],
        values.map((v) => [shown(v.old), shown(v.new), grouped(v.rows)]),
      ),
    ]),
    ...places.flatMap(({ name, places }) => [
      heading(2, `By ${name}`),
      tableOf(
        [name, 'rows', 'changed', 'new', 'gone'],
        places.map((p) => [shown(p.value), ...[p.rows, p.changed, p.appeared, p.disappeared].map(grouped)]),
      ),
    ]),
    ...(records && records.checks.length > 0
      ? [
          heading(2, 'Rejections by check'),
          tableOf(
            ['check', 'before', 'now'],
            records.checks.map(({ code, before, now }) => [code, grouped(before), grouped(now)]),
          ),
        ]
      : []),
    ...(reasons.length > 0
      ? [
          heading(2, 'Reasons'),
          tableOf(
            ['changes', 'because'],
            reasons.map(({ because, changes }) => [
              grouped(changes),
              because.map((id) => sentences.get(id) ?? id).join('; together with: '),
            ]),
          ),
        ]
      : []),
    ...(samples.length > 0 ? [heading(2, 'Samples'), ...samples.flatMap(sampleBlocks)] : []),
  ]);
}

function sampleBlocks(sample: Sample): Block[] {
  const { before, now } = sample;
  const evaluations = [
    ...(before === undefined ? [] : [`Before: ${before}`]),
    ...(now === undefined ? [] : [`Now: ${now}`]),
  ];
  return [
    paragraph(`**${rowWords(sample)}**${sample.field && `, field ${sample.field} ${sample.name}`}: ${sample.sentence}`),
    ...(evaluations.length > 0 ? [list(evaluations)] : []),
  ];
}
