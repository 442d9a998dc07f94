/** Signing in by an issuer, without a browser: the way there and back, and everything that must not lead in. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InjectOptions } from 'fastify';
import t, { type Test } from 'tap';
import { pages } from '#pages/pages';
import type { ServiceConfig } from '#service/config';
import { changePerson, createPerson, PERSON_RANDOM_BYTES } from '#service/persons/known';
import type { KnownPerson } from '#store/store';
import { type TestIssuer, testIssuer } from '../support/issuer.ts';
import { LEA, line, NOW, OTHER_LEA, service } from '../support/service.ts';

t.setTimeout(900_000);

const MINUTE = 60_000;
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const PUBLIC = 'https://cenr.example.org';
const BACK = `${PUBLIC}/sign-in/back/valley`;
const SSID = '9912345678';
const EMAIL = 'sam@lea.example.org';

async function desk(t: Test, changes: Partial<ServiceConfig> = {}) {
  const clock = { now: NOW };
  const issuer = await testIssuer(t, [BACK], { leas: [LEA], clock: () => clock.now });
  const tested = await service(
    t,
    { publicURL: PUBLIC, issuers: [issuer.entry], issuersPrivate: true, ...changes },
    () => ({ pages: pages(), clock: () => clock.now }),
  );
  const { app, store, log } = tested;
  const visit = (options: InjectOptions) => app.inject(options);
  const cookiesOf = (answer: { readonly headers: { readonly 'set-cookie'?: string | string[] | undefined } }) =>
    [answer.headers['set-cookie'] ?? []]
      .flat()
      .map((text) => text.split(';')[0] ?? '')
      .filter((text) => !text.endsWith('='))
      .join('; ');
  /** Goes to the issuer; gives where the issuer sends the browser, and what the browser holds. */
  const begin = async (to = '/') => {
    const there = await visit({ url: `/sign-in/with/valley?to=${encodeURIComponent(to)}` });
    const back = await fetch(String(there.headers.location), { redirect: 'manual' });
    return { back: new URL(back.headers.get('location') ?? ''), cookie: cookiesOf(there), there };
  };
  const comeBack = (back: URL, cookie: string) => visit({ url: back.pathname + back.search, headers: { cookie } });
  const signIn = async (to?: string) => {
    const { back, cookie } = await begin(to);
    const answer = await comeBack(back, cookie);
    return { answer, cookie: cookiesOf(answer) };
  };
  const isIn = async (cookie: string) => (await visit({ url: '/', headers: { cookie } })).statusCode === 200;
  const add = async (given: Partial<KnownPerson> = {}): Promise<KnownPerson> => {
    const random = crypto.getRandomValues(new Uint8Array(PERSON_RANDOM_BYTES));
    const person = createPerson(
      issuer.entry,
      { name: 'Sam Rivera', role: 'vendor', leas: [LEA], email: EMAIL },
      NOW,
      random,
    );
    await store.addPerson({ ...person, ...given });
    return { ...person, ...given };
  };
  const later = (ms: number): void => {
    clock.now = new Date(clock.now.getTime() + ms);
  };
  const refusals = (): readonly string[] =>
    log
      .map((text) => JSON.parse(text) as { readonly msg: string; readonly code: string })
      .filter(({ msg }) => msg === 'a sign-in by an issuer was refused')
      .map(({ code }) => code);
  return { ...tested, issuer, visit, begin, comeBack, signIn, isIn, add, later, refusals };
}

const tokenIn = (body: string): string => /name="token" value="([^"]+)"/.exec(body)?.[1] ?? '';

