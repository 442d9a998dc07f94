/** The register of SSIDs on SQLite: the contract, and two processes that assign at once. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { keepLine } from '#records/record';
import { openSqliteStore } from '#store/sqlite';
import { folder } from '../support/folders.ts';
import { line } from '../support/service.ts';
import { ssidContract } from './ssid-contract.ts';

// A busy machine is slow.
t.setTimeout(900_000);

t.test('the contract', (t) => {
  const body = keepLine({ source: 1, line: 1, uploaded: '20260302', lastUpdated: '20260302' }, line('SENR'));
  ssidContract(t, async () => openSqliteStore(folder(t)), body);
  t.end();
});

const ASSIGN = `
  import { openSqliteStore } from '#store/sqlite';
  const store = openSqliteStore(process.argv[1]);
  const given = [];
  for (let i = 0; i < 60; i++) {
    const request = { lea: '9900001', localID: 'L' + (i % 30), who: 'x' };
    const draw = () => String(9900000000 + Math.floor(Math.random() * 200));
    const [{ ssid }] = await store.ssids.assign([request], draw, { at: '2026-03-02T08:00:00.000Z', by: 'test' });
    given.push(request.localID + ' ' + ssid);
  }
  await store.close();
  process.stdout.write(given.join('\\n'));
`;

t.test('two processes that assign at once give one student one number', async (t) => {
  const dir = folder(t);
  await openSqliteStore(dir).close();
  const run = async (): Promise<string> => {
    const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', ASSIGN, dir], {
      cwd: new URL('../..', import.meta.url),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [out] = await Promise.all([text(child.stdout), once(child, 'close')]);
    return out;
  };
  const given = (await Promise.all([run(), run()])).flatMap((out) => out.split('\n'));
  const pairs = new Set(given);
  t.equal(given.length, 120);
  t.equal(pairs.size, 30, 'one number for each student, in both');
  t.equal(new Set([...pairs].map((pair) => pair.split(' ')[1])).size, 30, 'and no number twice');
});
