/**
 * The SQL that is made of the rules, run by engines that know nothing of them, gives what the compiled rules give: every
 * row, byte by byte and in order, and what every condition of the fields came to. Shipped rules, other readings of them,
 * and generated ones. Each engine is a package of its own beside this file (README.md).
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { type CompiledRulebook, compileRulebook, Extractor } from '#extract/extractor';
import { type ExtractRequest, requestFacts } from '#extract/request';
import { usualColumnSet } from '#records/layout';
import { TextHistory } from '#records/record';
import type { Calculation } from '#rulebook/calculations/calculation';
import { CALCULATIONS } from '#rulebook/calculations/index';
import type { Rulebook } from '#rulebook/load/assemble';
import { verify } from '#rulebook/load/load';
import { OPERATORS } from '#rulebook/operators/index';
import { type Dialect, named } from '#rulebook/sql/dialect';
import { constantTerm } from '#rulebook/sql/expressions';
import { extractSQL } from '#rulebook/sql/statement';
import { createTables, loadTables, TableLines, tableFile } from '#rulebook/sql/tables';
import type { Value, ValueType } from '#rulebook/tree/values';
import { cenr } from '../cli/cenr.ts';
import { casesRulebook, fieldCases, sampleSubjects, selectionCases, subjectsOf } from '../explain/subjects.ts';
import { bodyFrom, historyOf, request, runDate, runsOf, SEED, shipped } from '../support/histories.ts';
import { assembled, generatedFiles } from '../support/rulebooks.ts';
import { changedTexts } from '../support/versions.ts';
import { ENGINES, type Engine } from './sql-engines.ts';

// A busy machine is slow, and one of the engines is slow to start.
t.setTimeout(1_800_000);

/** Bodies by SSID, ascending. */
type Students = readonly (readonly [ssid: string, body: string])[];

interface Question {
  readonly asked: ExtractRequest;
  readonly day: string;
}

/** Fills the tables of an engine with the records of some students. */
async function fill(t: Test, { dialect, run, load }: Engine, students: Students): Promise<void> {
  const { schemas } = shipped;
  const writer = new TableLines(schemas);
  const texts = schemas.layouts.map((_, type) => [writer.head(type)]);
  for (const [ssid, body] of students)
    for (const record of new TextHistory(ssid, body).records(writer.plan))
      texts[record.type]?.push(writer.line(record));
  const folder = t.testdir({});
  for (const { recordType } of schemas.layouts) await run(`DROP TABLE IF EXISTS ${named(recordType)}`);
  await run(createTables(schemas, dialect));
  for (const [type, layout] of schemas.layouts.entries()) {
    const path = join(folder, tableFile(layout));
    writeFileSync(path, (texts[type] as string[]).join(''));
    for (const statement of loadTables({ layouts: [layout] }, dialect, folder)) await load(statement, path);
  }
}

/** Counts what was compared, so that a test that compares nothing does not pass. */
class Compared {
  rows = 0;
  outcomes = 0;
  questions = 0;

  said = (): string => `${this.questions} extracts, ${this.rows} rows, ${this.outcomes} outcomes`;
}

const NO_DAY = /\^\d+\/\d+\//;
const LINE_END = '\r\n';

/**
 * Holds what an engine gives against the compiled rules.
 * @throws Error for the first row that differs
 */
async function compare(
  { dialect, rows }: Engine,
  compiled: CompiledRulebook,
  students: Students,
  { asked, day }: Question,
  compared: Compared,
): Promise<void> {
  const { rulebook } = compiled;
  const { extract, schemas } = rulebook;
  const facts = requestFacts(asked, rulebook);
  const columns = usualColumnSet(schemas.output);
  const { sql, findings } = extractSQL(extract, schemas, {
    dialect,
    request: { ...facts, reportingLEAs: asked.reportingLEAs },
    runDate: day,
    columns,
    outcomes: true,
  });
  if (findings.length > 0) throw new Error(`cannot be said: ${JSON.stringify(findings)}`);
  const expected: string[] = [];
  const extractor = new Extractor(compiled, facts, day);
  for (const [ssid, body] of students)
    extractor.rowsOf(new TextHistory(ssid, body), (x, enrollment) => {
      expected.push(compiled.rows.line(x, enrollment) + x.outcomes.join(''));
    });
  const count = extract.conditionCount;
  const found = (await rows(sql)).map((row) => {
    const end = row.length - count;
    return row.slice(0, end).join('^') + LINE_END + row.slice(end).join('');
  });
  const at = expected.findIndex((line, i) => line !== found[i]);
  if (at >= 0 || found.length !== expected.length)
    throw new Error(
      `${JSON.stringify(asked)} on ${day}: ${found.length} rows, expected ${expected.length}; row ${at + 1}\n${found[at]}\n${expected[at]}`,
    );
  compared.questions++;
  compared.rows += expected.length;
  compared.outcomes += expected.length * count;
}

