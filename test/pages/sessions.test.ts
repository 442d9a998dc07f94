/** Sessions and forms, without a browser: how long somebody is signed in, and what another site cannot do. */
import type { InjectOptions } from 'fastify';
import t, { type Test } from 'tap';
import { pages } from '#pages/pages';
import { LEA, line, NOW, OTHER_LEA, service } from '../support/service.ts';

t.setTimeout(900_000);

const MINUTE = 60_000;
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

async function desk(t: Test) {
  const clock = { now: NOW };
  const tested = await service(t, {}, () => ({ pages: pages(), clock: () => clock.now }));
  const { app, key } = tested;
  const header = key('vendor', [LEA]);
  const secret = header.authorization.replace('Bearer ', '');
  const visit = (options: InjectOptions) => app.inject(options);
  const signIn = async (given = secret, more: Readonly<Record<string, string>> = {}) => {
    const answer = await visit({
      method: 'POST',
      url: '/sign-in',
      headers: { ...FORM, ...more },
      payload: new URLSearchParams({ key: given, to: '/extracts' }).toString(),
    });
    const cookie = String(answer.headers['set-cookie'] ?? '').split(';')[0] ?? '';
    return { answer, cookie };
  };
  const later = (ms: number): void => {
    clock.now = new Date(clock.now.getTime() + ms);
  };
  return { ...tested, visit, signIn, later, header };
}

t.test('who is not signed in is asked to, and comes back to where they were going', async (t) => {
  const { visit, signIn } = await desk(t);
  const answer = await visit({ url: '/extracts?after=x' });
  t.equal(answer.statusCode, 303);
  t.equal(answer.headers.location, `/sign-in?to=${encodeURIComponent('/extracts?after=x')}`);
  const { answer: signed } = await signIn();
  t.equal(signed.statusCode, 303);
  t.equal(signed.headers.location, '/extracts');
  t.match(signed.headers['set-cookie'], /^cenr=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
  t.equal((await signIn('cenr_unknown')).answer.statusCode, 401);
  t.equal((await signIn(undefined, { 'sec-fetch-site': 'cross-site' })).answer.statusCode, 401);
  for (const to of ['https://evil.example', '//evil.example', '/\\evil.example']) {
    const page = await visit({ url: `/sign-in?to=${encodeURIComponent(to)}` });
    t.match(page.body, 'name="to" value="/"', `${to} is no page of this service`);
  }
});

t.test('a session ends when it is idle, when it is old, when it is left, and with its key', async (t) => {
  const { visit, signIn, later, store } = await desk(t);
  const isIn = async (cookie: string) => (await visit({ url: '/', headers: { cookie } })).statusCode === 200;

  const idle = (await signIn()).cookie;
  t.ok(await isIn(idle));
  later(19 * MINUTE);
  t.ok(await isIn(idle), 'used within 20 minutes');
  later(19 * MINUTE);
  t.ok(await isIn(idle), 'and again');
  later(21 * MINUTE);
  t.notOk(await isIn(idle), 'not used for 20 minutes');

  const old = (await signIn()).cookie;
  for (let i = 0; i < 8 * 4; i++) {
    later(15 * MINUTE);
    t.ok(await isIn(old));
  }
  later(MINUTE);
  t.notOk(await isIn(old), 'after eight hours, however busy');

  const left = (await signIn()).cookie;
  const { body } = await visit({ url: '/', headers: { cookie: left } });
  const token = /name="token" value="([^"]+)"/.exec(body)?.[1] ?? '';
  await visit({ method: 'POST', url: '/sign-out', headers: { ...FORM, cookie: left }, payload: `token=${token}` });
  t.notOk(await isIn(left));

  const revoked = (await signIn()).cookie;
  t.ok(await isIn(revoked));
  await store.revokeKey((await store.keys())[0]?.id ?? '', NOW.toISOString());
  t.notOk(await isIn(revoked));
});

t.test('a form of another site, or without the token of the session, changes nothing', async (t) => {
  const { visit, signIn, ask, header, store } = await desk(t);
  await ask({ method: 'POST', url: '/v1/uploads', headers: header, payload: line('SENR') });
  const { cookie } = await signIn();
  const page = await visit({ url: '/extracts/new', headers: { cookie } });
  const token = /name="token" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
  const send = (fields: Readonly<Record<string, string>>, more: Readonly<Record<string, string>> = {}) =>
    visit({
      method: 'POST',
      url: '/extracts/new',
      headers: { ...FORM, cookie, ...more },
      payload: new URLSearchParams({ type: 'year', lea: LEA, year: '2023-2024', ...fields }).toString(),
    });
  const jobs = async () => (await store.forLEAs('all').jobs('extract').list({})).length;
  for (const answer of [
    await send({}),
    await send({ token: `${token.slice(1)}x` }),
    await send({ token }, { 'sec-fetch-site': 'cross-site' }),
    await send({ token }, { 'sec-fetch-site': 'same-site' }),
  ]) {
    t.equal(answer.statusCode, 403);
    t.match(answer.body, 'This form was not sent from a page of this session');
  }
  t.equal(await jobs(), 0);
  t.equal((await send({ token }, { 'sec-fetch-site': 'same-origin' })).statusCode, 303);
  t.equal(await jobs(), 1);
});

