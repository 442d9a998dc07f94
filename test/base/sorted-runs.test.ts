/** Runs of lines: from memory, from the disk, and where somebody else wrote them, merged in one order. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { RunFile } from '#base/run-file';
import { type RunsPlace, runs } from '#base/sorted-runs';
import { folder } from '../support/folders.ts';

const WIDTH = 3;
const bytes = (text: string) => new Uint8Array(Buffer.from(text));

t.test('lines come in the order of their keys, then of their runs, those of the growing run first', async (t) => {
  const dir = folder(t);
  const places: Readonly<Record<string, RunsPlace>> = { memory: undefined, disk: dir, 'memory for now': () => dir };
  for (const [name, place] of Object.entries(places)) {
    const elsewhere = new RunFile(join(dir, `elsewhere ${name}`));
    const written = (text: string) => {
      elsewhere.add(text);
      return elsewhere.take();
    };
    const all = runs(place, name, WIDTH);
    all.extend('001grown\n');
    all.add('002first é\n004first\n');
    all.extend(written('002grown elsewhere\n'));
    all.add(bytes('001second\n002second 😀\n'));
    all.add(written('002third\n003third 李\n'));
    all.extend(bytes('003grown\n'));
    all.add('');
    all.add(written(''));
    elsewhere.close();
    t.same(
      [...all.merged()],
      [
        'grown\n',
        'second\n',
        'grown elsewhere\n',
        'first é\n',
        'second 😀\n',
        'third\n',
        'grown\n',
        'third 李\n',
        'first\n',
      ],
      name,
    );
  }
});

t.test('a run longer than what is read at a time comes whole, whatever it is cut in', async (t) => {
  const dir = folder(t);
  const file = new RunFile(join(dir, 'long'));
  const lines = Array.from({ length: 5_000 }, (_, i) => `${String(i).padStart(6, '0')}${'é😀'.repeat(i % 7)}\n`);
  for (const line of lines) file.add(line);
  const first = file.take();
  file.add('behind it\n');
  file.take();
  file.close();
  const all = runs(dir, 'all', 6);
  all.add(first);
  t.same(
    [...all.merged()],
    lines.map((line) => line.slice(6)),
  );
});

t.test('lines longer than what is read at a time come whole, however many runs share the memory', async (t) => {
  const dir = folder(t);
  const file = new RunFile(join(dir, 'many'));
  const all = runs(dir, 'all', 6);
  const expected: string[] = [];
  for (let i = 0; i < 3_000; i++) {
    const words = `${'é😀'.repeat(i % 500 === 0 ? 20_000 : i % 3)}${i}\n`;
    file.add(`${String(i).padStart(6, '0')}${words}`);
    all.add(file.take());
    expected.push(words);
  }
  file.close();
  t.same([...all.merged()], expected);
});

t.test('a run whose file ends before it does is told of', async (t) => {
  const dir = folder(t);
  const file = new RunFile(join(dir, 'short'));
  file.add('001a\n');
  const part = file.take();
  file.close();
  for (const to of [part.to + 1, part.to - 1]) {
    const all = runs(dir, 'all', WIDTH);
    all.add({ ...part, to });
    t.throws(() => [...all.merged()], { message: /ends before its lines do/ });
  }
});

t.test('bytes are used up, and students are nobody else’s business', async (t) => {
  const dir = folder(t);
  const all = runs(dir, 'all', WIDTH);
  const given = bytes('001a\n');
  all.add(given);
  t.equal(given.length, 0, 'their memory is let go of');
  t.same([...all.merged()], ['a\n']);
  for (const name of readdirSync(dir)) t.equal(statSync(join(dir, name)).mode & 0o077, 0, name);
});
