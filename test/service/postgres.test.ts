/** The service on a store in PostgreSQL: what it makes is what it makes of a folder, and a server that is gone is told. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { extractFromStore } from '#pipeline/from-store';
import { loadUpload } from '#pipeline/load-upload';
import { writeSample } from '#sample/write';
import { createKey, KEY_RANDOM_BYTES } from '#service/keys';
import { startServer } from '#service/server';
import { folder } from '../support/folders.ts';
import { shipped } from '../support/histories.ts';
import { postgresServer, WITH_POSTGRES } from '../support/postgres-server.ts';
import { line } from '../support/service.ts';

// A busy machine is slow.
t.setTimeout(900_000);

const REQUEST = { reportingLEAs: 'all', academicYear: '2023-2024' } as const;
const RUN_DATE = '20240715';

const keyOf = (name: string) =>
  createKey({
    ...{ name, role: 'vendor', leas: 'all', now: new Date('2024-07-15T19:00:00.000Z') },
    random: Buffer.alloc(KEY_RANDOM_BYTES, 1),
  });

/** What a folder of files comes to in a store: the bytes of its extract, after a second upload too. */
async function extractOf(place: string, files: string, out: string): Promise<string[]> {
  const load = (id: string, names: readonly string[]) =>
    loadUpload({
      ...{ storeDir: place, id, sender: 'all', receivedAt: '2024-07-15T19:00:00.000Z', loadDay: RUN_DATE },
      files: names.map((name) => ({ name, path: join(files, name) })),
      rulebook: shipped,
    });
  const names = readdirSync(files).filter((name) => name.endsWith('.txt'));
  await load('up_1', names);
  const make = async (snapshot?: number, workers?: number): Promise<string> => {
    const path = join(out, `${snapshot}-${workers}.txt`);
    await extractFromStore({
      storeDir: place,
      rulebook: shipped,
      request: REQUEST,
      runDate: RUN_DATE,
      out: path,
      snapshot,
      workers,
    });
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  };
  const first = [await make(), await make(1, 2)];
  // The same again, and half of the enrollments are gone.
  const again = readFileSync(join(files, 'SENR.txt'), 'utf8').split('\r\n');
  writeFileSync(
    join(files, 'SENR-2.txt'),
    again.map((line, i) => (i % 2 ? line : line.replace('SENR^A', 'SENR^D'))).join('\r\n'),
  );
  await load('up_2', ['SINF.txt', 'SENR-2.txt']);
  return [...first, await make(), await make(1), await make(2, 2)];
}

