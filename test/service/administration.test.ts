/** Keys, people, settings and the store over REST: what an administrator may, and of whom. */
import t from 'tap';
import type { Issuer } from '#service/persons/issuers';
import { LEA, line, NOW, OTHER_LEA, service } from '../support/service.ts';

t.setTimeout(900_000);

const DAY = 86_400_000;
const NEW = { name: 'Valley SIS', role: 'vendor', leas: [LEA] } as const;
const ISSUER: Issuer = {
  id: 'valley',
  name: 'Valley Unified',
  issuer: 'https://login.example.org',
  clientID: 'cenr',
  clientSecret: 'never shown',
  leas: [LEA],
};

t.test('a key is made, used, rotated, expires, and is revoked', async (t) => {
  const clock = { now: NOW };
  const { ask, key, store, log } = await service(t, {}, () => ({ clock: () => clock.now }));
  const headers = key('admin', 'all');
  const made = await ask({ method: 'POST', url: '/v1/keys', headers, payload: { ...NEW, expires: '2099-01-01' } });
  t.match(made, { status: 201, body: { ...NEW, key: /^cenr_/, expiresAt: '2099-01-01T00:00:00.000Z' } });
  const { id, key: secret } = made.body;
  const works = async (given: string): Promise<boolean> =>
    (await ask({ url: '/v1/uploads', headers: { authorization: `Bearer ${given}` } })).status === 200;
  const listed = async (which = id) =>
    (await ask({ url: '/v1/keys', headers })).body.keys.find((one: { id: string }) => one.id === which);
  t.equal((await listed()).lastUsedAt, undefined);
  t.ok(await works(secret));
  t.equal((await listed()).lastUsedAt, NOW.toISOString());
  t.notMatch(JSON.stringify(await listed()), /hash|cenr_/);

  const rotated = await ask({ method: 'POST', url: `/v1/keys/${id}/rotate`, headers, payload: { days: 7 } });
  t.match(rotated, { status: 201, body: { ...NEW, key: /^cenr_/ } });
  t.ok((await works(secret)) && (await works(rotated.body.key)), 'both work for some days');
  clock.now = new Date(NOW.getTime() + 7 * DAY);
  t.notOk(await works(secret), 'then the old one does not');
  t.ok(await works(rotated.body.key));
  const again = { method: 'POST', url: `/v1/keys/${id}/rotate`, headers, payload: { days: 7 } } as const;
  t.equal((await ask(again)).status, 404, 'one that has expired is not rotated');

  const next = rotated.body.id;
  const changed = await ask({ method: 'PATCH', url: `/v1/keys/${next}`, headers, payload: { expires: '2098-01-01' } });
  t.match(changed.body, { expiresAt: '2098-01-01T00:00:00.000Z' });
  t.equal((await ask({ method: 'DELETE', url: `/v1/keys/${next}`, headers })).status, 204);
  t.notOk(await works(rotated.body.key));
  const refused = await ask({ method: 'PATCH', url: `/v1/keys/${next}`, headers, payload: { expires: '2098-01-01' } });
  t.equal(refused.status, 404, 'one that was revoked does not come back');
  t.notMatch(log.join(''), secret.slice(5), 'no key is in the log');
  t.equal((await store.keys()).filter(({ revokedAt }) => revokedAt).length, 1);
});

t.test('what cannot be a key is refused beside its field', async (t) => {
  const { ask, key } = await service(t);
  const headers = key('admin', 'all');
  const make = (more: object) => ask({ method: 'POST', url: '/v1/keys', headers, payload: { ...NEW, ...more } });
  for (const [more, pointer] of [
    [{ name: 'two\nlines' }, '/name'],
    [{ email: 'nobody' }, '/email'],
    [{ leas: ['12'] }, '/leas'],
    [{ expires: '2023-02-31' }, '/expires'],
    [{ expires: '2001-01-01' }, '/expires'],
    [{ role: 'king' }, '/role'],
  ] as const)
    t.match(await make(more), { status: 400, body: { errors: [{ pointer }] } }, JSON.stringify(more));
});

