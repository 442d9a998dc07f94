/**
 * What the SQL of a rulebook holds, and what becomes of rules that SQL has no words for. That it gives the right rows is
 * shown where engines run it: test/peers/sql.test.ts.
 */

import t from 'tap';
import { type ExtractRequest, requestFacts } from '#extract/request';
import { usualColumnSet } from '#records/layout';
import { keepLine, TextHistory } from '#records/record';
import type { Rulebook } from '#rulebook/load/assemble';
import { verify } from '#rulebook/load/load';
import type { Dialect } from '#rulebook/sql/dialect';
import { DIALECTS } from '#rulebook/sql/dialects/index';
import { extractSQL } from '#rulebook/sql/statement';
import { createTables, loadTables, TableLines } from '#rulebook/sql/tables';
import { shipped } from '../../support/histories.ts';
import { changedTexts } from '../../support/versions.ts';

const YEAR: ExtractRequest = { reportingLEAs: ['9900001'], academicYear: '2023-2024' };
const duckdb = DIALECTS.get('duckdb') as Dialect;

const said = (rulebook: Rulebook, asked = YEAR, more: { dialect?: Dialect; outcomes?: boolean } = {}) =>
  extractSQL(rulebook.extract, rulebook.schemas, {
    dialect: duckdb,
    request: { ...requestFacts(asked, rulebook), reportingLEAs: asked.reportingLEAs },
    runDate: '20240715',
    columns: usualColumnSet(rulebook.schemas.output),
    ...more,
  });

const FIELD_40 = 'rules/fields/40-homeless-program-eligible.json';
const ELIGIBLE =
  '{ "fact": "programAtSchool", "params": { "program": "homelessProgram" }, "operator": "equal", "value": true }';
const withField40 = (condition: string): Rulebook =>
  verify(changedTexts({ [FIELD_40]: (text) => text.replace(ELIGIBLE, condition) }));

t.test('every dialect says everything that the shipped rules say', async (t) => {
  for (const [name, dialect] of DIALECTS) {
    for (const outcomes of [false, true]) t.same(said(shipped, YEAR, { dialect, outcomes }).findings, [], name);
    const texts = shipped.files.map(({ path, text }) => ({ path, text: text as string }));
    for (const { json, file } of shipped.declared.parameters.values())
      for (const choice of json.choices ?? []) {
        const other = verify(
          texts.map(({ path, text }) => {
            if (path !== file) return { path, text };
            const changed = JSON.parse(text) as { parameters: { name: string; values: unknown }[] };
            for (const parameter of changed.parameters)
              if (parameter.name === json.name) parameter.values = [{ value: choice }];
            return { path, text: JSON.stringify(changed) };
          }),
        );
        t.same(said(other, YEAR, { dialect }).findings, [], `${name}: ${json.name} ${choice}`);
      }
  }
});

t.test('what SQL has no words for is a finding with its place', async (t) => {
  const name = '{ "fact": "enrollment", "path": "$.localRecordID", "operator": "hasOnly", "value": "A9" }';
  const place = { file: FIELD_40, pointer: '/rules/0/conditions' };
  t.same(said(withField40(name)).findings, [{ ...place, message: '"hasOnly" has no words in SQL' }]);
  t.same(said(withField40(`{ "all": [${name}] }`)).findings, [
    { file: FIELD_40, pointer: '/rules/0/conditions/all/0', message: '"hasOnly" has no words in SQL' },
  ]);

  const form =
    '{ "fact": "enrollment", "path": "$.localRecordID", "operator": "hasForm", "value": { "fact": "enrollment", "path": "$.localStudentID" } }';
  t.match(said(withField40(form)).findings, [{ ...place, message: /a form that differs from record to record/ }]);
  const half = '{ "fact": "raceCategoryCount", "operator": "lessThan", "value": 1.5 }';
  t.match(said(withField40(half)).findings, [
    { ...place, message: /has the number 1\.5; SQL is made for whole numbers/ },
  ]);
});

