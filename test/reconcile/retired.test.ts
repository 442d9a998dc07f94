/** A file that still has retired numbers: its rows are those of the students who have the replacements, and it is said. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { cenr } from '../cli/cenr.ts';
import { folder } from '../support/folders.ts';
import { LEA, line } from '../support/service.ts';

t.setTimeout(900_000);

const [OLD, NEXT, OTHER] = ['9900000001', '9900000002', '9900000003'] as const;
/** Where the gender stands in a row. */
const GENDER = 17;
const REQUEST = ['--lea', LEA, '--academic-year', '2023-2024', '--run-date', '2026-11-28'] as const;

interface Line {
  readonly found?: string;
  readonly row?: { readonly ssid: string };
  readonly counts?: Readonly<Record<string, number>>;
  readonly notes?: readonly string[];
}

/** The rows of the state, under the number that was retired since; and what reconciling them with a store says. */
async function retired(t: Test) {
  const dir = folder(t);
  const [input, store, out] = ['in.txt', 'store', 'cenr.txt'].map((name) => join(dir, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(input, `${[OLD, OTHER].map((ssid) => line('SENR', { ssid })).join('\r\n')}\r\n`);
  const done = async (...args: string[]): Promise<void> => {
    const { code, err } = await cenr(...args);
    t.equal(code, 0, err);
  };
  await done('load', input, '--lea', 'all', '--store', store);
  await done('extract', '--store', store, ...REQUEST, '--out', out, '--no-manifest');
  // The replacement is the number of a student who is known.
  writeFileSync(input, `${line('SENR', { ssid: NEXT, reportingLEA: '9999998', schoolOfAttendance: '0199009' })}\r\n`);
  await done('load', input, '--lea', 'all', '--store', store);
  await done('ssid', 'retire', OLD, NEXT, '--why', 'one student', '--store', store);
  const stateRows = readFileSync(out, 'utf8').trimEnd().split('\r\n');
  const reconciled = async (rows: readonly string[]) => {
    const file = join(dir, 'theirs.txt');
    writeFileSync(file, `${rows.join('\r\n')}\r\n`);
    const { code, out: list, err } = await cenr('reconcile', file, '--store', store, ...REQUEST, '--out', '-');
    t.equal(code, 0, err);
    const lines = list
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text) as Line);
    return { lines, err, counts: lines.at(-1)?.counts ?? {}, rows: lines.filter(({ row }) => row) };
  };
  return { stateRows, reconciled };
}

const BECAUSE = `The state's file has the retired SSID ${OLD}; its replacement is ${NEXT}.`;

t.test('a row that differs in the number alone, and one that differs in more', async (t) => {
  const { stateRows, reconciled } = await retired(t);
  const all = await reconciled(stateRows);
  t.match(all.counts, { read: 2, same: 1, nearest: 1, changed: 0, onlyTheirs: 0, onlyOurs: 0, unreadable: 0 });
  t.match(all.rows, [
    {
      found: 'nearest',
      row: { ssid: NEXT },
      because: BECAUSE,
      place: /^line \d$/,
      fields: [{ theirs: OLD, ours: NEXT }],
    },
  ]);
  t.match(all.err, /1 row of the file has a retired SSID; each is compared with the student who has its replacement/);

  const another = stateRows.map((row) => (row.includes(OLD) ? row.split('^').with(GENDER, 'X').join('^') : row));
  const more = await reconciled(another);
  t.match(more.counts, { read: 2, same: 1, nearest: 1, changed: 0 });
  t.match(more.rows, [{ because: BECAUSE, fields: [{ theirs: OLD }, { name: 'Student Gender Code', theirs: 'X' }] }]);
});

t.test('a row under the old number and one under the new one are one row too many', async (t) => {
  const { stateRows, reconciled } = await retired(t);
  const twice = [...stateRows, ...stateRows.map((row) => row.replace(OLD, NEXT)).filter((row) => row.includes(NEXT))];
  const { counts, err } = await reconciled(twice);
  t.match(counts, { read: 3, same: 1, nearest: 1, unreadable: 1 });
  t.match(err, /second row for the student, .*; one of the two has a retired SSID, and the other its replacement/);
});
