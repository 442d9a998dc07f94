/**
 * Every story of `docs/policy` from draft to publication and back again, over REST, by its files alone: a folder is sent
 * in one call, checked, looked at and approved by somebody else, published; its students are uploaded; the version
 * before is restored, then the new one, then the one before. Each version makes the same bytes whenever it is in effect.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { verify } from '#rulebook/load/load';
import { type Desk, desk } from '../support/desk.ts';
import { shipped } from '../support/histories.ts';
import { type Answer, LEA } from '../support/service.ts';
import { readStory, STORIES, storyNames, textsAfter } from './stories.ts';

t.setTimeout(900_000);

const REQUEST = { reportingLEAs: [LEA], from: '2015-07-01', through: '2035-06-30' };

/** An extract by the rules that are in effect: its bytes, and the hash of the rules. */
async function extracted({ ask, app, auditor }: Desk): Promise<{ text: string; rulebook: unknown }> {
  const made = await ask({ method: 'POST', url: '/v1/extracts', headers: auditor, payload: REQUEST });
  await app.jobs.extract.idle();
  const { text, headers } = await ask({ url: `${made.headers['location']}/file`, headers: auditor });
  return { text, rulebook: headers['cenr-rulebook'] };
}

/** The file of records that comes with a story. */
const studentsFile = (name: string): string =>
  readdirSync(join(STORIES, name)).find((file) => file.endsWith('.txt')) ?? 'students.txt';

async function followed(t: Test, name: string): Promise<void> {
  const at = await desk(t);
  const { ask, key, author, approver, step, begin, look } = at;
  const texts = textsAfter(name);
  const { hash } = verify(texts);
  const ok = async (what: string, asked: Promise<Answer>): Promise<Answer> => {
    const answer = await asked;
    t.ok(answer.status < 300, `${what}: ${answer.text.slice(0, 500)}`);
    return answer;
  };
  const draft = await begin(name);
  await ok('the folder is sent', step(draft, 'PUT', '/files', author, { files: texts }));
  await ok('the draft is checked', ask({ method: 'POST', url: `${draft}/check`, headers: author }));
  await look(draft, approver);
  await ok('it is submitted', step(draft, 'POST', '/submit', author));
  await ok('it is approved', step(draft, 'POST', '/approve', approver));
  await ok('it is published', step(draft, 'POST', '/publish', author));
  const payload = readStory(name, studentsFile(name));
  await ok(
    'its students are uploaded',
    ask({ method: 'POST', url: '/v1/uploads?reportingLEA=all', headers: key('vendor', 'all'), payload }),
  );

  const restored = async (version: string): Promise<{ text: string; rulebook: unknown }> => {
    const url = `/v1/rulebook/versions/${version}/restore`;
    await ok(
      'a version is restored',
      ask({ method: 'POST', url, headers: author, payload: { reason: 'To compare.' } }),
    );
    return extracted(at);
  };
  const now = await extracted(at);
  t.equal(now.rulebook, hash);
  const before = await restored(shipped.hash);
  t.equal(before.rulebook, shipped.hash);
  t.same(await restored(hash), now, 'the new version again');
  t.same(await restored(shipped.hash), before, 'and the one before');
  t.ok(now.text.length > 0 && before.text.length > 0);
}

for (const name of storyNames) t.test(name, (t) => followed(t, name));