t.test('a request for all LEAs has no list of them', async (t) => {
  const all: ExtractRequest = { ...YEAR, reportingLEAs: 'all' };
  t.same(said(shipped, all).findings, []);
  t.notMatch(said(shipped, all).sql, '9900001');
  const holds = '{ "fact": "request", "path": "$.reportingLEAs", "operator": "contains", "value": "9900001" }';
  t.same(said(withField40(holds)).findings, []);
  t.match(said(withField40(holds), all).findings, [
    { file: FIELD_40, pointer: '/rules/0/conditions', message: /the LEAs of a request for all LEAs, which is no list/ },
  ]);
});

t.test('what the request settles is left out', async (t) => {
  const where = (asked: ExtractRequest) => /WHERE ([\s\S]*?)WHERE row_place/.exec(said(shipped, asked).sql)?.[1] ?? '';
  t.notMatch(where(YEAR), 'gradeLevelCode');
  t.match(where({ ...YEAR, grades: ['05', "O'5"] }), `r."gradeLevelCode" IN ('05', 'O''5')`);
  t.notMatch(where(YEAR), 'academicYearID');
});

t.test('a parameter with days is a case for each stretch of days', async (t) => {
  const on = 'r."enrollmentStartDate"';
  t.match(
    said(shipped).sql,
    `CASE WHEN ${on} >= '20250701' THEN 'weeklyMatch' WHEN ${on} >= '20250630~' THEN CAST(NULL AS TEXT) WHEN ${on} <> '' THEN 'programRecord' ELSE CAST(NULL AS TEXT) END`,
  );
});

t.test('a backslash is itself in every dialect, and ClickHouse is told what to do otherwise', async (t) => {
  const rules = withField40(
    '{ "fact": "enrollment", "path": "$.localRecordID", "operator": "equal", "value": "a\\\\b" }',
  );
  for (const [name, dialect] of DIALECTS) {
    const { sql } = said(rules, YEAR, { dialect });
    t.match(sql, name === 'clickhouse' ? `"localRecordID" = 'a\\\\b'` : `"localRecordID" = 'a\\b'`, name);
    t.equal(/\nSETTINGS join_use_nulls = 1, .*;\n$/.test(sql), name === 'clickhouse', name);
    t.equal(createTables(shipped.schemas, dialect).includes('ENGINE = MergeTree'), name === 'clickhouse', name);
  }
});

t.test('outcomes: a column for each condition of the fields', async (t) => {
  const columns = [...said(shipped, YEAR, { outcomes: true }).sql.matchAll(/ AS outcome(\d+)/g)].map(([, id]) =>
    Number(id),
  );
  t.same(columns, [...Array(shipped.extract.conditionCount).keys()]);
  t.notMatch(said(shipped).sql, 'outcome0');
});

t.test('tables', async (t) => {
  const lines = new TableLines(shipped.schemas);
  const origin = { source: 1, line: 1, uploaded: '20240701', lastUpdated: '' };
  const kept = [
    keepLine({ ...origin, lastUpdated: '20240702' }, 'MEPS^9900000001^60000000001^20230815'),
    keepLine(origin, 'SELA-R^A^a "b", c^9900001'),
  ];
  const [meps, sela] = new TextHistory('9900000001', kept.join('\n')).records(lines.plan);
  t.equal(
    meps && lines.head(meps.type) + lines.line(meps),
    '"recordTypeCode","ssid","msdNumber","eligibilityStartDate","endOfEligibilityDate","retiredMSDNumber","dateMSDRetired","lastUpdateDate","uploaded","lastUpdated","loaded"\n' +
      '"MEPS","9900000001","60000000001","20230815","","","","","20240701","20240702","0"\n',
  );
  t.match(
    sela && lines.line(sela),
    /^"SELA-R","A","a ""b"", c","9900001","",.*,"20240701","","1"\n$/,
    'blank, and quoted',
  );

  const { layouts } = shipped.schemas;
  t.equal([...createTables(shipped.schemas, duckdb).matchAll(/^CREATE TABLE/gm)].length, layouts.length);
  for (const dialect of DIALECTS.values())
    for (const { recordType } of layouts)
      t.match(
        loadTables(shipped.schemas, dialect, 'of tests').join('\n'),
        new RegExp(`"${recordType}" FROM (INFILE )?'of tests/${recordType}\\.csv'`),
      );
});
