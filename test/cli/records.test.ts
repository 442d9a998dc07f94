/** `cenr records` and `cenr verify-store`, on a store that was loaded and then damaged. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { folder } from '../support/folders.ts';
import { LEA, line } from '../support/service.ts';
import { cenr } from './cenr.ts';

t.setTimeout(900_000);

t.test('a student’s lines as they were sent, and what is damaged', async (t) => {
  const dir = folder(t);
  const ssids = Array.from({ length: 300 }, (_, i) => String(9_900_000_001 + i));
  const file = join(dir, 'SENR.txt');
  const lines = ssids.map((ssid) => line('SENR', { ssid }));
  writeFileSync(file, `${lines.join('\r\n')}\r\n`);
  const store = join(dir, 'store');
  await cenr('load', file, '--lea', LEA, '--store', store);

  t.match(await cenr('records', '--store', store, '--ssid', '9900000002'), { code: 0, out: `${lines[1]}\n` });
  t.match(await cenr('records', '--store', store, '--ssid', '9900009999'), {
    code: 2,
    err: /the store has no student with this SSID; expected the ten digits of one that was loaded/,
  });
  t.match(await cenr('records', '--store', join(dir, 'none'), '--ssid', '9900000002'), {
    code: 2,
    err: /there is no store/,
  });
  t.match(await cenr('verify-store', '--store', store), {
    code: 0,
    err: /read {7}300 students in 2 blocks, 0 former histories[\s\S]*no damage found/,
  });

  const db = new DatabaseSync(join(store, 'students.db'));
  const last = db.prepare('SELECT first, hot FROM block ORDER BY first DESC LIMIT 1').get() as {
    first: number;
    hot: Uint8Array;
  };
  db.prepare('UPDATE block SET hot = ? WHERE first = ?').run(
    last.hot.with(30, (last.hot[30] as number) ^ 1),
    last.first,
  );
  db.close();
  const found = await cenr('verify-store', '--store', store);
  t.equal(found.code, 1);
  t.match(
    found.err,
    new RegExp(
      `damaged {4}the histories of the students ${last.first} and above in ".*students.db" cannot be read: found checksum`,
    ),
  );
  t.match(
    await cenr('records', '--store', store, '--ssid', '9900000002'),
    { code: 0, out: `${lines[1]}\n` },
    'others can be read',
  );
  t.match(await cenr('records', '--store', store, '--ssid', String(last.first)), {
    code: 2,
    err: /^cenr: the histories of the students/,
  });
  const extract = [
    'extract',
    '--store',
    store,
    '--lea',
    LEA,
    '--academic-year',
    '2023-2024',
    '--out',
    join(dir, 'cenr.txt'),
  ];
  t.match(
    await cenr(...extract),
    { code: 2, err: /cannot be read: found checksum/ },
    'no extract is made without them',
  );
});