t.test('an administrator of an LEA knows nothing of the keys and people of another', async (t) => {
  const { ask, key, store } = await service(t, { issuers: [{ ...ISSUER, leas: 'all' }] });
  const headers = key('admin', [LEA]);
  const theirs = key('vendor', [OTHER_LEA]);
  const state = key('auditor', 'all');
  const others = (await store.keys()).filter(({ role }) => role !== 'admin');
  const { body } = await ask({ url: '/v1/keys', headers });
  t.same(
    body.keys.map(({ role }: { role: string }) => role),
    ['admin'],
  );
  for (const { id } of others) {
    t.equal((await ask({ method: 'DELETE', url: `/v1/keys/${id}`, headers })).status, 404);
    const rotate = { method: 'POST', url: `/v1/keys/${id}/rotate`, headers, payload: { days: 0 } } as const;
    t.equal((await ask(rotate)).status, 404);
  }
  for (const one of [theirs, state]) t.equal((await ask({ url: '/v1/uploads', headers: one })).status, 200);
  const make = (leas: unknown) => ask({ method: 'POST', url: '/v1/keys', headers, payload: { ...NEW, leas } });
  t.equal((await make([OTHER_LEA])).status, 404);
  t.match(await make('all'), { status: 403, body: { code: 'CENR_ALL_LEAS_MISSING' } });
  const payload = { name: 'Sam', role: 'vendor', leas: [OTHER_LEA], email: 'sam@lea.example.org' };
  t.equal((await ask({ method: 'POST', url: '/v1/persons', headers, payload })).status, 404);
  const all = key('admin', 'all');
  const { body: sam } = await ask({ method: 'POST', url: '/v1/persons', headers: all, payload });
  t.same((await ask({ url: '/v1/persons', headers })).body, { persons: [] });
  t.equal((await ask({ method: 'DELETE', url: `/v1/persons/${sam.id}`, headers })).status, 404);
  t.equal((await store.person(sam.id))?.removedAt, undefined);
  t.equal((await ask({ url: '/v1/settings', headers })).status, 403, 'settings are the operator’s');
});

t.test('somebody is added, changed and removed', async (t) => {
  const { ask, key, store } = await service(t, { issuers: [ISSUER] });
  const headers = key('admin', 'all');
  const sam = { name: 'Sam Rivera', role: 'vendor', leas: [LEA], email: 'sam@lea.example.org' };
  const add = (payload: object) => ask({ method: 'POST', url: '/v1/persons', headers, payload });
  const added = await add(sam);
  t.match(added, { status: 201, body: { ...sam, issuer: ISSUER.issuer } });
  t.match(await add(sam), { status: 400, body: { errors: [{ message: /already/ }] } }, 'one account is one person');
  t.match(await add({ ...sam, email: 'x@lea.example.org', leas: [OTHER_LEA] }), {
    status: 400,
    body: { errors: [{ message: /cannot act for/ }] },
  });
  const { email: _, ...nobody } = sam;
  t.match(await add(nobody), { status: 400, body: { errors: [{ pointer: '/email' }] } });
  t.match(await add({ ...sam, issuer: 'other' }), { status: 400, body: { errors: [{ pointer: '/issuer' }] } });
  const url = `/v1/persons/${added.body.id}`;
  t.match(await ask({ method: 'PATCH', url, headers, payload: { role: 'auditor' } }), { body: { role: 'auditor' } });
  t.equal((await ask({ method: 'PATCH', url, headers, payload: {} })).status, 400);
  t.equal((await ask({ method: 'DELETE', url, headers })).status, 204);
  t.ok((await store.person(added.body.id))?.removedAt);
  t.equal((await ask({ method: 'PATCH', url, headers, payload: { role: 'vendor' } })).status, 404);
});

t.test('settings as they are in force, without secrets; and the store in numbers', async (t) => {
  const smtpURL = 'smtps://user:swordfish@mail.example.org:465';
  const { ask, key } = await service(t, { issuers: [ISSUER], smtpURL, mailFrom: 'cenr@example.org' });
  const headers = key('admin', 'all');
  const answer = await ask({ url: '/v1/settings', headers });
  const of = (variable: string) => answer.body.settings.find((one: { variable: string }) => one.variable === variable);
  t.match(of('CENR_SMTP_URL'), { value: 'smtps://mail.example.org:465, with a user and a password', isDefault: false });
  t.match(of('CENR_OIDC_ISSUERS'), { value: `Valley Unified: https://login.example.org, LEAs ${LEA}` });
  t.match(of('CENR_APPROVALS'), { value: '1', isDefault: true });
  t.notMatch(answer.text, /swordfish|never shown/);
  await ask({ method: 'POST', url: '/v1/uploads', headers: key('vendor', [LEA]), payload: line('SENR') });
  t.match((await ask({ url: '/v1/store', headers })).body, {
    students: 1,
    leas: [LEA],
    linesRead: 1,
    linesRejected: 0,
    jobs: [{ kind: 'upload', pending: 0, processing: 0, failed: 0 }, { kind: 'extract' }, { kind: 'impact' }],
    refused: [],
  });
  t.match((await ask({ url: '/v1/store', headers: key('admin', [OTHER_LEA]) })).body, { students: 0, leas: [] });
});
