/** Versions over REST: what there is, when it took effect, its files, and extracts and evaluations with any of them. */
import t from 'tap';
import type { NewActivation } from '#publishing/activation';
import { shipped } from '../../support/histories.ts';
import { LEA, line, NOW, record, service, type TestService } from '../../support/service.ts';
import { saying, shippedTexts } from '../../support/versions.ts';

const AT = NOW.toISOString();
const days = (n: number): string => new Date(NOW.getTime() + n * 86_400_000).toISOString();
const person = (n: number) => ({ keyId: `key_${n}`, name: `Person ${n}` });
const published = (from: string): Omit<NewActivation, 'hash'> => ({
  from,
  how: 'published',
  createdAt: days(-3),
  by: person(2),
  author: person(1),
  approvers: [person(2)],
  reason: 'the page was updated',
  draft: 'draft_1',
});

/** Three publications: the shipped one between a former and one to come; and a version that never took effect. */
const former = saying('F', '2024-04-22');
const coming = saying('C', '2026-04-22');
const unused = saying('U', '2023-04-22');

async function fill({ app, store }: TestService): Promise<void> {
  await app.rules.take(former, { from: days(-2), how: 'files', createdAt: days(-3) });
  await app.rules.take(shipped, published(days(-1)));
  await app.rules.take(coming, published(days(1)));
  await store.keepRulebook(unused, AT);
}

const request = { reportingLEAs: [LEA], academicYear: '2023-2024' };
const programme = { educationProgramCode: '191', educationProgramMembershipStartDate: '20230815' };
const evaluation = { request, records: [record('SENR'), record('SPRG', programme)] };
const fortyOf = (evaluated: { rows: { homelessProgramEligible: string }[] }): string | undefined =>
  evaluated.rows[0]?.homelessProgramEligible;

t.test('all versions, when they took effect, and what is to come', async (t) => {
  const one = await service(t);
  await fill(one);
  for (const role of ['policy', 'auditor', 'vendor'] as const) {
    const { status, body, headers } = await one.ask({ url: '/v1/rulebook/versions', headers: one.key(role, [LEA]) });
    t.equal(status, 200, role);
    t.equal(headers['cenr-rulebook'], shipped.hash);
    const byHash = new Map(body.versions.map((version: { sha256: string }) => [version.sha256, version]));
    t.match(byHash.get(former.hash), {
      inEffect: false,
      publication: { updated: '2024-04-22' },
      activations: [{ from: days(-2), how: 'files' }],
    });
    t.match(byHash.get(shipped.hash), {
      inEffect: true,
      activations: [
        {
          from: days(-1),
          how: 'published',
          by: person(2),
          author: person(1),
          approvers: [person(2)],
          reason: 'the page was updated',
          draft: 'draft_1',
        },
      ],
    });
    t.match(byHash.get(unused.hash), { inEffect: false, activations: [] });
    t.match(body.scheduled, [{ rulebook: coming.hash, from: days(1) }]);
    t.equal(body.scheduled.length, 1);
    t.same(body.refused, []);
    const again = await one.ask({
      url: '/v1/rulebook/versions',
      headers: { ...one.key(role, [LEA]), 'if-none-match': headers['etag'] as string },
    });
    t.same([again.status, again.text], [304, '']);
  }
});

t.test('one version, its files, and the text of each', async (t) => {
  const one = await service(t);
  await fill(one);
  const headers = one.key('policy', 'all');
  const { body } = await one.ask({ url: `/v1/rulebook/versions/${former.hash}`, headers });
  t.match(body, {
    sha256: former.hash,
    version: shipped.about.version,
    links: { files: `/v1/rulebook/versions/${former.hash}/files` },
  });
  const files = await one.ask({ url: body.links.files, headers });
  t.match(files.headers, { 'cenr-rulebook': former.hash, etag: `"${former.hash}"` });
  t.same(
    files.body.files.map(({ path }: { path: string }) => path),
    shippedTexts.map(({ path }) => path),
  );
  for (const { path, sha256, bytes, link } of files.body.files.slice(-60, -55)) {
    const file = await one.ask({ url: link, headers });
    const source = former.files.find((f) => f.path === path);
    t.same([file.text, file.headers['etag'], Buffer.byteLength(file.text)], [source?.text, `"${sha256}"`, bytes], path);
    t.equal(
      (await one.ask({ url: link, headers: { ...headers, 'if-none-match': `W/"${sha256}", "other"` } })).status,
      304,
    );
  }
  const path = 'rules/fields/40-homeless-program-eligible.json';
  t.match((await one.ask({ url: `/v1/rulebook/versions/${former.hash}/files/${path}`, headers })).text, /"value": "F"/);
});

t.test('what is not there is not found, and where to look is said', async (t) => {
  const one = await service(t);
  await fill(one);
  const headers = one.key('policy', 'all');
  const none = '0'.repeat(64);
  const cases: [string, number, RegExp][] = [
    [none, 404, /GET \/v1\/rulebook\/versions lists/],
    [`${none}/files`, 404, /GET \/v1\/rulebook\/versions lists/],
    [`${none}/files/rules/rulebook.json`, 404, /GET \/v1\/rulebook\/versions lists/],
    [`${shipped.hash}/files/rules/nothing.json`, 404, /\/files lists its files/],
    [`${shipped.hash}/files/..%2f..%2fpackage.json`, 404, /\/files lists its files/],
    [`${shipped.hash}/files/__proto__`, 404, /\/files lists its files/],
    [shipped.hash.slice(0, 8), 400, /"hash".*pattern/],
  ];
  for (const [path, status, says] of cases) {
    const { body, ...answer } = await one.ask({ url: `/v1/rulebook/versions/${path}`, headers });
    t.equal(answer.status, status, path);
    t.match(JSON.stringify([body.detail, body.errors]).replaceAll('\\"', '"'), says);
  }
});

