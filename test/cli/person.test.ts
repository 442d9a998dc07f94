/** People who sign in by an issuer: what the commands keep, and what they refuse. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openSqliteStore } from '#store/sqlite';
import { folder } from '../support/folders.ts';
import { cenrIn } from './cenr.ts';

t.setTimeout(900_000);

const VALLEY = {
  id: 'valley',
  name: 'Valley Unified',
  issuer: 'https://login.valley.example.org',
  clientID: 'cenr',
  clientSecretFile: 'valley.secret',
  leas: ['9900001', '9900002'],
};
const HILLS = {
  id: 'hills',
  name: 'Hills Unified',
  issuer: 'https://login.hills.example.org/realm',
  clientID: 'cenr',
  clientSecret: 'secret',
  leas: ['9900003'],
};

/** An empty store, and the environment of a service with a file of issuers. */
async function desk(t: Test, issuers: unknown = [VALLEY]) {
  const dir = folder(t);
  const store = join(dir, 'store');
  await openSqliteStore(store).close();
  writeFileSync(join(dir, 'valley.secret'), 'hush\n');
  writeFileSync(join(dir, 'issuers.json'), typeof issuers === 'string' ? issuers : JSON.stringify(issuers));
  const env = { CENR_OIDC_ISSUERS: join(dir, 'issuers.json'), CENR_PUBLIC_URL: 'https://cenr.example.org' };
  const person = (...words: string[]) => cenrIn({ env }, 'person', ...words, '--store', store);
  const add = (...more: string[]) =>
    person('add', '--name', 'Sam Rivera', '--role', 'vendor', '--lea', '9900001', ...more);
  return { store, env, person, add };
}

t.test('a person is added, listed, changed and removed', async (t) => {
  const { person, add } = await desk(t);
  const added = await add('--email', 'sam@lea.example.org');
  t.equal(added.code, 0, added.err);
  const id = /^person (person_\w+): vendor/.exec(added.err)?.[1] ?? '';
  const known = 'LEAs 9900001  Sam Rivera <sam@lea.example.org>  not signed in yet at https://login.valley.example.org';
  t.equal(added.err, `person ${id}: vendor   ${known}\n`);
  t.match((await person('list')).out, `${id}  vendor   ${known}  added `);
  const changed = await person('change', id, '--role', 'auditor', '--lea', '9900002', '--subject', 'sam-1');
  t.match(changed, { code: 0, err: /auditor {2}LEAs 9900002 .* subject sam-1 at .*; their sessions are ended\n$/ });
  const elsewhere = await person('change', id, '--email', 'rivera@lea.example.org');
  t.match(elsewhere.err, /<rivera@lea\.example\.org> {2}not signed in yet/, 'another address is another account');
  t.match(await person('change', id), { code: 2, err: /^cenr: nothing is changed; expected --name/ });
  t.match(await person('remove', id), { code: 0, err: `person ${id} is removed\n` });
  t.match((await person('list')).out, /, removed 20/);
  for (const words of [
    ['remove', id],
    ['change', id, '--name', 'Sam'],
  ])
    t.match(await person(...words), { code: 2, err: `cenr: there is no person "${id}" who may sign in;` });
  t.equal((await add('--email', 'rivera@lea.example.org')).code, 0, 'the account is free again');
});

t.test('a person who cannot be is refused', async (t) => {
  const { add, store } = await desk(t);
  t.match(await add(), { code: 2, err: /^cenr: it must be said whose account it is: --email ADDRESS, or --subject/ });
  t.match(await add('--email', 'x@lea.example.org', '--lea', '9900003'), {
    code: 2,
    err: 'cenr: people of Valley Unified cannot act for 9900003: the file of issuers (CENR_OIDC_ISSUERS) binds it to 9900001, 9900002\n',
  });
  t.match(await add('--email', 'x@lea.example.org', '--lea', 'all'), { code: 2, err: /cannot act for all/ });
  t.equal((await add('--subject', 'sam-1')).code, 0);
  t.match(await add('--subject', 'sam-1'), { code: 2, err: /there is a person with this account .* \(sam-1\)/ });
  t.match(await add('--subject', 's2', '--issuer', 'hills'), {
    code: 2,
    err: /no issuer "hills"; expected one of valley/,
  });
  const without = await cenrIn(
    {},
    ...['person', 'add', '--name', 'S', '--role', 'vendor', '--lea', 'all', '--subject', 's', '--store', store],
  );
  t.match(without, { code: 2, err: /^cenr: no issuer is known; name the file of issuers in CENR_OIDC_ISSUERS/ });
});