/** Random histories of students whose SSIDs follow each other. */
const randomStudents = (count: number, seed: number): Students =>
  Array.from({ length: count }, (_, i) => {
    const ssid = String(9_900_000_001 + i);
    return [ssid, bodyFrom(fc.sample(historyOf(ssid), { numRuns: 1, seed: seed + i })[0] ?? [])] as const;
  });

const randomQuestions = (count: number, seed: number): Question[] => {
  const asked = fc.sample(request, { numRuns: count, seed });
  const days = fc.sample(runDate, { numRuns: count, seed });
  return asked.map((one, i) => ({ asked: one, day: days[i] as string }));
};

/** Of what an engine could be asked, what it is asked. */
const some = <T>({ oneOf }: Engine, all: readonly T[]): T[] => all.filter((_, i) => i % oneOf === SEED % oneOf);

/** Compares what random questions give: so many, or of an engine that is slow its share, and more while rows are few. */
async function compareRandom(
  engine: Engine,
  compiled: CompiledRulebook,
  students: Students,
  { count, rows }: { readonly count: number; readonly rows: number },
): Promise<Compared> {
  const compared = new Compared();
  for (const question of randomQuestions(10 * count, SEED)) {
    if (compared.questions >= count / engine.oneOf && compared.rows > rows / engine.oneOf) break;
    await compare(engine, compiled, students, question, compared);
  }
  return compared;
}

/** How many generated rulebooks are tried. */
const GENERATED = runsOf(60);

const compile = (rulebook: Rulebook): CompiledRulebook => compileRulebook(rulebook, { reading: false });

/** What generated rules ask that no SQL says, asked otherwise: whether it is there. */
function sayable(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(sayable);
  if (json === null || typeof json !== 'object') return json;
  const entries = Object.entries(json).map(([key, value]) => [key, sayable(value)]);
  const { operator, value } = json as { operator?: string; value?: unknown };
  const known = operator === undefined ? undefined : OPERATORS.get(operator);
  const differs = known?.asks === 'form' && typeof value === 'object';
  return Object.fromEntries(
    known && (!known.sql || differs) ? [...entries, ['operator', 'present'], ['value', true]] : entries,
  );
}

/** Every worked example that asks for rows, each with students of its own, and what it asks. */
function workedExamples(): { students: Students; questions: ReadonlyMap<string, Question & { rulebook: Rulebook }> } {
  const students: [string, string][] = [];
  const questions = new Map<string, Question & { rulebook: Rulebook }>();
  for (const example of [...selectionCases, ...fieldCases])
    for (const { ssid, body, request: asked, runDate: day } of subjectsOf(example)) {
      const own = String(9_900_000_001 + students.length);
      students.push([own, body.replaceAll(`^${ssid}^`, `^${own}^`)]);
      const key = JSON.stringify([example.parameters, example.references, asked, day]);
      if (!questions.has(key)) questions.set(key, { asked, day, rulebook: casesRulebook(example) });
    }
  return { students, questions };
}

/** A value of an example as SQL; `null` is absent. */
function exampleTerm(dialect: Dialect, type: ValueType, value: unknown) {
  const term = constantTerm(dialect, type, (value ?? undefined) as Value);
  // As of a value that is not known beforehand.
  const { is: _, ...open } = { ...term, mayBeAbsent: true };
  return type === 'interval' && value === null ? { ...open, end: open.sql } : open;
}