t.test('the access log names the version and the file that were asked for', async (t) => {
  const { readFileSync } = await import('node:fs');
  const { join } = await import('node:path');
  const one = await service(t);
  await one.ask({
    url: `/v1/rulebook/versions/${shipped.hash}/files/rules/rulebook.json`,
    headers: one.key('auditor', [LEA]),
  });
  const activation = JSON.parse(
    readFileSync(join(one.config.storeDir, 'access.log'), 'utf8').trimEnd().split('\n').at(-1) as string,
  );
  t.match(activation, {
    route: '/v1/rulebook/versions/:hash/files/*',
    rulebook: shipped.hash,
    file: 'rules/rulebook.json',
    status: 404,
  });
});

t.test('what did a publication say? One evaluation, with any version', async (t) => {
  const one = await service(t);
  await fill(one);
  const headers = one.key('policy', [LEA]);
  const cases: [object, string, string][] = [
    [{}, shipped.hash, 'Y'],
    [{ publication: '2024-04-22' }, former.hash, 'F'],
    [{ publication: '20260422' }, coming.hash, 'C'],
    [{ publication: '2023-04-22' }, unused.hash, 'U'],
    [{ rulebook: former.hash }, former.hash, 'F'],
    [{ rulebook: shipped.hash }, shipped.hash, 'Y'],
  ];
  for (const [named, hash, value] of cases) {
    const answer = await one.ask({
      method: 'POST',
      url: '/v1/evaluations?explain=true',
      headers,
      payload: { ...evaluation, ...named },
    });
    t.same(
      [answer.status, answer.headers['cenr-rulebook'], fortyOf(answer.body)],
      [200, hash, value],
      JSON.stringify(named),
    );
    t.match(answer.body.explanations[0].secondOpinion, { agree: true });
    const stream = await one.ask({
      method: 'POST',
      url: '/v1/evaluations',
      headers: { ...headers, 'content-type': 'application/x-ndjson' },
      payload: `${JSON.stringify({ request, ...named })}\n${JSON.stringify({ records: evaluation.records })}\n`,
    });
    t.same(
      [stream.headers['cenr-rulebook'], fortyOf(JSON.parse(stream.text.split('\n')[0] as string))],
      [hash, value],
      'a stream',
    );
  }
});

t.test('an extract with any version keeps to it', async (t) => {
  const one = await service(t);
  await fill(one);
  const headers = one.key('vendor', [LEA]);
  await one.ask({
    method: 'POST',
    url: '/v1/uploads',
    headers,
    payload: [line('SENR'), line('SPRG', programme)].join('\n'),
  });
  for (const [named, hash, value] of [
    [{ publication: '2024-04-22' }, former.hash, 'F'],
    [{ rulebook: unused.hash }, unused.hash, 'U'],
    [{}, shipped.hash, 'Y'],
  ] as const) {
    const accepted = await one.ask({ method: 'POST', url: '/v1/extracts', headers, payload: { ...request, ...named } });
    t.match(accepted, { status: 202, headers: { 'cenr-rulebook': hash }, body: { rulebook: hash, request } });
    t.same(accepted.body.request, request, 'a version is no part of whose rows are asked for');
    await one.app.jobs.extract.idle();
    const done = (await one.ask({ url: accepted.body.links.self, headers })).body;
    t.match(done, { status: 'Complete', rulebook: hash });
    t.equal((await one.ask({ url: done.links.file, headers })).text.split('^')[39], value);
    t.equal((await one.ask({ url: done.links.manifest, headers })).body.rulebook.sha256, hash);
  }
});

t.test('a version that is not kept is refused with a list of those that are', async (t) => {
  const one = await service(t);
  await fill(one);
  const headers = one.key('vendor', [LEA]);
  const kept = new RegExp(`kept are .*${former.hash} \\(publication of 2024-04-22\\)`);
  const cases: [object, string, RegExp][] = [
    [{ rulebook: '0'.repeat(64) }, '/rulebook', kept],
    [{ publication: '1999-01-01' }, '/publication', kept],
    [{ rulebook: shipped.hash.slice(0, 8) }, '/rulebook', /expected the SHA-256 of a version: 64 hexadecimal digits/],
    [{ publication: 'last' }, '/publication', /expected the day on which the page was updated/],
    [
      { publication: '2024-04-22', rulebook: former.hash },
      '/publication',
      /give "rulebook" or "publication", not both/,
    ],
  ];
  for (const [named, pointer, message] of cases) {
    const answers = [
      await one.ask({ method: 'POST', url: '/v1/evaluations', headers, payload: { ...evaluation, ...named } }),
      await one.ask({ method: 'POST', url: '/v1/extracts', headers, payload: { ...request, ...named } }),
      await one.ask({
        method: 'POST',
        url: '/v1/evaluations',
        headers: { ...headers, 'content-type': 'application/x-ndjson' },
        payload: `${JSON.stringify({ request, ...named })}\n`,
      }),
    ];
    for (const { status, body } of answers)
      t.match({ status, errors: body.errors }, { status: 400, errors: [{ pointer, message }] }, JSON.stringify(named));
  }
  t.equal((await one.store.forLEAs('all').jobs('extract').list({ limit: 9 })).length, 0);
});
