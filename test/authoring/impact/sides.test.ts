/**
 * Each side of an impact reads and checks records by its own rules; a report about nobody says so; columns are known by
 * their keys.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { reportLines, reportMarkdown, summaryOf } from '#authoring/impact/impact-text';
import { impactFromFiles, impactFromStore } from '#pipeline/impact';
import { loadUpload } from '#pipeline/load-upload';
import { verify } from '#rulebook/load/load';
import { STORIES, textsAfter } from '../../policy/stories.ts';
import { folder } from '../../support/folders.ts';
import { CHANGES, changed, from } from './changes.ts';

t.setTimeout(900_000);

const common = { from, request: { reportingLEAs: 'all', academicYear: '2025-2026' }, runDate: '20260715' } as const;
const RECORD_TYPE = verify(textsAfter('7-add-a-record-type'));
const certified = {
  name: 'applications.txt',
  path: join(STORIES, '7-add-a-record-type', 'applications.txt'),
};

const enrollment = (ssid: string, start = '20250815'): string =>
  `SENR^^^1234567^7654321^^2025-2026^${ssid}^S1^Sample^^Student^^^^^20130401^F^^^US^${start}^10^05`;

function file(t: Test, lines: readonly string[]): { name: string; path: string } {
  const path = join(folder(t), 'records.txt');
  writeFileSync(path, `${lines.join('\n')}\n`);
  return { name: 'records.txt', path };
}

/** The two rulebooks differ in one check alone: nobody may be enrolled from 2025-09-01 on. */
const STRICTER = changed({
  patches: [
    {
      file: 'rules/checks/SENR9901.json',
      text: JSON.stringify({
        $schema: '../../schemas/grammar/check.schema.json',
        code: 'SENR9901',
        severity: 'reject',
        examines: 'records',
        recordTypes: ['SENR'],
        field: 'enrollmentStartDate',
        title: 'Late enrollment',
        conditions: {
          all: [{ fact: 'incoming', path: '$.enrollmentStartDate', operator: 'onOrAfter', value: '2025-09-01' }],
        },
        message: 'The enrollment starts {value}.',
        fix: 'Send another start date.',
        source: { page: 'none', updated: '2025-04-22', element: 'made up', lastCompared: '2026-11-21' },
      }),
    },
  ],
});

t.test('records of a new type are read by the rules that know them', async (t) => {
  for (const threads of [0, 2]) {
    const report = await impactFromFiles({ ...common, to: RECORD_TYPE, files: [certified], threads });
    t.match(report.rows, { any: true, before: 3, after: 3, changed: 1 });
    t.match(report.fields, [{ field: '38', rows: 1 }]);
    t.match(report.records, { records: 6, rejected: { before: 3, now: 0 } }, 'and rejected by those that do not');
    t.match(report.samples[0], { old: 'N', new: 'Y', row: { ssid: '9900000001' } });
  }
  const back = await impactFromFiles({ ...common, from: RECORD_TYPE, to: from, files: [certified] });
  t.match(back, { rows: { changed: 1 }, records: { rejected: { before: 0, now: 3 } } }, 'the other way round too');
});

t.test('a check that is new takes rows away from files, and says what it would reject of a store', async (t) => {
  const records = file(t, [enrollment('9900000001'), enrollment('9900000002', '20250915')]);
  const report = await impactFromFiles({ ...common, to: STRICTER, files: [records] });
  t.match(report.rows, { before: 2, after: 1, disappeared: 1, changed: 0 });
  t.same(report.records, {
    records: 2,
    rejected: { before: 0, now: 1 },
    notUsed: { before: 0, now: 0 },
    checks: [{ code: 'SENR9901', before: 0, now: 1 }],
  });
  t.match(report.samples, [{ change: 'disappears', because: ['check SENR9901'], row: { ssid: '9900000002' } }]);
  t.match(summaryOf(report), /Of 2 records, 1 are rejected; before, 0\.$/);
  t.match(reportLines(report).join('\n'), /SENR9901 {2}0 -> 1/);
  t.match(reportMarkdown(report), /\| SENR9901 \| 0 \| 1 \|/);

  const storeDir = folder(t);
  const upload = { storeDir, id: 'up_1', sender: 'all', receivedAt: '2026-07-15T00:00:00.000Z', loadDay: '20260715' };
  await loadUpload({ ...upload, files: [records], rulebook: from });
  const stored = await impactFromStore({ ...common, to: STRICTER, storeDir });
  t.match(stored.rows, { any: true, changed: 0, disappeared: 0 }, 'what is stored stays');
  t.match(stored.records, { records: 2, rejected: { before: 0, now: 1 } });
  t.match(summaryOf(stored), /Of 2 stored records, 1 would be rejected if they were sent again; before, 0\.$/);
});

t.test('rules that change a value, and a check that takes the record away, are told apart', async (t) => {
  const homeless = (ssid: string): string =>
    `SPRG^^^1234567^7654321^2025-2026^${ssid}^S1^Sample^Student^20130401^F^191^^20250815^^^^^^^^^^^`;
  const dwelling = verify(textsAfter('5-homeless-dwelling-type'));
  const records = file(t, [enrollment('9900000001'), homeless('9900000001')]);
  const report = await impactFromFiles({ ...common, to: dwelling, files: [records] });
  t.match(report.records, { rejected: { before: 0, now: 1 } });
  const { because } = report.samples.find(({ field }) => field === '40') ?? { because: [] as readonly string[] };
  t.ok(because.includes('check SPRG9001'), 'the field is another because its record is rejected');
});

t.test('a report about nobody who has a row says so', async (t) => {
  const records = file(t, [enrollment('9900000001')]);
  const retired = changed(CHANGES.find(({ title }) => title === 'a rule gives another value') as (typeof CHANGES)[0]);
  const past = { reportingLEAs: 'all', academicYear: '2019-2020' } as const;
  const storeDir = folder(t);
  const upload = { storeDir, id: 'up_1', sender: 'all', receivedAt: '2026-07-15T00:00:00.000Z', loadDay: '20260715' };
  await loadUpload({ ...upload, files: [records], rulebook: from });
  for (const to of [retired, changed({ patches: [] })]) {
    t.equal((await impactFromStore({ ...common, to, storeDir })).rows.any, true);
    const report = await impactFromStore({ ...common, to, storeDir, request: past });
    t.equal(report.rows.any, false);
    t.match(summaryOf(report), /^No student has a row for this request, before or now/);
    t.equal((await impactFromFiles({ ...common, to, files: [records], request: past })).rows.any, false);
  }
});

t.test('columns that move are said to move, and compare with themselves', async (t) => {
  const to = changed(CHANGES.find(({ title }) => title === 'a column in between') as (typeof CHANGES)[0]);
  const report = await impactFromFiles({ ...common, to, files: [file(t, [enrollment('9900000001')])] });
  t.same(report.reach, { selection: false, fields: [], added: ['36'], removed: [] });
  t.match(report.fields, [{ field: '36', name: 'Local Student ID Again', rows: 1 }]);
  t.equal(report.fields.length, 1);
  t.match(
    summaryOf(report),
    /15 columns of the extract stand elsewhere: "Ethnicity\/Race" moved from 36 to 37, .* "Last Date Updated" moved from 50 to 51\./,
  );
  const back = await impactFromFiles({ ...common, from: to, to: from, files: [file(t, [enrollment('9900000001')])] });
  t.same(back.reach.removed, ['36 (before)']);
});