t.test('a store in PostgreSQL', WITH_POSTGRES, async (t) => {
  const server = await postgresServer(t);

  t.test('an extract has the same bytes as from a folder, in threads too, now and as it was', async (t) => {
    const dir = folder(t);
    const extracts = await Promise.all(
      [join(dir, 'store'), await server.database()].map(async (place, i) => {
        const [files, out] = [join(dir, `files-${i}`), join(dir, `out-${i}`)];
        mkdirSync(out);
        await writeSample({ students: 300, seed: 7, leas: 3, style: 'plain' }, files);
        return extractOf(place, files, out);
      }),
    );
    t.same(extracts[1], extracts[0]);
    t.equal(new Set(extracts[0]).size, 2, 'the second upload changed it');
  });

  t.test('the service does for a database all that it does for a folder', async (t) => {
    const answers = [];
    for (const database of ['', await server.database()]) {
      const { key, record } = keyOf('state');
      const running = await startServer({
        ...{ database, storeDir: folder(t), port: 0, logLevel: 'silent', shutdownGrace: 0 },
        prepare: async (store) => store.addKey(record),
      });
      try {
        const ask = async (path: string, body?: string | object) => {
          const isText = typeof body === 'string';
          const answer = await fetch(`${running.address}${path}`, {
            method: body === undefined ? 'GET' : 'POST',
            headers: {
              ...{ authorization: `Bearer ${key}`, prefer: 'wait=60', accept: 'application/json, text/plain' },
              ...(body !== undefined && { 'content-type': isText ? 'text/plain' : 'application/json' }),
            },
            ...(body !== undefined && { body: isText ? body : JSON.stringify(body) }),
          });
          const text = await answer.text();
          return {
            status: answer.status,
            text,
            body: (text.startsWith('{') ? JSON.parse(text) : {}) as { id?: string },
          };
        };
        // One student with two numbers, and an enrollment without one.
        const sent = ['9912345678', '9912345679', ''].map((ssid, i) => line('SENR', { ssid, localStudentID: `L${i}` }));
        await ask('/v1/uploads?reportingLEA=all', sent.join('\r\n'));
        await ask('/v1/uploads?reportingLEA=all', line('SINF', { ssid: '9912345678' }));
        const made = [
          await ask('/v1/extracts', { reportingLEAs: 'all', academicYear: '2023-2024' }),
          await ask('/v1/ssid/extracts', { list: 'ssids', asOf: '2023-10-04' }),
        ];
        const search = await ask('/v1/anomalies/search', {});
        const match = await ask('/v1/ssid/waiting/matches', {});
        const extract = `/v1/extracts/${made[0]?.body.id}`;
        const read = [
          `${extract}/file`,
          `/v1/ssid/extracts/${made[1]?.body.id}/file`,
          `/v1/ssid/matches/${match.body.id}/candidates`,
          ...[
            '/v1/anomalies',
            `${extract}/missing`,
            `${extract}/rows?ssid=9912345678`,
            `${extract}/grounds/40?value=N`,
          ],
        ];
        const files = [];
        for (const path of read) {
          const { status, text } = await ask(path);
          files.push([
            status,
            text
              .replaceAll(/"[a-z]+_[0-9a-z]{15,}|\/[a-z]+_[0-9a-z]{15,}/g, 'ID')
              .replaceAll(/\d{4}-\d\d-\d\dT[0-9:.]+Z/g, 'THEN'),
          ]);
        }
        answers.push(
          [...made, search, match].map(({ status }) => status),
          files,
        );
      } finally {
        await running.close();
      }
    }
    const [statuses, files, inDatabase, filesOfDatabase] = answers;
    t.same(statuses, [202, 202, 202, 202]);
    t.same(
      (files as [number, string][]).map(([status]) => status),
      [200, 200, 200, 200, 200, 200, 200],
    );
    t.same([inDatabase, filesOfDatabase], [statuses, files]);
  });

  t.test('a server that is gone is answered with 503 and a time to wait; when it is back, all goes on', async (t) => {
    const { key, record } = keyOf('state');
    const running = await startServer({
      ...{ database: await server.database(), storeDir: folder(t), port: 0, logLevel: 'silent', shutdownGrace: 0 },
      prepare: async (store) => store.addKey(record),
    });
    t.teardown(() => running.close());
    const ask = async (path: string) => {
      // Whoever asks whether the service lives has no key.
      const headers = path.startsWith('/v1') ? { authorization: `Bearer ${key}` } : {};
      const answer = await fetch(`${running.address}${path}`, { headers });
      return { status: answer.status, wait: answer.headers.get('retry-after'), text: await answer.text() };
    };
    t.match(await ask('/v1/extracts'), { status: 200, wait: null });
    await server.stop();
    // Half a second later the log cannot be written either.
    t.match(await ask('/v1/extracts'), { status: 503, wait: '5', text: /CENR_(STORE|ACCESS_LOG)_UNAVAILABLE/ });
    t.match(await ask('/health/ready'), { status: 503 });
    t.match(await ask('/health/live'), { status: 200, text: /live/ });
    await server.start();
    t.match(await ask('/v1/extracts'), { status: 200 });
    t.match(await ask('/health/ready'), { status: 200 });
  });
});
