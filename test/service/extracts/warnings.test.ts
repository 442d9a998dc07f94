/**
 * An extract that holds less than its request seems to ask for says so, and says the same whichever way it is made.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Manifest } from '#audit/manifest';
import { fileOutput } from '#base/output';
import type { ExtractRequest } from '#extract/request';
import { extractFromFiles } from '#pipeline/from-files';
import { folder } from '../../support/folders.ts';
import { shipped } from '../../support/histories.ts';
import { LEA, line, OTHER_LEA, service, TODAY } from '../../support/service.ts';

const SCHOOL = '0190001';
const at = { enrollmentStartDate: '20230815', academicYearID: '2023-2024' };
const mine = line('SENR', { reportingLEA: LEA, schoolOfAttendance: SCHOOL, ssid: '9900000001', ...at });
// The same student once was at another LEA, in another time.
const theirs = line('SENR', {
  reportingLEA: OTHER_LEA,
  schoolOfAttendance: '0199999',
  ssid: '9900000001',
  academicYearID: '2015-2016',
  enrollmentStartDate: '20150815',
  enrollmentExitDate: '20160601',
  studentExitReasonCode: 'E155',
});
const rejected = line('SENR', { reportingLEA: LEA, gradeLevelCode: '55' });
const year = { academicYear: '2023-2024' };

interface Case {
  readonly says: string;
  readonly lines: readonly string[];
  readonly request: ExtractRequest;
  readonly rows: number;
  /** Codes of the warnings, and what their sentences say. */
  readonly warnings: Readonly<Record<string, RegExp>>;
}

const cases: readonly Case[] = [
  {
    says: 'nothing to warn of',
    lines: [mine, theirs],
    request: { reportingLEAs: [LEA], ...year, schools: [SCHOOL] },
    rows: 1,
    warnings: {},
  },
  {
    says: 'an LEA of which nothing was sent',
    lines: [mine, theirs],
    request: { reportingLEAs: ['9900009'], ...year },
    rows: 0,
    warnings: { NO_ENROLLMENTS_OF_LEA: /^Found no enrollment of 9900009\. Check the LEA/ },
  },
  {
    says: 'one of several LEAs',
    lines: [mine],
    request: { reportingLEAs: [LEA, '9900009'], ...year },
    rows: 1,
    warnings: { NO_ENROLLMENTS_OF_LEA: /^Found no enrollment of 9900009\./ },
  },
  {
    says: 'a school of another LEA: what that LEA has is not told',
    lines: [mine, theirs],
    request: { reportingLEAs: [LEA], ...year, schools: [SCHOOL, '0199999'] },
    rows: 1,
    warnings: {
      NO_ENROLLMENTS_AT_SCHOOL: /at school 0199999; the LEAs of the request have enrollments at 0190001\.$/,
    },
  },
  {
    says: 'a year before all of its enrollments, whatever another LEA has',
    lines: [mine, theirs],
    request: { reportingLEAs: [LEA], academicYear: '2015-2016' },
    rows: 0,
    warnings: { BEFORE_ALL_ENROLLMENTS: /ends on 2016-06-30, before the first enrollment starts on 2023-08-15/ },
  },
  {
    says: 'a year after all of them, though one is still open',
    lines: [mine],
    request: { reportingLEAs: [LEA], academicYear: '2024-2025' },
    rows: 1,
    warnings: { AFTER_ALL_ENROLLMENTS: /begins on 2024-07-01; the latest day .* is 2023-08-15, in 2023-2024/ },
  },
  {
    says: 'a later day of the same year is none to warn of',
    lines: [mine],
    request: { reportingLEAs: [LEA], asOf: '2024-06-30' },
    rows: 1,
    warnings: {},
  },
  {
    says: 'every line rejected',
    lines: [rejected],
    request: { reportingLEAs: [LEA], ...year },
    rows: 0,
    warnings: { ALL_LINES_REJECTED: /^All lines sent \(1\) were rejected/ },
  },
  {
    says: 'nobody in the grade',
    lines: [mine],
    request: { reportingLEAs: [LEA], ...year, grades: ['12'] },
    rows: 0,
    warnings: { NO_ROWS: /^No enrollment meets the request; .* between 2023-08-15 and 2023-08-15/ },
  },
];