const typeOf = (value: unknown, among: readonly ValueType[]): ValueType => {
  const type = Array.isArray(value)
    ? 'list'
    : typeof value === 'object' && value !== null
      ? 'interval'
      : ({ number: 'number', boolean: 'flag' } as const)[typeof value as 'number'];
  return type ?? (among.includes('text') ? 'text' : (among[0] as ValueType));
};

/** An example of a calculation as a query, and the row that it gives. */
function asQuery(
  dialect: Dialect,
  { name, parts, sql }: Calculation,
  [values, expected, beside]: Calculation['examples'][number],
): { query: string; expected: readonly string[] } {
  const { lengthOfList, ofList } = dialect;
  if (!sql) throw new Error(`${name} has no words in SQL`);
  const takes = parts.flatMap((part) => ('takes' in part ? [part.takes] : [['text'] as const]));
  const terms = values.map((value, i) => {
    const term = exampleTerm(dialect, typeOf(value, takes[i] ?? takes.at(-1) ?? []), value);
    const part = parts[i];
    return part && 'isWrittenOut' in part ? { ...term, is: { value: value as Value } } : term;
  });
  const table = new Map(Object.entries(beside?.table ?? {}));
  const said = sql(terms as unknown as Parameters<typeof sql>[0], dialect, {
    cases: beside?.cases ?? [],
    type: typeOf(expected, ['text']),
    table,
    conditions: (beside?.conditions ?? []).map((holds) => (holds ? 'TRUE' : 'FALSE')),
  });
  if (Array.isArray(expected))
    return {
      query: `SELECT ${[lengthOfList(said.sql), ...expected.map((_, i) => ofList(said.sql, i + 1))].join(', ')}`,
      expected: [String(expected.length), ...expected],
    };
  const isInterval = expected !== null && typeof expected === 'object';
  const ends = isInterval ? Object.values(expected) : said.end === undefined ? [expected] : [expected, null];
  return { query: `SELECT ${[said.sql, said.end ?? []].flat().join(', ')}`, expected: ends.map(String) };
}

const NOT_DISADVANTAGED = { fact: 'disadvantagedProgram', operator: 'equal', value: false };
const HISPANIC = {
  fact: 'studentInformation',
  path: '$.studentHispanicEthnicityIndicator',
  operator: 'equal',
  value: 'Y',
};

