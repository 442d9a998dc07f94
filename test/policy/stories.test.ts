/**
 * The stories of `docs/policy` are true: following a README to the letter gives a rulebook that loads, whose examples
 * pass, and that changes what the story says.
 *
 *     CENR_UPDATE=1 node test/policy/stories.test.ts
 *
 * writes `changes.json` anew from the READMEs.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { checkRulebook } from '#authoring/check/check';
import { casesOf, type ExampleCase, type Expectation, lineWriter } from '#authoring/examples/cases';
import { coverageOf } from '#authoring/examples/coverage';
import { type ExampleResult, runExamples } from '#authoring/examples/run';
import { sentenceHash } from '#authoring/ledger/page-sentences';
import { reportOf } from '#authoring/ledger/report';
import { mutationReport } from '#authoring/mutants/mutation';
import { type CompiledRulebook, compileRulebook, Extractor } from '#extract/extractor';
import { type ExtractRequest, requestFacts } from '#extract/request';
import { type History, historyOf, keepLine, readRecords } from '#records/record';
import { assemble, grammarOf, type Rulebook } from '#rulebook/load/assemble';
import { ledgersOf } from '#rulebook/load/citations';
import type { FieldJson, SourceFile } from '#rulebook/load/declarations';
import { type RulebookTexts, verify } from '#rulebook/load/load';
import { secondOpinion } from '#rulebook/second-opinion/second-opinion';
import { codes, load, type Sent, send, storedRecords } from '../intake/uploads.ts';
import { type Patch, patched, shippedTexts } from '../rulebook/texts.ts';
import { agree } from '../support/agreement.ts';
import { readHistory } from '../support/extracts.ts';
import { folder } from '../support/folders.ts';
import { history, holds, request, runDate, SSID } from '../support/histories.ts';
import {
  changesIn,
  changesOf,
  type Edit,
  linesWritten,
  readStory,
  STORIES,
  storyNames,
  textsAfter,
  textsBefore,
} from './stories.ts';

// A busy machine is slow.
t.setTimeout(900_000);

type Side = 'before' | 'after';
type StudentCase = { readonly title: string } & Readonly<Record<Side, Expectation>>;
interface Students {
  /** The fields and checks whose rules, or values of whose rules, the story changes; `selection` for that. */
  readonly changed: readonly string[];
  readonly examples: readonly { readonly cases: readonly StudentCase[] }[];
}

const studentsOf = (name: string): Students => JSON.parse(readStory(name, 'students.json'));

/** The students of a story as worked examples, expecting what comes of them before or after it. */
function studentsFile(name: string, side: Side): SourceFile {
  const { examples } = studentsOf(name);
  const expecting = ({ before, after, ...rest }: StudentCase) => ({
    ...rest,
    expect: side === 'before' ? before : after,
  });
  return {
    path: 'rules/examples/students.json',
    json: { examples: examples.map((example) => ({ ...example, cases: example.cases.map(expecting) })) },
  };
}

const withStudents = (rulebook: Rulebook, name: string, side: Side): Rulebook => ({
  ...rulebook,
  files: [...rulebook.files.filter(({ path }) => grammarOf(path) !== 'examples'), studentsFile(name, side)],
});

const asked = ({ reportingLEA, ...rest }: NonNullable<ExampleCase['request']>): ExtractRequest => ({
  ...rest,
  reportingLEAs: reportingLEA === 'all' ? 'all' : [reportingLEA],
});

/** A case's records as the history of one student, loaded on the run date. */
function historyFrom(
  { given, records, runDate: day = '' }: ExampleCase,
  { rulebook, plan }: CompiledRulebook,
): History {
  const write = lineWriter(rulebook);
  const loaded = day.replaceAll('-', '');
  const body = [...given, ...records].map((record, i) =>
    keepLine({ source: 0, line: i + 1, uploaded: loaded, lastUpdated: loaded }, write(record)),
  );
  return historyOf(SSID, readRecords(body.join('\n'), plan), plan);
}

/**
 * A rulebook of which a field says whether the enrollment qualifies: so that the second opinion, which knows fields
 * only, has one about the selection.
 */