t.test('where there are several issuers, one is named', async (t) => {
  const { add } = await desk(t, [VALLEY, HILLS]);
  t.match(await add('--subject', 's'), {
    code: 2,
    err: /there are several issuers; expected --issuer with one of valley, hills/,
  });
  t.match(await add('--subject', 's', '--issuer', 'valley'), { code: 0, err: /at https:\/\/login\.valley/ });
  t.match(await add('--subject', 's', '--issuer', 'hills'), {
    code: 2,
    err: /people of Hills Unified cannot act for 9900001/,
  });
});

t.test('a file of issuers that cannot be used is refused, with what is wrong and without its secrets', async (t) => {
  const { clientSecret: _, ...noSecret } = HILLS;
  const wrong: readonly (readonly [unknown, RegExp])[] = [
    ['{', /is not JSON; expected a list such as \[/],
    [[], /has none; expected a list/],
    [['x'], /issuer 1: expected an object/],
    [[{ ...HILLS, clientId: 'x' }], /issuer 1: the key "clientId" is unknown\. Did you mean "clientID"\?/],
    [[{ ...HILLS, id: 'The Hills' }], /"id" is "The Hills"; expected small letters, digits and "-"/],
    [[{ ...HILLS, name: '' }], /"name" is ""; expected a name/],
    [[{ ...HILLS, issuer: 'login' }], /"issuer" is "login"; expected its URL/],
    [[{ ...HILLS, issuer: 'http://login.example.org' }], /expected https:\/\/; .* \(CENR_OIDC_PRIVATE=allow\)/],
    [[{ ...HILLS, issuer: 'https://10.0.0.1' }], /its address is private/],
    [[{ ...HILLS, issuer: 'https://login.example.org/?x' }], /expected a URL without "\?" and "#"/],
    [
      [noSecret],
      /its secret is missing; expected "clientSecretFile", "clientSecret", or the variable CENR_OIDC_SECRET/,
    ],
    [[{ ...HILLS, clientSecretFile: 'valley.secret' }], /are both there; expected one of them/],
    [[{ ...VALLEY, clientSecretFile: 'none.secret' }], /no such file/],
    [[{ ...HILLS, leas: ['1'] }], /"leas" is \["1"\]; expected a list of seven-digit LEA codes, or "all"/],
    [[{ ...HILLS, leas: undefined }], /"leas" is missing/],
    [[HILLS, { ...VALLEY, id: 'hills' }], /issuer 2: "id" is "hills", which another issuer has/],
    [[HILLS, { ...VALLEY, issuer: HILLS.issuer }], /issuer 2: "issuer" is .*, which another issuer has/],
  ];
  for (const [issuers, says] of wrong) {
    const { add } = await desk(t, issuers);
    const { code, err } = await add('--subject', 's');
    t.equal(code, 2);
    t.match(err, says);
    t.notMatch(err, /hush|"secret"/);
  }
  const { add, env, store } = await desk(t, [noSecret]);
  t.equal((await add('--subject', 's')).code, 2);
  const words = ['person', 'add', '--name', 'S', '--role', 'vendor', '--lea', '9900003', '--subject', 's'];
  const given = await cenrIn({ env: { ...env, CENR_OIDC_SECRET: 'hush' } }, ...words, '--store', store);
  t.equal(given.code, 0, given.err);
  const { CENR_PUBLIC_URL: _url, ...noURL } = env;
  t.match(await cenrIn({ env: noURL }, ...words, '--store', store), {
    code: 2,
    err: /^cenr: CENR_PUBLIC_URL is missing/,
  });
  const http = { ...noSecret, issuer: 'http://login.example.org', clientSecret: 's' };
  const loose = await desk(t, [http]);
  const allowed = { ...loose.env, CENR_OIDC_PRIVATE: 'allow' };
  t.match(await cenrIn({ env: allowed }, ...words, '--store', loose.store), {
    code: 2,
    err: /"issuer" is "http:\/\/login\.example\.org"; expected https:\/\//,
  });
});
