/**
 * Lines of the trace: what they say, that it is what an evaluation made afresh comes to, and that no other line is
 * taken for one.
 */
import { deepStrictEqual } from 'node:assert';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import t from 'tap';
import { TextGatherer } from '#base/byte-builder';
import { type CompiledRulebook, compileRulebook, Extractor } from '#extract/extractor';
import { type ExtractRequest, requestFacts } from '#extract/request';
import { readTraceLine, traceWriter } from '#extract/trace';
import { keepLine, placeOf, type SourceRecord, TextHistory } from '#records/record';
import type { Evaluation } from '#rulebook/compile/evaluation';
import type { LookNode } from '#rulebook/tree/nodes';
import { compiled, readHistory } from '../support/extracts.ts';
import { fieldsOf, history, holds, request, runDate, SSID, shipped, type TestRecord } from '../support/histories.ts';
import { assembled, generatedFiles } from '../support/rulebooks.ts';

const same = (actual: unknown, expected: unknown, what: string): void => deepStrictEqual(actual, expected, what);
const tree = shipped.extract;
const textsOf =
  (write: ReturnType<typeof traceWriter>): ((...row: [x: Evaluation, enrollment: SourceRecord]) => string) =>
  (...row) => {
    const gathered = new TextGatherer();
    write(...row, gathered);
    return gathered.text;
  };
const traceOf = textsOf(traceWriter(compiled.program));

/** Makes the trace of a student's rows, and compares every line with an evaluation by rules that were compiled anew. */
function checkTrace(
  traced: CompiledRulebook,
  records: readonly TestRecord[],
  asked: ExtractRequest,
  day: string,
): string[] {
  const { rulebook } = traced;
  const facts = requestFacts(asked, rulebook);
  const write = textsOf(traceWriter(traced.program));
  const lines: string[] = [];
  new Extractor(traced, facts, day).rows(readHistory(SSID, records, traced), (x, enrollment) =>
    lines.push(write(x, enrollment)),
  );
  const afresh = compileRulebook(rulebook);
  const again = afresh.program.newEvaluation();
  afresh.program.begin(again, facts, day);
  const selected = afresh.program.select(again, readHistory(SSID, records, afresh));
  same(lines.length, selected.length, 'rows');
  for (const [i, enrollment] of selected.entries()) {
    afresh.program.evaluate(again, enrollment);
    const line = readTraceLine(lines[i] as string, rulebook.extract);
    same(line.decided, [...again.decided], 'deciding rules');
    same([...line.outcomes], [...again.outcomes], 'outcomes');
    same(line.enrollment, placeOf(enrollment), 'the enrollment');
    same(line.records, expectedRecords(afresh, again), 'records used');
  }
  return lines;
}

/**
 * The records of the looks that were reached, found without what was written down: by trying the conditions of each
 * look on every record.
 */
function expectedRecords(
  { program, rulebook }: CompiledRulebook,
  x: Evaluation,
): { fact: number; source: number; line: number }[] {
  const { compiler, plan } = program;
  const looks = rulebook.extract.facts.filter((fact): fact is LookNode => fact.kind === 'look');
  const reached = looks.filter((look) => x.stamps[look.index] === x.stamp);
  return reached.flatMap((look) => {
    const test = look.where ? compiler.condition(look.where, false) : () => true;
    const isBefore = compiler.order(look.order, 'record');
    let best: SourceRecord | undefined;
    for (const record of x.history.byType[plan.typeIndex.get(look.from) as number] ?? []) {
      x.record = record;
      if (!test(x)) continue;
      if (best === undefined || (look.gives === 'record' && isBefore(x, record, best))) best = record;
    }
    return best ? [{ fact: look.index, ...placeOf(best) }] : [];
  });
}

t.test('decided, outcomes and records are those of a fresh evaluation of the same student', async (t) => {
  const lines: string[] = [];
  await holds(
    t,
    'a line of the trace tells how the row came about',
    600,
    fc.property(
      history,
      request,
      runDate,
      (records, asked, day) => void lines.push(...checkTrace(compiled, records, asked, day)),
    ),
  );
  t.ok(lines.length > 50, `${lines.length} rows`);
  const packed = gzipSync(lines.join('')).length / lines.length;
  t.ok(packed < 400, `${Math.round(packed)} bytes a row, packed`);
});

t.test('the same of generated rules, in which looks read each other', async (t) => {
  let records = 0;
  await holds(
    t,
    'a line of the trace tells how the row came about',
    300,
    fc.property(generatedFiles, history, request, runDate, (files, student, asked, day) => {
      const rulebook = assembled(files);
      for (const line of checkTrace(compileRulebook(rulebook), student, asked, day))
        records += readTraceLine(line, rulebook.extract).records.length;
    }),
  );
  t.ok(records > 20, `${records} records`);
});

const base = { ssid: SSID, reportingLEA: '9900001', schoolOfAttendance: '9900011' };
const record = (recordType: TestRecord['recordType'], values: Record<string, string>): TestRecord => ({
  ...{ recordType, ssid: SSID, uploaded: '20240715', lastUpdated: '20240715', short: false, ods: false },
  values: { ...base, ...values },
});
const program = (code: string) =>
  record('SPRG', { educationProgramCode: code, educationProgramMembershipStartDate: '20230815' });
const enrollment = record('SENR', {
  enrollmentStatusCode: '10',
  gradeLevelCode: '05',
  enrollmentStartDate: '20230815',
});
const YEAR = { reportingLEAs: 'all', academicYear: '2023-2024' } as const;