function selectionAsField({ hash, files, declared }: Rulebook): Rulebook {
  const [field] = declared.fields;
  const rules: FieldJson['rules'] = [
    { name: 'qualifies', conditions: declared.selection.json.where, event: { type: 'value', params: { value: 'Y' } } },
    { name: 'otherwise', event: { type: 'value', params: { value: 'N' } } },
  ];
  return assemble({
    hash,
    files: files.map((file) => (file.path === field?.file ? { ...file, json: { ...field.json, rules } } : file)),
  });
}

const failures = (results: readonly ExampleResult[]): string[] =>
  results.flatMap(({ of, title, message }) => (message === undefined ? [] : `${of}: ${title}: ${message}`));

/** By the texts: most stories begin with the same. */
const found = new Map<RulebookTexts, string[]>();

function findingsOf(texts: RulebookTexts): string[] {
  const known =
    found.get(texts) ?? checkRulebook(texts).findings.map(({ severity, message }) => `${severity}: ${message}`);
  found.set(texts, known);
  return known;
}

if (process.env['CENR_UPDATE'] === '1')
  for (const name of storyNames)
    writeFileSync(
      join(STORIES, name, 'changes.json'),
      `${JSON.stringify(changesIn(readStory(name, 'README.md')), null, 2)}\n`,
    );

t.test('README.md lists every story, and pages that say how many lines their edits write say it truly', async (t) => {
  const readme = readFileSync(join(STORIES, 'README.md'), 'utf8');
  for (const name of storyNames) {
    t.match(readme, `](${name}/README.md) |`, name);
    const [said] = /^The edits write .*$/m.exec(readStory(name, 'README.md')) ?? [];
    const { rules, examples } = linesWritten(name);
    if (said) t.equal(said, `The edits write ${rules} lines of rules, and ${examples} of examples.`, name);
  }
});

/** How many lines a story may take; its page says how many it does. */
const MOST_LINES: Readonly<Record<string, number>> = {
  '12-mobility': 51,
  '13-mena': 100,
  '14-pilot': 22,
  '15-one-label': 6,
  '16-an-academic-year-with-36-fields': 60,
  '17-migrant-match': 193,
  '18-direct-certification': 15,
};

for (const [name, most] of Object.entries(MOST_LINES))
  t.test(`${name}: its lines`, (t) => {
    const { rules, examples } = linesWritten(name);
    const lines = rules + examples;
    t.comment(`${name} takes ${lines} lines`);
    t.ok(lines <= most, `${lines} lines, at most ${most}`);
    t.match(readStory(name, 'README.md'), `The change takes ${lines} lines.`);
    t.end();
  });

for (const name of storyNames)
  t.test(name, async (t) => {
    t.same(changesIn(readStory(name, 'README.md')), changesOf(name), 'README.md shows the very edits of changes.json');

    const [textBefore, textAfter] = [textsBefore(name), textsAfter(name)];
    const changed = textAfter
      .filter(({ path, text }) => textBefore.find((before) => before.path === path)?.text !== text)
      .map(({ path }) => path);
    t.ok(changed.length > 0);
    for (const path of changed) t.ok(grammarOf(path), `${path} is a file of rules/ or schemas/`);
    t.same(
      textBefore.filter(({ path }) => !textAfter.some((after) => after.path === path)),
      [],
      'no file is removed',
    );

    const [before, after] = [verify(textBefore), verify(textAfter)];
    t.not(after.hash, before.hash, 'another version, under a hash of its own');
    t.not(after.about.version, before.about.version, 'and with another name');

    const results = runExamples(after);
    t.same(failures(results), [], 'every example passes');
    const { changed: subjects } = studentsOf(name);
    const coverage = coverageOf(after, { only: subjects });
    t.same(
      coverage.flatMap(({ gaps, stale }) => [
        ...gaps.map(({ of, says }) => `${of}: ${says}`),
        ...stale.map(({ pointer }) => pointer),
      ]),
      [],
      'examples reach all of it',
    );
    const { tried, stale } = mutationReport(after, { only: subjects });
    t.same(
      [
        ...tried.flatMap(({ fate, mutant }) => (fate === 'survived' ? mutant.says : [])),
        ...stale.map(({ pointer }) => pointer),
      ],
      [],
      'examples notice every mutant of it',
    );
    const [foundBefore, foundAfter] = [textBefore, textAfter].map(findingsOf);
    t.same(
      foundAfter?.filter((finding) => !finding.startsWith('advice') && !foundBefore?.includes(finding)),
      [],
      'the check finds nothing that was not there before',
    );

    for (const [side, rulebook] of [
      ['before', before],
      ['after', after],
    ] as const)
      t.same(failures(runExamples(withStudents(rulebook, name, side))), [], `the students' rows ${side}`);

    const byField = selectionAsField(after);
    const both: [CompiledRulebook, ReturnType<typeof secondOpinion>][] = [after, byField].map((r) => [
      compileRulebook(r),
      secondOpinion(r),
    ]);
    for (const example of casesOf(withStudents(after, name, 'after'))) {
      const { request: wanted = { reportingLEA: 'all', academicYear: '2025-2026' }, runDate: day = '' } = example;
      for (const [rulebook, second] of both)
        await agree(rulebook, second, historyFrom(example, rulebook), asked(wanted), day.replaceAll('-', ''));
    }
    t.pass('both evaluators agree on the students');
    await holds(
      t,
      'both evaluators agree on generated students',
      25,
      fc.asyncProperty(history, request, runDate, async (records, wanted, day) => {
        for (const [rulebook, second] of both)
          await agree(rulebook, second, readHistory(SSID, records, rulebook), wanted, day);
      }),
    );
  });