t.test('a mistake is told beside the form, and what was typed stays', async (t) => {
  const { visit, signIn, ask, header } = await desk(t);
  await ask({ method: 'POST', url: '/v1/uploads', headers: header, payload: line('SENR') });
  const { cookie } = await signIn();
  const { body } = await visit({ url: '/extracts/new', headers: { cookie } });
  const token = /name="token" value="([^"]+)"/.exec(body)?.[1] ?? '';
  const answer = await visit({
    method: 'POST',
    url: '/extracts/new',
    headers: { ...FORM, cookie },
    payload: new URLSearchParams({
      token,
      type: 'range',
      lea: LEA,
      from: '2024-02-01',
      through: '2024-01-01',
    }).toString(),
  });
  t.equal(answer.statusCode, 400);
  t.match(answer.body, /role="alert"/);
  t.match(answer.body, 'value="2024-02-01"');
  t.match(answer.body, /id="type-range"[^>]*checked/);
});

t.test('every page says what a browser may load, and is kept nowhere', async (t) => {
  const { visit, signIn } = await desk(t);
  const { cookie } = await signIn();
  for (const url of ['/sign-in', '/', '/uploads', '/uploads/new', '/extracts', '/extracts/new', '/extracts/none']) {
    const { headers, body } = await visit({ url, headers: { cookie } });
    t.match(headers['content-security-policy'], /^default-src 'none'; script-src 'self'; style-src 'self';/);
    t.equal(headers['cache-control'], 'no-store', url);
    t.notMatch(
      body,
      /<style|style="|<script(?! type="module" src="\/assets\/)| on\w+="/,
      `${url} has no script inside`,
    );
  }
  t.equal((await visit({ url: '/assets/000000000000/style.css' })).statusCode, 404);
});

t.test('over REST a session is worth nothing', async (t) => {
  const { visit, signIn } = await desk(t);
  const { cookie } = await signIn();
  t.equal((await visit({ url: '/v1/extracts', headers: { cookie } })).statusCode, 401);
});

t.test('of several LEAs one can be chosen: then there is nothing else', async (t) => {
  const { visit, signIn, key, ask } = await desk(t);
  const both = key('admin', [LEA, OTHER_LEA]);
  for (const lea of [LEA, OTHER_LEA])
    await ask({ method: 'POST', url: '/v1/uploads', headers: key('vendor', [lea]), payload: line('SENR') });
  const { cookie } = await signIn(both.authorization.replace('Bearer ', ''));
  const look = async () => (await visit({ url: '/uploads', headers: { cookie } })).body;
  const uploads = async () => (await look()).match(/href="\/uploads\/upload_/g)?.length;
  const token = /name="token" value="([^"]+)"/.exec(await look())?.[1] ?? '';
  const choose = (lea: string, from = '/uploads', given = token) =>
    visit({
      method: 'POST',
      url: '/lea',
      headers: { ...FORM, cookie },
      payload: new URLSearchParams({ token: given, lea, from }).toString(),
    });
  t.equal(await uploads(), 2);
  t.match(await choose(LEA), { statusCode: 303, headers: { location: '/uploads' } });
  t.equal(await uploads(), 1);
  t.match(await look(), `<option value="${LEA}" selected>`, 'the head says which');
  t.match(await choose(LEA, '/uploads/upload_1'), { headers: { location: '/' } }, 'what belongs to one LEA is left');
  t.equal((await choose('9999999')).statusCode, 400, 'one that is not theirs');
  t.equal((await choose('', '/', 'no token')).statusCode, 403);
  t.equal(await uploads(), 1);
  await choose('');
  t.equal(await uploads(), 2, 'all again');
});

t.test('whoever has all LEAs writes one', async (t) => {
  const { visit, signIn, key } = await desk(t);
  const { cookie } = await signIn(key('admin', 'all').authorization.replace('Bearer ', ''));
  const body = async () => (await visit({ url: '/', headers: { cookie } })).body;
  const token = /name="token" value="([^"]+)"/.exec(await body())?.[1] ?? '';
  const choose = (lea: string) =>
    visit({
      method: 'POST',
      url: '/lea',
      headers: { ...FORM, cookie },
      payload: new URLSearchParams({ token, lea, from: '/' }).toString(),
    });
  t.match(await body(), 'All LEAs');
  t.equal((await choose('123')).statusCode, 400);
  await choose(OTHER_LEA);
  t.match(await body(), `value="${OTHER_LEA}"`);
});
