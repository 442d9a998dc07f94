/** What a process that is told to end leaves behind: nothing half done, everything that was complete. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { fileOutput } from '#base/output';
import { removeTempFiles, trackTempFile } from '#base/temp-files';
import { writeSample } from '#sample/write';
import { folder } from '../support/folders.ts';

// A busy machine is slow.
t.setTimeout(900_000);

t.test('what is unfinished is removed, what is complete stays', async (t) => {
  const dir = folder(t);
  const complete = await fileOutput(join(dir, 'complete'));
  await complete.write('rows');
  await complete.finish();
  const abandoned = await fileOutput(join(dir, 'abandoned'));
  await abandoned.abandon();
  const half = await fileOutput(join(dir, 'half'));
  await half.write('ro');
  mkdirSync(join(dir, 'buckets'));
  writeFileSync(join(dir, 'buckets', '0-0'), 'a record');
  trackTempFile(join(dir, 'buckets'));
  t.equal(readdirSync(dir).length, 3);
  removeTempFiles();
  t.same(readdirSync(dir), ['complete']);
  await half.abandon();
});

t.test('cenr extract that is interrupted leaves no part of an extract', async (t) => {
  const dir = folder(t);
  await writeSample({ students: 3_000, seed: 1, leas: 1, style: 'plain' }, join(dir, 'in'));
  const cli = join(import.meta.dirname, '../../bin/cenr.mjs');
  const out = join(dir, 'out');
  mkdirSync(out);
  const watcher = watch(out);
  const begun = once(watcher, 'change');
  const child = spawn(process.execPath, [
    cli,
    'extract',
    join(dir, 'in'),
    '--lea',
    'all',
    '--academic-year',
    '2023-2024',
    '--out',
    join(out, 'cenr.txt'),
  ]);
  const ended = once(child, 'exit');
  await begun;
  child.kill('SIGINT');
  const [code] = await ended;
  watcher.close();
  // It may have been complete before the signal came.
  t.ok(code === 128 + 2 || existsSync(join(out, 'cenr.txt')));
  t.same(
    readdirSync(out).filter((name) => name.includes('partial')),
    [],
  );
});
