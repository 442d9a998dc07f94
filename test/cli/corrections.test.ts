/** `cenr reconcile --corrections`: drafts in a folder of their own. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { folder } from '../support/folders.ts';
import { cenr } from './cenr.ts';

t.setTimeout(900_000);

t.test('drafts are written into a folder that is empty', async (t) => {
  const dir = folder(t);
  const [sample, file, drafts] = ['sample', 'CENR.txt', 'drafts'].map((name) => join(dir, name)) as [
    string,
    string,
    string,
  ];
  await cenr('sample', '--students', '30', '--out', sample);
  const request = ['--lea', '9900001', '--academic-year', '2023-2024'];
  await cenr('extract', sample, ...request, '--out', file);
  // The state has one row that says something else.
  const [first = '', ...others] = readFileSync(file, 'utf8').split('\r\n');
  const GRADE = 23;
  const fields = first.split('^');
  writeFileSync(file, [fields.with(GRADE, fields[GRADE] === '07' ? '08' : '07').join('^'), ...others].join('\r\n'));
  const { out, err, code } = await cenr('reconcile', file, sample, ...request, '--corrections', drafts);
  t.equal(code, 0, err);
  t.match(out + err, /corrections +drafts in .*check them before you send them/);
  const names = readdirSync(drafts);
  t.ok(names.includes('reasons.csv'));
  t.ok(
    names.some((name) => /^if-your-records-are-right-SENR-\d-(changes|additions)\.txt$/.test(name)),
    names.join(' '),
  );
  const again = await cenr('reconcile', file, sample, ...request, '--corrections', drafts);
  t.not(again.code, 0);
  t.match(again.err, /--corrections names ".*", which is not empty; give a folder of its own/);
});
