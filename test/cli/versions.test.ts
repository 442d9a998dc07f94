/**
 * Versions on the command line: a service that follows a folder of rules, or what was published into its store; and
 * extracts with any version a store keeps.
 */
import { spawn } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import t from 'tap';
import { loadRulebook, SHIPPED_RULES } from '#rulebook/load/load';
import { openSqliteStore } from '#store/sqlite';
import { folder } from '../support/folders.ts';
import { shipped } from '../support/histories.ts';
import { saying } from '../support/versions.ts';
import { cenr, cenrProcess, PROGRAM } from './cenr.ts';

t.setTimeout(900_000);

const AT = '2024-07-15T19:00:00.000Z';

interface Ready {
  readonly rulebook: string;
  readonly refused?: string;
}

/** `cenr serve` on a free port. */
async function serve(t: { teardown(done: () => void): void }, ...args: string[]) {
  const child = spawn(process.execPath, [PROGRAM, 'serve', '--port', '0', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, CENR_LOG_LEVEL: 'error', NO_COLOR: '1' },
  });
  t.teardown(() => child.kill('SIGKILL'));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const address = Promise.withResolvers<string>();
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface(stream).on('line', (text) => {
      said.push(text);
      const found = /listens on (http:\S+?),?(\s|$)/.exec(text)?.[1];
      if (found !== undefined) address.resolve(found);
    });
  ended.then(() => address.reject(new Error(`cenr serve ended: ${said.join('\n')}`)));
  const url = await address.promise;
  const ready = async (): Promise<Ready> => (await fetch(`${url}/health/ready`)).json() as Promise<Ready>;
  return {
    said,
    ready,
    /** Asks until it is so. */
    async until(is: (ready: Ready) => boolean): Promise<Ready> {
      for (;;) {
        const now = await ready();
        if (is(now)) return now;
      }
    },
    async stop(): Promise<number | null> {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

t.test('a service that watches a folder follows it; without the folder it follows its store', async (t) => {
  const dir = folder(t);
  const rules = join(dir, 'rules');
  const store = join(dir, 'store');
  cpSync(SHIPPED_RULES, rules, { recursive: true });
  const file = join(rules, 'fields/40-homeless-program-eligible.json');
  const text = readFileSync(file, 'utf8');

  const { hash: original } = loadRulebook(rules);

  const one = await serve(t, '--store', store, '--rules', rules, '--watch');
  t.equal((await one.ready()).rulebook, original);
  writeFileSync(file, text.replace('"Y"', '"X"'));
  const { hash: changed } = loadRulebook(rules);
  t.same(await one.until(({ rulebook }) => rulebook === changed), { status: 'ready', rulebook: changed });
  writeFileSync(file, text.slice(0, -10));
  t.match(await one.until(({ refused }) => refused !== undefined), { rulebook: changed });
  // The log is read when the service has ended: what it says and what it answers come by different ways.
  t.equal(await one.stop(), 0);
  t.ok(
    one.said.some(
      (line) =>
        line.includes('the rules in the watched folder cannot be used') &&
        line.includes('40-homeless-program-eligible.json:'),
    ),
  );

  const broken = await cenrProcess('serve', '--port', '0', '--store', store, '--rules', rules);
  t.match(broken, { code: 2, err: /the rulebook cannot be used/ }, 'what cannot be used cannot be started with');

  const two = await serve(t, '--store', store);
  t.equal(
    (await two.ready()).rulebook,
    shipped.hash,
    'no folder is named and nothing was published: the shipped rules',
  );
  t.equal(await two.stop(), 0);

  const next = saying('Z');
  const opened = openSqliteStore(store);
  const by = { keyId: 'key_1', name: 'Somebody' };
  await opened.keepRulebook(next, AT);
  await opened.activate({
    hash: next.hash,
    from: new Date().toISOString(),
    how: 'published',
    createdAt: new Date().toISOString(),
    by,
  });
  t.same(
    (await opened.activations()).map(({ hash, how }) => [hash, how]),
    [
      [original, 'files'],
      [changed, 'files'],
      [shipped.hash, 'files'],
      [next.hash, 'published'],
    ],
  );
  await opened.close();
  const three = await serve(t, '--store', store);
  t.equal((await three.ready()).rulebook, next.hash, 'what was published outlives a restart');
  t.equal(await three.stop(), 0);
});

t.test('an extract with a version that the store keeps, by the beginning of its hash', async (t) => {
  const dir = folder(t);
  const store = join(dir, 'store');
  const sample = join(dir, 'sample');
  await cenr('sample', '--students', '20', '--leas', '1', '--out', sample);
  t.equal((await cenr('load', sample, '--lea', 'all', '--store', store)).code, 0);
  const former = saying('F', '2024-04-22');
  const opened = openSqliteStore(store);
  await opened.keepRulebook(former, AT);
  await opened.keepRulebook(shipped, AT);
  await opened.close();

  const out = join(dir, 'cenr.txt');
  const request = ['--store', store, '--lea', 'all', '--academic-year', '2023-2024'];
  const made = await cenr('extract', ...request, '--rules', former.hash.slice(0, 8), '--out', out);
  t.equal(made.code, 0, made.err);
  const manifest = JSON.parse(readFileSync(`${out}.manifest.json`, 'utf8'));
  t.equal(manifest.rulebook.sha256, former.hash);
  const verified = await cenr('verify', `${out}.manifest.json`, '--store', store);
  t.match(verified, { code: 0, out: /^byte-identical/ });
  t.match(await cenr('verify', `${out}.manifest.json`, '--store', store, '--rules', shipped.hash.slice(0, 12)), {
    code: 1,
    out: /^differs: /,
  });
  const explained = await cenr('explain', ...request, '--ssid', '9900000001', '--rules', former.hash, '--json');
  t.equal(explained.code, 0, explained.err);

  const published = openSqliteStore(store);
  await published.activate({
    hash: former.hash,
    from: AT,
    how: 'published',
    createdAt: AT,
    by: { keyId: 'key_1', name: 'Somebody' },
  });
  await published.close();
  await cenr('extract', ...request, '--out', out);
  t.equal(
    JSON.parse(readFileSync(`${out}.manifest.json`, 'utf8')).rulebook.sha256,
    former.hash,
    'without --rules: what was published in the store',
  );

  const unknown = await cenrProcess('extract', ...request, '--rules', '00000000', '--out', out);
  t.equal(unknown.code, 2);
  t.match(
    unknown.err,
    new RegExp(
      `--rules: no version of the rulebook with the hash "00000000" is kept; the versions kept are .*${former.hash} \\(publication of 2024-04-22\\)`,
    ),
  );
});