t.test('a person signs in by their issuer, and comes to where they were going', async (t) => {
  const { add, visit, begin, comeBack, isIn, store, issuer, log } = await desk(t);
  const sam = await add();
  const page = await visit({ url: '/sign-in?to=%2Fextracts' });
  t.match(page.body, '<a class="button" href="/sign-in/with/valley?to=%2Fextracts">Sign in with Valley Unified</a>');
  t.notMatch(page.body, 'name="key"', 'a key does not sign in');

  const { there, back, cookie } = await begin('/extracts');
  t.equal(there.statusCode, 303);
  const asked = new URL(String(there.headers.location)).searchParams;
  t.equal(asked.get('redirect_uri'), BACK);
  t.match(
    ['state', 'nonce', 'code_challenge'].map((name) => asked.get(name)),
    [/^[\w-]{43}$/, /^[\w-]{43}$/, /^[\w-]{43}$/],
  );
  t.match(there.headers['set-cookie'], /^cenr-sign-in=[\w.-]+; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/);
  t.notOk(cookie.includes(asked.get('state') ?? ''), 'the browser does not know what the issuer is told');

  const answer = await comeBack(back, cookie);
  t.equal(answer.statusCode, 303);
  t.equal(answer.headers.location, '/extracts');
  const session = [answer.headers['set-cookie']].flat().find((text) => text?.startsWith('cenr=')) ?? '';
  t.match(session, /^cenr=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
  t.ok(await isIn(session.split(';')[0] ?? ''));
  t.equal((await store.person(sam.id))?.subject, 'sam-1', 'from now on they are known by their subject');
  t.ok(issuer.asked.includes('GET /jwks'), 'the signature is verified');
  t.notMatch(log.join(''), /sam@|sam-1|Rivera/, 'the log has the id of the person alone');
  t.match(log.join(''), `"keyId":"${sam.id}","issuer":"valley","msg":"signed in"`);
});

t.test('behind TLS the cookies are of this host alone', async (t) => {
  const { add, visit, begin } = await desk(t, { trustProxy: true });
  await add();
  const https = { 'x-forwarded-proto': 'https' };
  const there = await visit({ url: '/sign-in/with/valley', headers: https });
  t.match(there.headers['set-cookie'], /^__Host-cenr-sign-in=.*; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
  const { back } = await begin();
  const lost = await visit({ url: back.pathname + back.search, headers: https });
  t.equal(lost.statusCode, 400);
});

t.test('whoever the issuer tells little of is asked for there', async (t) => {
  const { add, signIn, isIn, issuer } = await desk(t);
  await add();
  issuer.tellsLittle = true;
  t.ok(await isIn((await signIn()).cookie));
  t.ok(issuer.asked.includes('GET /userinfo'));
  issuer.asked.length = 0;
  t.ok(await isIn((await signIn()).cookie));
  t.notOk(issuer.asked.includes('GET /userinfo'), 'a subject that is known is enough');
});

/** What goes wrong, and how it is refused. */
const WRONG: Readonly<
  Record<string, readonly [code: string, status: number, says: RegExp, spoil: (issuer: TestIssuer, back: URL) => void]>
> = {
  'another state': [
    'CENR_SIGN_IN_OTHER',
    400,
    /This is the answer to another sign-in/,
    (_, back) => back.searchParams.set('state', 'x'.repeat(43)),
  ],
  'no state': ['CENR_SIGN_IN_OTHER', 400, /another sign-in/, (_, back) => back.searchParams.delete('state')],
  'another issuer in the answer': [
    'CENR_SIGN_IN_ISSUER',
    502,
    /answers otherwise than expected/,
    (_, back) => back.searchParams.set('iss', 'https://evil.example.org'),
  ],
  'another nonce': [
    'CENR_SIGN_IN_TOKEN',
    401,
    /it answers another sign-in/,
    (issuer) => Object.assign(issuer, { changes: { nonce: 'x' } }),
  ],
  'no nonce': [
    'CENR_SIGN_IN_ISSUER',
    502,
    /otherwise than expected/,
    (issuer) => Object.assign(issuer, { changes: { nonce: undefined } }),
  ],
  'another signature': [
    'CENR_SIGN_IN_TOKEN',
    401,
    /its signature is wrong/,
    (issuer) => Object.assign(issuer, { forges: 'a known name' }),
  ],
  'a key that is not published, or no longer': [
    'CENR_SIGN_IN_TOKEN',
    401,
    /it is signed with an unknown key/,
    (issuer) => Object.assign(issuer, { forges: 'its own name' }),
  ],
  'a token that is not valid yet': [
    'CENR_SIGN_IN_TOKEN',
    401,
    /it is not valid yet/,
    (issuer) => Object.assign(issuer, { changes: { nbf: issuer.seconds(MINUTE) } }),
  ],
  'another audience': [
    'CENR_SIGN_IN_TOKEN',
    401,
    /it was made for another program/,
    (issuer) => Object.assign(issuer, { changes: { aud: 'another' } }),
  ],
  'audiences that nobody knows': [
    'CENR_SIGN_IN_TOKEN',
    401,
    /it was made for another program/,
    (issuer) => Object.assign(issuer, { changes: { aud: ['cenr', 'another'] } }),
  ],
  'a token of another issuer': [
    'CENR_SIGN_IN_TOKEN',
    401,
    /it was made by another issuer/,
    (issuer) => Object.assign(issuer, { changes: { iss: 'https://evil.example.org' } }),
  ],
  'a token that has expired': [
    'CENR_SIGN_IN_TOKEN',
    401,
    /it has expired/,
    (issuer) => Object.assign(issuer, { changes: { exp: issuer.seconds(-MINUTE) } }),
  ],
  'a code that the issuer did not give': [
    'CENR_SIGN_IN_CODE',
    401,
    /This answer was used before, or is too old/,
    (_, back) => back.searchParams.set('code', 'x'),
  ],
  'an error instead of a code': [
    'CENR_SIGN_IN_DENIED',
    401,
    /Valley Unified answered access_denied\./,
    (_, back) => {
      back.searchParams.delete('code');
      back.searchParams.set('error', 'access_denied');
    },
  ],
  'an address that is not verified': [
    'CENR_PERSON_UNVERIFIED',
    403,
    /Your e-mail address is not verified there/,
    (issuer) => Object.assign(issuer, { account: { sub: 's', email: EMAIL } }),
  ],
  'somebody who is not known': [
    'CENR_PERSON_UNKNOWN',
    403,
    /Valley Unified says that you are eve@lea\.example\.org, subject eve-1\./,
    (issuer) =>
      Object.assign(issuer, { account: { sub: 'eve-1', email: 'eve@lea.example.org', email_verified: true } }),
  ],
};

for (const [what, [code, status, says, spoil]] of Object.entries(WRONG))
  t.test(`${what} does not lead in`, async (t) => {
    const { add, begin, comeBack, refusals, log, store, issuer } = await desk(t);
    await add();
    const { back, cookie } = await begin();
    spoil(issuer, back);
    const answer = await comeBack(back, cookie);
    t.equal(answer.statusCode, status);
    t.match(answer.body, 'Why could you not be signed in?');
    t.match(answer.body, says);
    t.notMatch([answer.headers['set-cookie']].flat().join(), /cenr=\w/);
    t.same(refusals(), [code]);
    t.equal((await store.persons())[0]?.subject, undefined);
    t.notMatch(log.join(''), /sam@|eve-1|eve@|Rivera/);
  });

t.test('an answer leads in once', async (t) => {
  const { add, begin, comeBack, refusals, later } = await desk(t);
  await add();
  const { back, cookie } = await begin();
  const first = await comeBack(back, cookie);
  t.equal(first.statusCode, 303);
  t.match([first.headers['set-cookie']].flat().join(), /cenr-sign-in=;/, 'the browser forgets that it began');
  t.equal((await comeBack(back, '')).statusCode, 400);
  t.equal((await comeBack(back, cookie)).statusCode, 401, 'whoever kept the cookie too');
  const { cookie: others } = await begin();
  t.equal((await comeBack(back, others)).statusCode, 400, 'nor does it in another browser');
  const late = await begin();
  later(11 * MINUTE);
  t.equal((await comeBack(late.back, late.cookie)).statusCode, 400, 'nor after ten minutes');
  t.equal((await comeBack(late.back, late.cookie.replace('=e', '=f'))).statusCode, 400, 'nor with a cookie made up');
  t.same(refusals(), [
    'CENR_SIGN_IN_LOST',
    'CENR_SIGN_IN_CODE',
    'CENR_SIGN_IN_OTHER',
    'CENR_SIGN_IN_LOST',
    'CENR_SIGN_IN_LOST',
  ]);
});

t.test('clocks of two machines may differ a little', async (t) => {
  const { add, signIn, isIn, issuer } = await desk(t);
  await add();
  issuer.changes = { exp: issuer.seconds(-MINUTE / 4), nbf: issuer.seconds(MINUTE / 4) };
  t.ok(await isIn((await signIn()).cookie));
});

t.test('keys of the issuer may be rotated at any time', async (t) => {
  const { add, signIn, isIn, issuer } = await desk(t);
  await add();
  t.ok(await isIn((await signIn()).cookie));
  issuer.rotate();
  t.ok(await isIn((await signIn()).cookie));
});

t.test('an issuer that is away, or elsewhere, is said to be', async (t) => {
  const { add, visit } = await desk(t, { issuersPrivate: false });
  await add();
  const answer = await visit({ url: '/sign-in/with/valley' });
  t.equal(answer.statusCode, 502);
  t.match(answer.body, /http:\/\/ is for private networks \(CENR_OIDC_PRIVATE.*allow\)/);

  const issuers = ['https://127.0.0.1:1', 'https://localhost:1'].map((issuer, i) => ({
    ...{ id: `i${i}`, name: `I${i}`, issuer, clientID: 'c', clientSecret: 's', leas: 'all' as const },
  }));
  const away = await desk(t, { issuers, issuersPrivate: false });
  for (const { id } of issuers)
    t.match((await away.visit({ url: `/sign-in/with/${id}` })).body, /its address is private/, id);
  const open = await desk(t, { issuers, issuersPrivate: true });
  t.match((await open.visit({ url: '/sign-in/with/i0' })).body, /I0 cannot be reached/);
  t.equal((await open.visit({ url: '/sign-in/with/none' })).statusCode, 404);
  t.same(open.refusals(), ['CENR_SIGN_IN_ISSUER', 'CENR_SIGN_IN_UNKNOWN']);
});

t.test('another account with the same address is not the person', async (t) => {
  const { add, signIn, isIn, issuer, refusals } = await desk(t);
  await add();
  t.ok(await isIn((await signIn()).cookie));
  issuer.account = { ...issuer.account, sub: 'sam-2' };
  t.equal((await signIn()).answer.statusCode, 403);
  issuer.account = { ...issuer.account, sub: 'sam-1', email: 'rivera@lea.example.org' };
  t.ok(await isIn((await signIn()).cookie), 'with another address it is still theirs');
  t.same(refusals(), ['CENR_PERSON_OTHER']);
});

t.test('an issuer lets nobody in to LEAs that it is not bound to', async (t) => {
  const { add, signIn, issuer, refusals, isIn, config } = await desk(t);
  const given = { name: 'Eve', role: 'admin', email: EMAIL } as const;
  const random = new Uint8Array(PERSON_RANDOM_BYTES);
  for (const leas of ['all', [OTHER_LEA], [LEA, OTHER_LEA]] as const)
    t.throws(() => createPerson(issuer.entry, { ...given, leas }, NOW, random), /^people of .* cannot act for /);
  const person = await add({ leas: [LEA, OTHER_LEA] });
  t.throws(
    () => changePerson(issuer.entry, { ...person, leas: [LEA] }, { leas: [OTHER_LEA] }),
    /cannot act for 7654321/,
  );
  t.equal((await signIn()).answer.statusCode, 403, 'whatever the store says');
  t.same(refusals(), ['CENR_PERSON_FOREIGN']);
  Object.assign(issuer.entry, { leas: 'all' });
  const { cookie } = await signIn();
  t.ok(await isIn(cookie));
  Object.assign(issuer.entry, { leas: [LEA] });
  t.notOk(await isIn(cookie), 'nor does a session that began before last');
  t.equal(config.issuers.length, 1);
});

t.test('a session ends with what the person may', async (t) => {
  const { add, signIn, isIn, store, later } = await desk(t);
  const sam = await add();
  const idle = (await signIn()).cookie;
  later(21 * MINUTE);
  t.notOk(await isIn(idle));
  const changed = (await signIn()).cookie;
  const elsewhere = (await signIn()).cookie;
  t.ok(await isIn(changed));
  await store.replacePerson({ ...sam, subject: 'sam-1', role: 'auditor' });
  t.notOk(await isIn(changed));
  t.notOk(await isIn(elsewhere), 'in every browser');
  const removed = (await signIn()).cookie;
  t.ok(await isIn(removed));
  await store.replacePerson({ ...sam, subject: 'sam-1', removedAt: NOW.toISOString() });
  t.notOk(await isIn(removed));
  t.equal((await signIn()).answer.statusCode, 403);
});

t.test('signing out here signs out of the issuer too', async (t) => {
  const { add, signIn, isIn, visit, issuer, store } = await desk(t);
  await add();
  const signOut = async (cookie: string) => {
    const { body } = await visit({ url: '/', headers: { cookie } });
    const payload = new URLSearchParams({ token: tokenIn(body) }).toString();
    return visit({ method: 'POST', url: '/sign-out', headers: { ...FORM, cookie }, payload });
  };
  const { cookie } = await signIn();
  const kept = (await store.session(await hashOf(cookie)))?.sealed ?? '';
  t.ok(kept.length > 0);
  const answer = await signOut(cookie);
  t.notOk(await isIn(cookie));
  t.equal(answer.statusCode, 200);
  const address = /^0; url=(.+)$/.exec(String(answer.headers['refresh']))?.[1] ?? '';
  t.match(answer.body, 'Sign out of Valley Unified too');
  const back = await fetch(address, { redirect: 'manual' });
  t.equal(back.headers.get('location'), `${PUBLIC}/sign-in`);
  const hint = issuer.signedOut[0] ?? '';
  t.match(JSON.parse(Buffer.from(hint.split('.')[1] ?? '', 'base64url').toString()), { sub: 'sam-1' });
  t.notOk(Buffer.from(kept, 'base64url').includes(hint.slice(0, 20)), 'the store cannot read what the issuer said');

  issuer.keeps = true;
  const stays = (await signIn()).cookie;
  const local = await signOut(stays);
  t.notOk(await isIn(stays));
  t.equal(local.headers.location, '/sign-in', 'where the issuer has no such place, here');
});

const hashOf = async (cookie: string): Promise<string> => {
  const id = cookie.split('=')[1] ?? '';
  return Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(id))).toString('hex');
};

