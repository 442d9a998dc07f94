/** E-mail when an extract has ended: what is sent, to whom, how often, and what is refused. */
import t, { type Test } from 'tap';
import { isEmailAddress } from '#base/email-address';
import { configFrom, unknownVariables } from '#service/environment';
import { FACTOR, FIRST_PAUSE, TRIES } from '#service/outbox/outbox';
import { mailServer } from '../../support/mail-server.ts';
import { LEA, line, NOW, service, type TestService } from '../../support/service.ts';

t.setTimeout(900_000);

const SSID = '9912345678';
const ADDRESS = 'sam@lea.example.org';
const PUBLIC = 'https://cenr.example.org';
const FROM = 'cenr@example.org';

/** A service with a mail server, a clock that is moved by hand, and students. */
async function mailing(t: Test, storeDir?: string) {
  const server = await mailServer(t);
  const time = { now: NOW };
  const config = { smtpURL: server.url, mailFrom: FROM, publicURL: PUBLIC };
  const one = await service(t, config, () => ({ clock: () => time.now }), storeDir);
  const headers = one.key('vendor', [LEA], 'Sam', ADDRESS);
  if (storeDir === undefined)
    await one.ask({ method: 'POST', url: '/v1/uploads', headers, payload: line('SENR', { ssid: SSID }) });
  const pass = async (ms: number): Promise<void> => {
    time.now = new Date(time.now.getTime() + ms);
    one.app.outbox.wake();
    await one.app.outbox.idle();
  };
  return { ...one, server, headers, time, pass };
}

const REQUEST = { reportingLEAs: [LEA], academicYear: '2023-2024' };

const request = ({ ask }: TestService, headers: object, more: object = {}) =>
  ask({ method: 'POST', url: '/v1/extracts', headers: { ...headers }, payload: { ...REQUEST, ...more } });

t.test(
  'whoever requested an extract gets an e-mail when it is ready, without a file and without students',
  async (t) => {
    const one = await mailing(t);
    const { ask, app, headers, server } = one;
    const asked = await request(one, headers, { emailWhenDone: true, name: 'Fall check.txt' });
    t.match(asked, { status: 202, body: { emailWhenDone: true, name: 'Fall check.txt' } });
    const { id } = asked.body;
    await app.jobs.extract.idle();
    await app.outbox.idle();
    const [mail, ...more] = server.mails;
    t.same(more, []);
    t.match(mail, { from: FROM, to: [ADDRESS] });
    const sent = mail?.text ?? '';
    for (const part of [
      'From: cenr@example.org',
      `To: ${ADDRESS}`,
      'Subject: The extract Fall check is ready',
      `Id: ${id}`,
      `${PUBLIC}/extracts/${id}`,
    ])
      t.ok(sent.includes(part), part);
    t.match(sent, /^Message-ID: <msg_\w+@example\.org>/m);
    t.notMatch(sent, /attachment|multipart|filename/i, 'no file');
    t.notMatch(sent, /99\d{8}/, 'no SSID');
    t.notMatch(sent, /\b\d+ rows?\b/, 'no counts');
    const { body } = await ask({ url: `/v1/extracts/${id}`, headers });
    t.match(body.deliveries, [
      { way: 'email', to: ADDRESS, state: 'delivered', tries: 1, deliveredAt: NOW.toISOString(), nextTry: undefined },
    ]);
    t.match((await ask({ url: `/v1/extracts/${id}/file`, headers })).headers, {
      'content-disposition': 'attachment; filename="Fall check.txt"',
    });
  },
);

