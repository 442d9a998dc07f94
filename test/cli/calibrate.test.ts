/** `cenr calibrate`: files of the state and records told apart, readings found, a draft written, and no student named. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadRulebook } from '#rulebook/load/load';
import { folder } from '../support/folders.ts';
import { shipped } from '../support/histories.ts';
import { cenr } from './cenr.ts';

t.setTimeout(900_000);

const LEA = '9900001';
const REQUEST = ['--lea', LEA, '--academic-year', '2023-2024'] as const;
const dir = folder(t);
const path = (name: string): string => join(dir, name);

/** The rules with other values, in a folder of their own. */
async function changedRules(changes: Readonly<Record<string, string>>): Promise<string> {
  const { cpSync } = await import('node:fs');
  cpSync(new URL('../../rules', import.meta.url), path('rules'), { recursive: true });
  for (const file of ['readings.json', 'labels.json']) {
    const at = join(path('rules'), 'parameters', file);
    let text = readFileSync(at, 'utf8');
    for (const [from, to] of Object.entries(changes)) text = text.replace(from, to);
    writeFileSync(at, text);
  }
  return path('rules');
}

interface Found {
  readonly files: readonly { readonly rows: number; readonly reproduced: { readonly asFound: number } }[];
  readonly readings: readonly { readonly reading: string; readonly found: string; readonly verdict: string }[];
}

/** SSIDs, names and local ids of a sample. */
function students(): Set<string> {
  const told = new Set<string>();
  for (const { recordType, columns } of shipped.schemas.layouts) {
    const keys = columns.map(({ key }) => key);
    const places = ['ssid', 'studentLegalFirstName', 'studentLegalLastName', 'localStudentID'].map((key) =>
      keys.indexOf(key),
    );
    if (!readdirSync(path('sample')).includes(`${recordType}.txt`)) continue;
    for (const line of readFileSync(join(path('sample'), `${recordType}.txt`), 'utf8').split(/\r?\n/)) {
      const fields = line.split('^');
      for (const place of places) if (place >= 0 && fields[place]) told.add(fields[place] as string);
    }
  }
  return told;
}

t.test('readings of two files, a draft with them, and nobody named', async (t) => {
  t.equal((await cenr('sample', '--students', '700', '--seed', '4', '--out', path('sample'))).code, 0);
  const rules = await changedRules({
    '[ { "value": "firstEL" } ]': '[ { "value": "latestOf46To48" } ]',
    '"value": "Hispanic"': '"value": "500"',
    '"values": [ { "value": "startDate" } ]': '"values": [ { "value": "academicYearID" } ]',
  });
  const made = await cenr('extract', path('sample'), ...REQUEST, '--rules', rules, '--out', path('CENR-1.txt'));
  t.equal(made.code, 0, made.err);
  await cenr(
    'extract',
    path('sample'),
    ...['--lea', LEA, '--as-of', '2022-10-05', '--rules', rules, '--out', path('CENR-2.txt')],
  );
  const rows = readFileSync(path('CENR-1.txt'), 'utf8').trimEnd().split('\r\n');
  // A line whose SSID cannot be read is counted, and its value is not repeated.
  writeFileSync(
    path('CENR-1.txt'),
    `${[...rows, (rows[0] as string).replace(/\^99\d{8}\^/, '^99000000AB^')].join('\r\n')}\r\n`,
  );
  const { code, out, err } = await cenr(
    ...['calibrate', path('CENR-1.txt'), path('CENR-2.txt'), path('sample')],
    ...['--out', '-', '--draft', path('draft')],
  );
  t.equal(code, 0, err);
  const { files, readings } = JSON.parse(out) as Found;
  t.match(files, [
    { rows: rows.length + 1, unreadable: 1, reproduced: { asFound: rows.length } },
    { request: /as of/, unreadable: 0 },
  ]);
  const named = Object.fromEntries(readings.map(({ reading, ...found }) => [reading, found]));
  t.match(named, {
    provisionalLTELBasis: { found: 'latestOf46To48', verdict: 'decided' },
    'texts of field 36': { found: '"500"', verdict: 'decided' },
    disadvantagedProgramScope: { found: 'anyLEA' },
    adjustedBy: { verdict: 'noRowTells' },
  });
  t.match(
    err,
    /provisionalLTELBasis .*: latestOf46To48, which is not the one in effect\n {4}rules out firstEL: \d+ rows/,
  );

  const told = `${out}${err}`;
  const words = new Set(told.split(/[^\p{L}\p{N}'-]+/u));
  const met = [...students()].filter((one) => words.has(one) || (one.length > 5 && told.includes(one)));
  t.same(met, [], 'no SSID, name or local id');
  t.notMatch(told, /99\d{8}|99000000AB/);

  const draft = loadRulebook(join(path('draft'), 'rules'), join(path('draft'), 'schemas'));
  const basis = draft.declared.parameters.get('provisionalLTELBasis')?.json;
  t.match(basis, {
    values: [{ value: 'latestOf46To48' }],
    reading: /initially.*Decided by 2 files of the state: latest.*against firstEL \d+ rows for it, 0 against/s,
  });
  t.match(draft.declared.parameters.get('hispanicLabel')?.json, { values: [{ value: '500' }], reading: /^Decided by/ });
  t.equal(draft.declared.parameters.get('disadvantagedProgramScope')?.json.values[0]?.value, 'anyLEA');
  t.match(await cenr('calibrate', path('CENR-1.txt'), path('sample'), '--draft', path('draft')), {
    code: 2,
    err: /already exists/,
  });
});

t.test('an adjusted file, where nobody says so, by the Academic Year ID', async (t) => {
  const adjusted = [...REQUEST, '--adjusted', '--rules', path('rules'), '--out', path('adjusted.txt')];
  t.equal((await cenr('extract', path('sample'), ...adjusted)).code, 0);
  const { out, err } = await cenr('calibrate', path('adjusted.txt'), path('sample'), '--out', '-');
  const { readings } = JSON.parse(out) as Found;
  t.match(
    readings.find(({ reading }) => reading === 'request'),
    { found: /adjusted/, verdict: 'decided' },
    err,
  );
});

t.test('a store, and what cannot be calibrated', async (t) => {
  await cenr('load', path('sample'), '--lea', 'all', '--store', path('store'));
  const ran = await cenr('calibrate', path('CENR-1.txt'), '--store', path('store'), ...REQUEST);
  t.equal(ran.code, 0, ran.err);
  t.match(ran.err, /latestOf46To48, which is not the one in effect/);
  t.match(await cenr('calibrate', path('sample')), { code: 2, err: /none of these files is a CENR file/ });
  t.match(await cenr('calibrate', path('CENR-1.txt')), { code: 2, err: /give files or --store DIR/ });
  t.match(await cenr('calibrate', path('none.txt'), path('sample')), { code: 2, err: /there is no file/ });
  writeFileSync(
    path('bad.txt'),
    `${readFileSync(path('CENR-2.txt'), 'utf8').replaceAll(/\^99\d{8}\^/g, '^99000000AB^')}`,
  );
  const bad = await cenr('calibrate', path('bad.txt'), path('sample'));
  t.match(bad, { code: 2, err: /no line of file 1 is a row of a CENR file/ });
  t.notMatch(bad.err, /99000000AB/);
});