t.test('a key signs in beside issuers where the operator says so, and not otherwise', async (t) => {
  for (const keySignIn of [false, true]) {
    const { visit, key, isIn } = await desk(t, { keySignIn });
    const { body } = await visit({ url: '/sign-in' });
    t.equal(body.includes('name="key"'), keySignIn);
    t.match(body, 'Sign in with Valley Unified');
    const payload = new URLSearchParams({ key: key('vendor', [LEA]).authorization.slice(7) }).toString();
    const answer = await visit({ method: 'POST', url: '/sign-in', headers: FORM, payload });
    t.equal(answer.statusCode, keySignIn ? 303 : 403);
    const cookie = String(answer.headers['set-cookie'] ?? '').split(';')[0] ?? '';
    t.equal(await isIn(cookie), keySignIn);
  }
});

t.test('what a person looks at is entered as theirs, with the purpose that they said', async (t) => {
  const { add, signIn, visit, ask, key, app, config } = await desk(t);
  const sam = await add({ role: 'auditor' });
  await ask({
    method: 'POST',
    url: '/v1/uploads',
    headers: key('vendor', [LEA]),
    payload: line('SENR', { ssid: SSID }),
  });
  const payload = { reportingLEAs: [LEA], academicYear: '2023-2024' };
  const made = await ask({ method: 'POST', url: '/v1/extracts', headers: key('auditor', [LEA]), payload });
  await app.jobs.extract.idle();
  const { cookie } = await signIn();
  const student = `/extracts/${made.body.id}/students/${SSID}`;
  const entries = () =>
    readFileSync(join(config.storeDir, 'access.log'), 'utf8')
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text))
      .filter(({ keyId }) => keyId === sam.id);
  const send = (url: string, fields: Readonly<Record<string, string>>) =>
    visit({ method: 'POST', url, headers: { ...FORM, cookie }, payload: new URLSearchParams(fields).toString() });

  const page = await visit({ url: student, headers: { cookie } });
  t.equal(page.statusCode, 200);
  t.match(page.body, 'What do you look at students for?');
  t.ok(entries().length > 0);
  for (const entry of entries()) t.match(entry, { role: 'auditor', ssid: SSID, purpose: undefined });

  const token = tokenIn(page.body);
  t.equal((await send('/purpose', { purpose: 'x', from: student })).statusCode, 403, 'a form of another site');
  t.equal((await send('/purpose', { token, purpose: 'a\tb', from: student })).statusCode, 400);
  t.equal((await send('/purpose', { token, purpose: 'x'.repeat(201), from: student })).statusCode, 400);
  t.equal((await send('/purpose', { token, purpose: 'x', from: '//evil.example' })).headers.location, '/');
  const purpose = 'Prüfung <2024>';
  t.equal((await send('/purpose', { token, purpose, from: student })).headers.location, student);
  const before = entries().length;
  const again = await visit({ url: student, headers: { cookie } });
  t.notMatch(again.body, 'What do you look at students for?');
  t.match(again.body, '<summary>Purpose: Prüfung &#60;2024&#62;</summary>', 'it stands in the head');
  const after = entries().slice(before);
  t.ok(after.length > 0);
  for (const entry of after) t.match(entry, { ssid: SSID, purpose });
  const file = await visit({ url: `/extracts/${made.body.id}/file.txt`, headers: { cookie } });
  t.equal(file.statusCode, 200);
  t.match(entries().at(-1), { route: '/v1/extracts/:id/file', purpose });

  await send('/purpose', { token, purpose: '', from: '/' });
  const search = await visit({ url: `/extracts/${made.body.id}`, headers: { cookie } });
  t.match(search.body, '<label for="purpose">Purpose</label>', 'asked for beside the SSID');
  const found = await send(`/extracts/${made.body.id}/students`, { token, ssid: SSID, purpose: 'complaint' });
  t.equal(found.headers.location, student);
  await visit({ url: student, headers: { cookie } });
  t.match(entries().at(-1), { purpose: 'complaint' });
  await send(`/extracts/${made.body.id}/students`, { token, ssid: SSID, purpose: '' });
  await visit({ url: student, headers: { cookie } });
  t.match(entries().at(-1), { purpose: 'complaint' }, 'a blank field beside the SSID takes nothing back');
});
