/** Keys with an address, and webhooks: what the commands keep, show once, and refuse. */
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openSqliteStore } from '#store/sqlite';
import { folder } from '../support/folders.ts';
import { cenr, cenrIn } from './cenr.ts';

t.setTimeout(900_000);

const URL = 'https://sis.example.org/cenr?token=t';

/** The folder of an empty store. */
async function emptyStore(t: Test): Promise<string> {
  const dir = join(folder(t), 'store');
  await openSqliteStore(dir).close();
  return dir;
}

t.test('a webhook is added, its secret shown once, listed and removed', async (t) => {
  const store = await emptyStore(t);
  const lea = ['--lea', '9900001', '--lea', '9900002'];
  const added = await cenr('webhook', 'add', '--url', URL, ...lea, '--store', store);
  t.match(added, { code: 0, out: /^whsec_[A-Za-z0-9+/]{43}=\n$/ });
  const id = /^webhook (webhook_\w+) for LEAs 9900001,9900002; its secret is not shown again\n$/.exec(added.err)?.[1];
  t.ok(id);
  const { out } = await cenr('webhook', 'list', '--store', store);
  t.ok(out.startsWith(`${id}  LEAs 9900001,9900002  ${URL}  made `), out);
  t.notOk(out.includes(added.out.trim()));
  t.match(await cenr('webhook', 'remove', `${id}`, '--store', store), { code: 0, err: `webhook ${id} is removed\n` });
  t.equal((await cenr('webhook', 'list', '--store', store)).out, '');
  const again = await cenr('webhook', 'remove', `${id}`, '--store', store);
  t.match(again, { code: 2, err: `cenr: there is no webhook "${id}"; cenr webhook list shows the webhooks\n` });
});

t.test('a webhook that may not be called is not added', async (t) => {
  const store = await emptyStore(t);
  const add = (url: string, env: Record<string, string> = {}) =>
    cenrIn({ env }, 'webhook', 'add', '--url', url, '--lea', 'all', '--store', store);
  for (const url of ['http://sis.example.org/', 'https://127.0.0.1/', 'https://u:p@sis.example.org/', 'sis'])
    t.match(await add(url), { code: 2, out: '', err: /^cenr: the webhook ".*" cannot be called: / }, url);
  t.equal((await cenr('webhook', 'list', '--store', store)).out, '');
  t.match(await add('http://10.0.0.1/', { CENR_WEBHOOK_PRIVATE: 'allow' }), { code: 0 });
});

t.test('a key has one address or none', async (t) => {
  const store = await emptyStore(t);
  const add = (email: string) =>
    cenr('key', 'add', '--name', 'Sam', '--role', 'vendor', '--lea', '9900001', '--email', email, '--store', store);
  for (const email of ['sam', 'sam@x.org\r\nBcc: evil@x.org', 'sam@x.org,evil@x.org', 'Sam <sam@x.org>'])
    t.match(await add(email), { code: 2, err: /Expected one e-mail address, such as sam@example\.org\./ }, email);
  t.equal((await add('sam@lea.example.org')).code, 0);
  t.match(
    (await cenr('key', 'list', '--store', store)).out,
    /^\S+ {2}vendor .* {2}Sam <sam@lea\.example\.org> {2}made/,
  );
});