for (const [name, { start, missing }] of Object.entries(ENGINES))
  t.test(`SQL of the rules, run by ${name}`, { skip: missing }, async (t) => {
    const engine = await start();
    t.comment(`${engine.version}, CENR_FUZZ_SEED=${SEED}`);
    t.teardown(() => engine.close());
    const { dialect } = engine;

    t.test('operators compare as their examples say', async (t) => {
      for (const { name, left, right, sql, absent, examples } of OPERATORS.values()) {
        if (!sql) continue;
        for (const [a, b, holds] of examples) {
          if (absent !== 'compares' && (a === null || b === null)) continue;
          const type = typeOf(a, left);
          const isAsked = right !== 'same' && right.every((one) => one === 'flag' || one === 'text');
          const term = exampleTerm(dialect, right === 'same' ? type : typeOf(b, right), b);
          const other = isAsked ? { ...term, is: { value: b as Value } } : term;
          const holdsSQL = sql(exampleTerm(dialect, type, a), other, dialect);
          const [row] = await engine.rows(dialect.query(`SELECT CASE WHEN ${holdsSQL} THEN 'true' ELSE 'false' END`));
          t.equal(row?.[0], String(holds), `${JSON.stringify(a)} ${name} ${JSON.stringify(b)}`);
        }
      }
    });

    t.test('calculations give what their examples say', async (t) => {
      for (const calculation of CALCULATIONS.values())
        for (const example of calculation.examples) {
          const { query, expected } = asQuery(dialect, calculation, example);
          t.same((await engine.rows(dialect.query(query)))[0], expected, query);
        }
    });

    t.test('the worked examples, other readings of parameters among them', async (t) => {
      const { students, questions } = workedExamples();
      await fill(t, engine, students);
      const compared = new Compared();
      for (const { rulebook, ...question } of some(engine, [...questions.values()]))
        await compare(engine, compile(rulebook), students, question, compared);
      t.ok(compared.rows > 1000 / engine.oneOf, compared.said());
    });

    t.test('a sample of students of several LEAs', async (t) => {
      const students = sampleSubjects(1500, 5)
        .map(({ ssid, body }) => [ssid, body] as const)
        // The checks of a store let in no day that is none, and SQL counts on that.
        .filter(([, body]) => !NO_DAY.test(body))
        .sort(([a], [b]) => (a < b ? -1 : 1));
      await fill(t, engine, students);
      const compared = new Compared();
      const day = '20260701';
      for (const asked of [
        ...['2019-2020', '2022-2023', '2023-2024', '2025-2026'].map((academicYear) => ({
          reportingLEAs: 'all' as const,
          academicYear,
        })),
        {
          reportingLEAs: ['9900001', '9900003'],
          academicYear: '2024-2025',
          adjusted: true,
          grades: ['05', 'KN', 'TK'],
        },
        { reportingLEAs: ['9900002'], asOf: '20241002' },
        { reportingLEAs: 'all' as const, from: '20230801', through: '20240131', statuses: ['10'] },
      ])
        await compare(engine, compile(shipped), students, { asked, day }, compared);
      t.ok(compared.rows > 1000, compared.said());
    });

    t.test('what cenr rules sql writes makes the file that cenr extract makes', async (t) => {
      const dir = t.testdir({});
      const [sample, data, tables, out] = ['sample', 'data', 'tables', 'cenr.txt'].map((name) => join(dir, name)) as [
        string,
        string,
        string,
        string,
      ];
      const asked = ['--lea', '9900001', '--academic-year', '2023-2024', '--run-date', '2026-07-01'];
      await cenr('sample', '--students', '500', '--out', sample);
      await cenr('load', sample, '--lea', 'all', '--store', data);
      await cenr('extract', '--store', data, ...asked, '--out', out, '--no-manifest');
      const written = await cenr(
        'rules',
        'sql',
        '--dialect',
        dialect.name,
        '--store',
        data,
        '--tables',
        tables,
        ...asked,
      );
      const statements = written.out.split(/;\n/).slice(0, -1);
      for (const { recordType } of shipped.schemas.layouts)
        await engine.run(`DROP TABLE IF EXISTS ${named(recordType)}`);
      for (const statement of statements.slice(0, -1)) {
        const path = /FROM '(.*?)'/.exec(statement)?.[1];
        await (path === undefined ? engine.run(statement) : engine.load(statement, path));
      }
      const rows = await engine.rows(statements.at(-1) as string);
      t.ok(rows.length > 100);
      t.equal(rows.map((row) => row.join('^') + LINE_END).join(''), readFileSync(out, 'utf8'));
    });

    t.test('random histories', async (t) => {
      const students = randomStudents(400, SEED);
      await fill(t, engine, students);
      const compared = await compareRandom(engine, compile(shipped), students, { count: 15, rows: 100 });
      t.ok(compared.rows > 100 / engine.oneOf, compared.said());
    });

    t.test('a selection that asks for facts, and prefers by one', async (t) => {
      const other = verify(
        changedTexts({
          'rules/selection.json': (text) =>
            text
              .replace('"where": { "all": [', `$&\n${JSON.stringify(NOT_DISADVANTAGED)},`)
              .replace('"order": [', `$& ${JSON.stringify({ preferring: HISPANIC })},`),
        }),
      );
      const students = randomStudents(300, SEED);
      await fill(t, engine, students);
      const compared = await compareRandom(engine, compile(other), students, { count: 10, rows: 50 });
      t.ok(compared.rows > 50 / engine.oneOf, compared.said());
    });

    t.test('generated rules', async (t) => {
      const students = randomStudents(80, SEED);
      await fill(t, engine, students);
      const compared = new Compared();
      const questions = randomQuestions(GENERATED, SEED);
      const generated = fc.sample(generatedFiles, { numRuns: GENERATED, seed: SEED }).entries();
      for (const [i, files] of some(engine, [...generated])) {
        const rulebook = assembled(files.map(({ path, json }) => ({ path, json: sayable(json) })));
        await compare(engine, compile(rulebook), students, questions[i] as Question, compared);
      }
      t.ok(compared.outcomes > 0, compared.said());
    });
  });