t.test('an extract that failed is told of; one that was cancelled, or is nobody’s to wait for, is not', async (t) => {
  const server = await mailServer(t);
  const config = { smtpURL: server.url, mailFrom: FROM, publicURL: PUBLIC };
  const gate = Promise.withResolvers<void>();
  const one = await service(t, config, () => ({
    writeExtract: async () => {
      await gate.promise;
      throw new Error(`no room for ${SSID}`);
    },
  }));
  const headers = one.key('vendor', [LEA], 'Sam', ADDRESS);
  await request(one, headers);
  const failing = (await request(one, headers, { emailWhenDone: true })).body;
  const cancelled = (await request(one, headers, { emailWhenDone: true })).body;
  await one.ask({ method: 'DELETE', url: cancelled.links.self, headers });
  gate.resolve();
  await one.app.jobs.extract.idle();
  await one.app.outbox.idle();
  t.equal(server.mails.length, 1);
  t.match(server.mails[0]?.text, new RegExp(`Subject: The extract CENR_\\S+ failed\\r\\n[^]*${failing.id}`));
  t.notMatch(server.mails[0]?.text, /99\d{8}/);
});

t.test('what a mail server refuses is tried again with growing pauses, as the same mail, then given up', async (t) => {
  const one = await mailing(t);
  const { ask, app, headers, server, pass, log } = one;
  server.refuses = true;
  const { body } = await request(one, headers, { emailWhenDone: true });
  const deliveries = async () => (await ask({ url: `/v1/extracts/${body.id}`, headers })).body.deliveries[0];
  await app.jobs.extract.idle();
  await app.outbox.idle();
  const first = await deliveries();
  t.match(first, { state: 'waiting', tries: 1, failure: 'the mail server answered 451' });
  await pass(FIRST_PAUSE - 1);
  t.equal((await deliveries()).tries, 1, 'not before its time');
  await pass(1);
  for (let n = 2; n < TRIES; n++) {
    t.match(await deliveries(), { id: first.id, state: 'waiting', tries: n }, `try ${n}`);
    await pass(FIRST_PAUSE * FACTOR ** (n - 1));
  }
  t.match(await deliveries(), { id: first.id, state: 'not delivered', tries: TRIES, nextTry: undefined });
  server.refuses = false;
  await pass(FIRST_PAUSE * FACTOR ** TRIES);
  t.same(server.mails, [], 'what was given up is not tried again');
  t.ok(log.some((entry) => entry.includes(first.id) && entry.includes('given up')));
  t.notMatch(log.join(''), new RegExp(`${ADDRESS}|${SSID}`), 'no address and no student in the log');
});

t.test('no e-mail goes to a key that was revoked meanwhile', async (t) => {
  const one = await mailing(t);
  const { app, store, headers, server, pass, ask } = one;
  server.refuses = true;
  const { body } = await request(one, headers, { emailWhenDone: true });
  await app.jobs.extract.idle();
  await app.outbox.idle();
  server.refuses = false;
  const [key] = await store.keys();
  await store.revokeKey(key?.id ?? '', NOW.toISOString());
  await pass(FIRST_PAUSE);
  t.same(server.mails, []);
  t.match((await ask({ url: `/v1/extracts/${body.id}`, headers: one.key('auditor', [LEA]) })).body.deliveries, [
    { state: 'not delivered', failure: 'the key was revoked' },
  ]);
});

t.test('an e-mail that cannot be sent is refused with a sentence, and so is an address in the request', async (t) => {
  const one = await mailing(t);
  const { ask, app, headers, server } = one;
  const refused = async (at: TestService, who: object, more: object): Promise<string> => {
    const { status, body } = await request(at, who, more);
    t.equal(status, 400);
    return body.errors[0].message;
  };
  const without = one.key('vendor', [LEA], 'nobody');
  t.match(
    await refused(one, without, { emailWhenDone: true }),
    /^your key has no e-mail address; ask whoever gave it to you/,
  );
  const silent = await service(t);
  const sam = silent.key('vendor', [LEA], 'Sam', ADDRESS);
  t.match(await refused(silent, sam, { emailWhenDone: true }), /sends no e-mail; .*mail server/);
  t.match(await refused(one, headers, { emailWhenDone: 'evil@example.org' }), /boolean/);
  t.match(await refused(one, headers, { email: 'evil@example.org' }), /unknown key "email"/);
  for (const name of ['x\r\nBcc: evil@example.org', '', '.', '../x', 'a"b', 'a/b', `of ${SSID}`, 'x'.repeat(101), 'ñ'])
    t.match(await refused(one, headers, { emailWhenDone: true, name }), /found/, JSON.stringify(name));
  await app.jobs.extract.idle();
  t.same(server.mails, []);
  t.same((await ask({ url: '/v1/extracts', headers })).body.extracts, [], 'nothing of it was requested');
});

