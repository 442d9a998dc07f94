/** A school directory among files and in a store: what is said of it, and what is made of it months later. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openSqliteStore } from '#store/sqlite';
import { STORIES } from '../policy/stories.ts';
import { folder } from '../support/folders.ts';
import { cenr } from './cenr.ts';

t.setTimeout(300_000);

const STUDENTS = join(STORIES, 'school-students.txt');
const DIRECTORY = join(STORIES, 'school-directory.csv');
const REQUEST = ['--lea', '1234567', '--academic-year', '2023-2024', '--run-date', '2024-07-15'];

/** Another directory, in which no school is a juvenile court school. */
function nextDirectory(dir: string): string {
  const path = join(dir, 'next.csv');
  writeFileSync(path, readFileSync(DIRECTORY, 'utf8').replace('Juvenile Court Schools', 'High Schools (Public)'));
  return path;
}

const NOT_APPLIED = 'This rule was not applied, because the school directory is not loaded: juvenileCourt of field 38.';

const ran = async (t: Test, ...args: string[]): Promise<string> => {
  const { code, out, err } = await cenr(...(args as [string, ...string[]]));
  t.equal(code, 0, `${args.join(' ')}: ${err}`);
  return `${out}${err}`;
};

t.test('from files', async (t) => {
  const dir = folder(t);
  const next = nextDirectory(dir);
  t.match(await ran(t, 'check', STUDENTS, '--lea', 'all'), 'the school directory is not loaded: SENR0002, SENR0269.');
  t.match(
    await ran(t, 'check', STUDENTS, DIRECTORY, '--lea', 'all'),
    /SENR0002 2, SENR0269 1[\s\S]*schoolDirectory: 3 rows/,
  );
  const [plain, made] = [join(dir, 'plain.txt'), join(dir, 'made.txt')];
  t.match(await ran(t, 'extract', STUDENTS, ...REQUEST, '--out', plain), NOT_APPLIED);
  t.notMatch(await ran(t, 'extract', STUDENTS, DIRECTORY, ...REQUEST, '--out', made), NOT_APPLIED);
  const manifest = `${made}.manifest.json`;
  t.notMatch(readFileSync(`${plain}.manifest.json`, 'utf8'), /schoolDirectory"/, 'nothing of it without one');
  t.match(JSON.parse(readFileSync(manifest, 'utf8')).references, [{ name: 'schoolDirectory', rows: 3 }]);
  t.match(await ran(t, 'verify', manifest, STUDENTS, DIRECTORY), 'byte-identical');
  for (const files of [[STUDENTS], [STUDENTS, next]]) {
    const { code, out, err } = await cenr('verify', manifest, ...files);
    t.equal(code, 1);
    t.match(out + err, 'the extract was made with another file of schoolDirectory; give the file of then');
  }
  const asked = [STUDENTS, DIRECTORY, ...REQUEST, '--ssid', '9999999101', '--field', '38'];
  t.match(await ran(t, 'explain', ...asked), '38 Socio-economically Disadvantaged: Y');
});

t.test('from a store, with the directory of then', async (t) => {
  const dir = folder(t);
  const store = join(dir, 'data');
  const next = nextDirectory(dir);
  t.match(await ran(t, 'load', DIRECTORY, '--lea', 'all', '--store', store), 'schoolDirectory: 3 rows');
  await ran(t, 'load', STUDENTS, '--lea', 'all', '--store', store);
  const made = join(dir, 'made.txt');
  t.notMatch(await ran(t, 'extract', '--store', store, ...REQUEST, '--out', made), NOT_APPLIED);
  const without = join(dir, 'without');
  await ran(t, 'load', STUDENTS, '--lea', 'all', '--store', without);
  t.match(await ran(t, 'extract', '--store', without, ...REQUEST, '--out', join(dir, 'plain.txt')), NOT_APPLIED);
  await ran(t, 'load', next, '--lea', 'all', '--store', store);
  const manifest = `${made}.manifest.json`;
  t.match(await ran(t, 'verify', manifest, '--store', store), 'byte-identical');
  const asked = ['--store', store, '--ssid', '9999999101', '--field', '38'];
  t.match(await ran(t, 'explain', '--manifest', manifest, ...asked), 'Disadvantaged: Y');
  t.match(await ran(t, 'explain', ...REQUEST, ...asked), 'Disadvantaged: N', 'and now by the next one');
  const opened = openSqliteStore(store);
  t.match(await opened.referenceLoads(), [{ sender: 'all' }, { sender: 'all' }], 'both were loaded');
  t.equal((await opened.references()).length, 1, 'one is in use');
  await opened.close();
});

t.test('a file that cannot be used', async (t) => {
  const dir = folder(t);
  const told = async (text: string, ...more: string[]): Promise<string> => {
    const path = join(dir, 'schools.csv');
    writeFileSync(path, text);
    const { code, err } = await cenr('check', STUDENTS, path, ...more, '--lea', 'all');
    t.not(code, 0);
    return err;
  };
  const head = 'School Code,Reporting LEA,Grades';
  t.match(
    await told(`${head},Colour\n7654321,1234567,KN,blue\n`),
    /names "colour", which schoolDirectory does not have/,
  );
  t.match(await told('School Code,Reporting LEA\n7654321,1234567\n'), 'names no column "Grades"');
  t.match(
    await told(`${head}\n765432,1234567,05-KN\n`),
    /line 2, School Code: found "765432", expected the form 9999999; line 2, Grades: found "05-KN"/,
  );
  t.match(await told(`${head}\n`), 'it has no rows');
  t.match(await told(`${head}\n7654321,1234567,KN\n`, DIRECTORY), 'found two files of "schoolDirectory"');
  const { code, err } = await cenr('load', DIRECTORY, '--lea', '1234567', '--store', join(dir, 'data'));
  t.not(code, 0);
  t.match(err, 'belongs to no student and no LEA');
});