t.test('of a look that counts, the first record that matched', (t) => {
  const look = {
    name: 'memberships',
    says: 'how many there are',
    from: 'SPRG',
    where: { fact: 'record', path: '$.educationProgramCode', operator: 'equal', value: '191' },
    gives: 'count',
  };
  const field = ({ json }: (typeof shipped.declared.fields)[number]) => ({
    path: `rules/fields/${json.field}.json`,
    json: {
      ...json,
      rules: [
        {
          name: 'otherwise',
          event: { type: 'value', params: { value: json.field === '40' ? { fact: 'memberships' } : '' } },
        },
      ],
    },
  });
  const rulebook = assembled([
    { path: 'rules/facts/generated.json', json: { facts: [look] } },
    ...shipped.declared.fields.map(field),
  ]);
  const records = [enrollment, ...['127', '191', '135', '191'].map(program)];
  const [line = ''] = checkTrace(compileRulebook(rulebook), records, YEAR, '20240715');
  const { records: used } = readTraceLine(line, rulebook.extract);
  t.same(
    used.map(({ source, line }) => [source, line]),
    [[1, 3]],
  );
  t.end();
});

t.test('a line, to the byte', (t) => {
  const of = (recordType: TestRecord['recordType'], values: Record<string, string>): TestRecord => ({
    recordType,
    ssid: SSID,
    values: {
      ssid: SSID,
      reportingLEA: '9900001',
      schoolOfAttendance: '9900011',
      academicYearID: '2023-2024',
      ...values,
    },
    uploaded: '20240715',
    lastUpdated: '20240715',
    short: false,
    ods: false,
  });
  const enrollment = of('SENR', { enrollmentStatusCode: '10', gradeLevelCode: '05', enrollmentStartDate: '20230815' });
  const homeless = of('SPRG', {
    educationProgramCode: '191',
    educationProgramMembershipCode: '1',
    educationProgramMembershipStartDate: '20231001',
  });
  const body = [enrollment, homeless]
    .map((record, i) =>
      keepLine(
        { source: i + 2, line: 117 * (i + 1), uploaded: record.uploaded, lastUpdated: record.lastUpdated },
        fieldsOf(record).join('^'),
      ),
    )
    .join('\n');
  const lines: string[] = [];
  const extractor = new Extractor(
    compiled,
    requestFacts({ reportingLEAs: 'all', academicYear: '2023-2024' }, shipped),
    '20240715',
  );
  extractor.rowsOf(new TextHistory(SSID, body), (x, record) => lines.push(traceOf(x, record)));
  t.equal(lines.length, 1);
  const line = readTraceLine(lines[0] as string, tree);
  t.same(line.key, [SSID, '9900001', '9900011', '05'], 'SSID, reporting LEA, school, grade');
  t.same(line.enrollment, { source: 2, line: 117 });
  const rule = (number: string): string | undefined => {
    const index = compiled.program.fieldNumbers.indexOf(number);
    return tree.fields.find((field) => field.number === number)?.rules[line.decided[index] as number]?.name;
  };
  t.same([rule('37'), rule('40')], ['otherwise', 'eligible']);
  const programs = line.records.filter(({ fact }) => tree.facts[fact]?.name === 'programAtSchool');
  t.same(
    programs.map(({ source, line }) => [source, line]),
    [[3, 234]],
    'homeless, and nothing else, was found among the programs',
  );
  t.match(
    lines[0],
    /^\{"key":\["9900000001","9900001","9900011","05"\],"decided":\[\d+(,\d+){12}\],"outcomes":"[\w+/]+","enrollment":\[2,117\],"records":\[.*\]\}\n$/,
  );
  t.end();
});

t.test('values that JSON writes in another way come back as they were', (t) => {
  const odd = 'A "quoted\\ \u{1F600} ñ';
  const record: TestRecord = {
    recordType: 'SENR',
    ssid: SSID,
    values: {
      ssid: SSID,
      reportingLEA: '9900001',
      schoolOfAttendance: odd,
      enrollmentStatusCode: '10',
      gradeLevelCode: '05',
      enrollmentStartDate: '20230815',
    },
    uploaded: '20240715',
    lastUpdated: '20240715',
    short: false,
    ods: false,
  };
  const lines: string[] = [];
  const extractor = new Extractor(
    compiled,
    requestFacts({ reportingLEAs: 'all', academicYear: '2023-2024' }, shipped),
    '20240715',
  );
  extractor.rows(readHistory(SSID, [record]), (x, enrollment) => lines.push(traceOf(x, enrollment)));
  t.equal(readTraceLine(lines[0] as string, tree).key[2], odd);
  t.end();
});

t.test('what is no line of the trace, or one of another rulebook, is refused', (t) => {
  const [line = ''] = checkTrace(compiled, [enrollment, program('191')], YEAR, '20240715');
  t.ok(readTraceLine(line, tree).records.length > 0);
  const cases: [string, string, RegExp][] = [
    ['no JSON', line.slice(1), /this is not a trace line/],
    ['no key', line.replace('"key"', '"kee"'), /this is not a trace line/],
    ['a place without a line', line.replace(/("enrollment":\[\d+),\d+/, '$1'), /this is not a trace line/],
    ['a record without a place', line.replace(/("records":\[\[\d+),\d+,\d+/, '$1'), /this is not a trace line/],
    ['a field less', line.replace(/("decided":\[)\d+,/, '$1'), /made with another rulebook/],
    ['outcomes of more conditions', line.replace('"outcomes":"', '"outcomes":"AAAA'), /made with another rulebook/],
    ['an outcome that is none', line.replace(/("outcomes":")./, '$1/'), /made with another rulebook/],
  ];
  for (const [what, text] of cases) t.not(text, line, what);
  for (const [what, text, message] of cases) t.throws(() => readTraceLine(text, tree), { message }, what);
  t.end();
});