t.test('one address of a strict form; a store that holds another sends nothing', async (t) => {
  for (const good of [ADDRESS, "m.o'brien+cenr@k12.ca.us", 'a@b-c.example']) t.ok(isEmailAddress(good), good);
  const evil = [
    'a@x.org\r\nBcc: evil@x.org',
    'a@x.org, evil@x.org',
    'a@x.org;evil@x.org',
    'A <a@x.org>',
    'a@x.org\n',
    '',
  ];
  for (const bad of [
    ...evil,
    'g: evil@x.org;',
    'a@localhost',
    'a b@x.org',
    '"a"@x.org',
    'a@[127.0.0.1]',
    'a%b@x.org@y.org',
  ])
    t.notOk(isEmailAddress(bad), JSON.stringify(bad));
  const one = await mailing(t);
  const { app, ask, server } = one;
  for (const [n, email] of evil.slice(0, -1).entries()) {
    const headers = one.key('vendor', [LEA], `evil ${n}`, email);
    const { body } = await request(one, headers, { emailWhenDone: true });
    await app.jobs.extract.idle();
    await app.outbox.idle();
    t.match((await ask({ url: `/v1/extracts/${body.id}`, headers })).body.deliveries, [{ state: 'not delivered' }]);
  }
  t.same(server.mails, []);
});

t.test('what ended while the service was down is told after its start, once', async (t) => {
  const one = await mailing(t);
  const { app, store, headers, config } = one;
  one.server.refuses = true;
  const { body } = await request(one, headers, { emailWhenDone: true });
  await app.jobs.extract.idle();
  await app.close();
  t.equal((await store.outbox.due('9', 9)).length, 1);
  await one.stopLog();
  const next = await mailing(t, config.storeDir);
  await next.pass(FIRST_PAUSE);
  t.equal(next.server.mails.length, 1);
  t.ok(next.server.mails[0]?.text.includes(body.id));
  await next.pass(FIRST_PAUSE * FACTOR ** TRIES);
  t.equal(next.server.mails.length, 1);
});

t.test('settings of e-mail are refused when they cannot be used, without showing a password', (t) => {
  const good = {
    CENR_SMTP_URL: 'smtps://u:secret@mail.example.org',
    CENR_MAIL_FROM: FROM,
    CENR_PUBLIC_URL: `${PUBLIC}/`,
  };
  t.same(configFrom(good), { smtpURL: good.CENR_SMTP_URL, mailFrom: FROM, publicURL: PUBLIC });
  t.same(unknownVariables({ ...good, CENR_WEBHOOK_PRIVATE: 'allow' }), []);
  for (const [change, message] of [
    [{ CENR_SMTP_URL: 'http://u:secret@mail.example.org' }, /^CENR_SMTP_URL is of another form than smtps:/],
    [{ CENR_MAIL_FROM: 'a@x.org, b@x.org' }, /CENR_MAIL_FROM is "a@x.org, b@x.org"; expected an e-mail address/],
    [{ CENR_PUBLIC_URL: 'cenr.example.org' }, /CENR_PUBLIC_URL is "cenr.example.org"; expected an origin/],
    [{ CENR_PUBLIC_URL: '' }, /CENR_PUBLIC_URL is missing/],
    [{ CENR_MAIL_FROM: '' }, /CENR_MAIL_FROM is missing/],
    [{ CENR_WEBHOOK_PRIVATE: 'yes' }, /CENR_WEBHOOK_PRIVATE is "yes"; expected allow/],
  ] as const)
    t.throws(() => configFrom({ ...good, ...change }), { message });
  try {
    configFrom({ ...good, CENR_SMTP_URL: 'http://u:secret@mail.example.org' });
  } catch (error) {
    t.notMatch((error as Error).message, /secret/);
  }
  t.end();
});