for (const { says, lines, request, rows, warnings } of cases)
  t.test(says, async (t) => {
    const { ask, key, app, config } = await service(t);
    const state = key('vendor', 'all');
    for (const payload of lines)
      await ask({ method: 'POST', url: `/v1/uploads?reportingLEA=${payload.split('^')[3]}`, headers: state, payload });
    const own = key('vendor', request.reportingLEAs);
    const { id, links } = (await ask({ method: 'POST', url: '/v1/extracts', headers: own, payload: request })).body;
    await app.jobs.extract.idle();
    const overREST = (await ask({ url: links.self, headers: own })).body;
    const manifest = JSON.parse(
      readFileSync(join(config.storeDir, 'extracts', `${id}.manifest.json`), 'utf8'),
    ) as Manifest;

    const dir = folder(t);
    const path = join(dir, 'SENR.txt');
    writeFileSync(path, lines.join('\r\n'));
    const output = await fileOutput(join(dir, 'cenr.txt'));
    const files = [{ name: 'SENR.txt', path }];
    const made = await extractFromFiles({ files, rulebook: shipped, request, runDate: TODAY, threads: 0, output });

    t.equal(made.rows, rows);
    t.same(
      made.warnings.map(({ code }) => code),
      Object.keys(warnings),
    );
    for (const [i, form] of Object.values(warnings).entries()) t.match(made.warnings[i]?.message, form);
    const expected = made.warnings.length === 0 ? undefined : made.warnings;
    t.same(overREST.warnings, expected, 'over REST');
    t.same(manifest.warnings, expected, 'in the manifest');
    const other = [OTHER_LEA, '0199999'].filter((name) => !JSON.stringify(request).includes(name));
    for (const name of other) t.notMatch(JSON.stringify(expected ?? []), name, 'nothing of another LEA');
  });

t.test('what no records can meet is refused, with the nearest code', async (t) => {
  const { ask, key } = await service(t);
  const headers = key('admin', [LEA]);
  const wrong: [object, string, RegExp][] = [
    [{ grades: ['5'] }, 'grades', /^found "5", .* Grade Level Code\. Did you mean "05"\? Expected IN, /],
    [{ grades: ['05', 'kn'] }, 'grades', /^found "kn", .* Did you mean "KN"\?/],
    [{ grades: ['99'] }, 'grades', /^found "99", which is not a code of Grade Level Code\. (?!Did you mean "PS")/],
    [{ statuses: ['1'] }, 'statuses', /^found "1", .* Enrollment Status Code\. Did you mean "10"\?/],
    [{ academicYear: '2023-24' }, 'academicYear', /^found "2023-24", .* Did you mean "2023-2024"\?$/],
    [{ academicYear: '2024-2023' }, 'academicYear', /Did you mean "2023-2024"\?$/],
    [{ academicYear: 'soon' }, 'academicYear', /such as 2023-2024\.$/],
  ];
  for (const [part, name, message] of wrong) {
    const request = { reportingLEAs: [LEA], ...year, ...part };
    t.match(await ask({ method: 'POST', url: '/v1/extracts', headers, payload: request }), {
      status: 400,
      body: { code: 'CENR_REQUEST_INVALID', errors: [{ pointer: `/${name}`, message }] },
    });
    const evaluation = { request, records: [] };
    t.match(await ask({ method: 'POST', url: '/v1/evaluations', headers, payload: evaluation }), {
      status: 400,
      body: { code: 'CENR_REQUEST_INVALID', errors: [{ pointer: `/request/${name}`, message }] },
    });
  }
});