t.test('1-retire-program-127: the check warns of a retired code until the parameter ends too', async (t) => {
  const warnings = (texts: RulebookTexts) =>
    checkRulebook(texts).findings.filter(({ kind, message }) => kind === 'code-retired' && message.includes('"127"'));
  const isCodeSet = (edit: Edit): boolean => 'file' in edit && edit.file === 'schemas/codesets/EducationProgram.json';
  const [ended] = changesOf('1-retire-program-127').edits.filter(isCodeSet);
  t.equal(warnings(textsBefore('1-retire-program-127')).length, 0);
  t.equal(warnings(patched([ended as Patch])).length, 1);
  t.equal(warnings(textsAfter('1-retire-program-127')).length, 0);
});

t.test(
  '6-new-publication: the ledger has the sentences of the new page, and each is held by a rule and an example',
  async (t) => {
    const [, words = ''] = /^```text\n([^`]*)```$/m.exec(readStory('6-new-publication', 'README.md')) ?? [];
    const after = verify(textsAfter('6-new-publication'));
    const known = new Set(
      ledgersOf(after.files).flatMap(({ json }) =>
        json.elements.flatMap(({ sentences }) => sentences.map(({ sha256 }) => sha256)),
      ),
    );
    for (const sentence of words.trim().split('\n')) t.ok(known.has(sentenceHash(sentence)), sentence);
    t.same(
      reportOf(after).findings.filter(({ message }) => /cenr-51|the ledger is of the page/.test(message)),
      [],
    );
  },
);

t.test('6-new-publication: one column more, and the old file for whoever asks', async (t) => {
  const [before, after] = [verify(textsBefore('6-new-publication')), verify(textsAfter('6-new-publication'))];
  const year: ExtractRequest = { reportingLEAs: 'all', academicYear: '2023-2024' };
  const lines = (rulebook: Rulebook, example: ExampleCase, columns?: string): string[] => {
    const compiled = compileRulebook(rulebook, { columns });
    const text = new Extractor(compiled, requestFacts(year, rulebook), '20240715').lines(
      historyFrom(example, compiled),
    );
    return text.split('\r\n').slice(0, -1);
  };
  for (const example of casesOf(withStudents(after, '6-new-publication', 'after'))) {
    const [old, all, asked50, former] = [
      lines(before, example),
      lines(after, example),
      lines(after, example, '50'),
      lines(verify(shippedTexts), example),
    ];
    t.ok(old.length > 0);
    t.same(
      old.map((line) => line.split('^').length),
      old.map(() => 50),
    );
    t.same(
      all.map((line) => line.split('^').length),
      old.map(() => 51),
    );
    t.same(
      all.map((line) => line.slice(0, line.lastIndexOf('^'))),
      old,
      'the first 50 fields',
    );
    t.same(asked50, old, 'with 50 columns');
    t.same(former, old, 'as the shipped rulebook writes it');
  }
});

t.test('7-add-a-record-type: files of the new type are read, by key, with or without their record type', async (t) => {
  const rulebook = verify(textsAfter('7-add-a-record-type'));
  const year = { rulebook, runDate: '20260715', request: { reportingLEAs: 'all', academicYear: '2025-2026' } } as const;
  const text = readStory('7-add-a-record-type', 'applications.txt');
  const disadvantaged = ({ rows }: Pick<Sent, 'rows'>): string[] => rows.map((row) => `${row[7]} ${row[37]}`);
  const read = await send(t, text, year);
  t.same(read.problems, []);
  t.same(disadvantaged(read), ['9900000001 Y', '9900000002 N', '9900000003 N']);
  const untyped = await send(t, text.replaceAll(/^MEAL(-R)?\^/gm, ''), { ...year, recordType: 'MEAL' });
  t.same(untyped.problems, []);
  t.equal(untyped.text, read.text, 'the same rows');
  const again = await send(t, `${text}MEAL^9900000001^2025-2026^N\n`, year);
  t.equal(again.tally.counts.replaced, 1, 'one record for a student and year');
  t.same(disadvantaged(again)[0], '9900000001 N');
  const wrong = ['MEAL^9900000001^2025-2027^S', 'MEAL^9900000001^2025-2026^X', 'MEAL^9900000009^2025-2026^S'];
  t.same(codes(await send(t, `${text}${wrong.join('\n')}`, year)), ['7 IVR0006', '8 GERR0002', '9 IVR0001']);
  const before = await send(t, text, { ...year, rulebook: verify(shippedTexts) });
  t.equal(before.tally.counts.rejected, 3, 'as shipped, the record type is not known');
});

const THIRTY_SIX = '16-an-academic-year-with-36-fields';

t.test(`${THIRTY_SIX}: the columns of a line and of a row go by the academic year`, async (t) => {
  const rulebook = verify(textsAfter(THIRTY_SIX));
  const text = readStory(THIRTY_SIX, '36-fields.txt');
  const asked = (academicYear: string) =>
    ({ rulebook, runDate: '20270715', request: { reportingLEAs: 'all', academicYear } }) as const;
  const year = await send(t, text, asked('2026-2027'));
  t.same(year.problems, []);
  t.same(
    year.rows.map((row) => [row.length, row[7], row[35], row[36], row[49], row[50]]),
    [
      [51, '9999999101', 'Y', '', '20270715', '20270715'],
      [51, '9999999102', 'N', '', '20260820', '20260901'],
      [51, '9999999103', '', '', '20270715', '20270715'],
    ],
    'Ethnicity/Race is the 37th, and the two dates are the last ones',
  );
  const earlier = await send(t, text, asked('2023-2024'));
  t.same(
    earlier.rows.map((row) => [row.length, row[7], row[37], row[48], row[49]]),
    [[50, '9999999104', 'N', '20230820', '20230901']],
  );
  const range = { ...asked(''), request: { reportingLEAs: 'all', from: '20230801', through: '20260701' } } as const;
  t.ok(
    (await send(t, text, range)).rows.every((row) => row.length === 51),
    'the last day decides',
  );

  const lines = text.split('\n');
  const ofBefore = [
    lines[0]?.replace('2026-2027', '2025-2026').replace('20260815', '20250815'),
    lines[0]?.replace('2026-2027', '2025-2026').replace('20260815', '20250815').replace(/Y$/, ''),
  ];
  t.same(
    codes(await send(t, ofBefore.join('\n'), asked('2025-2026'))),
    ['1 FRMT0005', '2 SENR0317', '2 FRMT0006'],
    'too much, as before',
  );
  const before = await send(t, text, { ...asked('2026-2027'), rulebook: verify(shippedTexts) });
  t.same(codes(before), ['1 FRMT0005', '2 FRMT0005'], 'as shipped, field 36 is too much');
});

t.test(`${THIRTY_SIX}: what was stored before has the new columns, blank, and is sent again as it was`, async (t) => {
  const [before, after] = [verify(shippedTexts), verify(textsAfter(THIRTY_SIX))];
  const store = folder(t);
  const sent = readStory(THIRTY_SIX, '36-fields.txt').split('\n');
  const old = [sent[2], sent[3]?.replace('9999999104', '9999999105')].map((line) => `${line}\n`).join('');
  await load(t, store, old, { rulebook: before });
  await load(t, store, sent.join('\n'), { rulebook: after });
  const kept = await storedRecords(store);
  t.same(
    kept,
    [...sent.slice(0, 4), old.split('\n')[1] as string].map((line) => line.replace(/\^\d{8}\^\d{8}$/, '')),
    'lines as they were sent, their dates in the margin',
  );
});
