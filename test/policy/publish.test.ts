/**
 * What `docs/policy/README.md` says under "Have it approved, and publish it", followed to the letter with the change of
 * story 1, and then story 6 with the old version beside the new one. The other stories give the same commands.
 *
 *     CENR_UPDATE=1 node test/policy/publish.test.ts
 *
 * writes the hashes of the versions anew where the pages show them.
 */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { verify } from '#rulebook/load/load';
import type { Ran } from '../cli/cenr.ts';
import { shippedTexts } from '../rulebook/texts.ts';
import { folder } from '../support/folders.ts';
import { commandsIn, run, serve, writeTexts } from './following.ts';
import { readStory, STORIES, storyNames, textsAfter } from './stories.ts';

t.setTimeout(900_000);

const HEADING = /^## (?:6 )?Have it approved, and publish it$/m;
const FOLLOWED = '1-retire-program-127';
const NEW_PUBLICATION = '6-new-publication';

const readme = (): string => readFileSync(join(STORIES, 'README.md'), 'utf8');
const from = (page: string): string => page.slice(HEADING.exec(page)?.index);
const commandsOf = (page: string): string[] => commandsIn(from(page));

/**
 * Takes a folder and the address of a service; gives a function that runs a command as a page writes it, with the draft
 * that was made last.
 */
function shell(dir: string, service: string): (command: string) => Promise<Ran> {
  let draft = '';
  return async (command) => {
    const ran = await run(
      dir,
      command.replace(/DRAFT|draft_[0-9a-z]{10,}/, () => draft),
      { CENR_SERVICE: service, CENR_KEY: '' },
    );
    if (command.includes(' draft create ')) draft = ran.out.trim();
    return ran;
  };
}

t.test('the versions that the pages show are those there are', async (t) => {
  const shown = ['files {6}', 'made from {2}'].map(
    (label) => new RegExp(`^ {2}${label}([0-9a-f]{64})$`, 'm').exec(readme())?.[1] ?? '',
  );
  const now = [verify(textsAfter(FOLLOWED)).hash, verify(shippedTexts).hash];
  if (process.env['CENR_UPDATE'] === '1')
    for (const page of ['README.md', `${NEW_PUBLICATION}/README.md`]) {
      let words = readFileSync(join(STORIES, page), 'utf8');
      for (const [i, hash] of shown.entries()) {
        const is = now[i] as string;
        words = words.replaceAll(hash, is).replaceAll(hash.slice(0, 8), is.slice(0, 8));
      }
      writeFileSync(join(STORIES, page), words);
    }
  else t.same(shown, now, 'SHA-256 after and before the change; if they differ: CENR_UPDATE=1');
  t.match(readStory(NEW_PUBLICATION, 'README.md'), `--rules ${(now[1] as string).slice(0, 8)} --out`);
});

t.test('every story gives the same steps, with its own title, reason and request', async (t) => {
  const steps = (name: string): string[] => commandsOf(readStory(name, 'README.md')).slice(0, 8);
  const bare = (command: string): string => command.replace(/--title .*/, '').replace(/--lea .*/, '');
  for (const name of storyNames) t.same(steps(name).map(bare), steps(FOLLOWED).map(bare), name);
});

t.test('followed to the letter', async (t) => {
  const dir = folder(t);
  cpSync(STORIES, join(dir, 'docs/policy'), { recursive: true });
  writeTexts(join(dir, 'my-change'), textsAfter(FOLLOWED));
  const done = async (shell: (command: string) => Promise<Ran>, command: string): Promise<string> => {
    const { code, out, err } = await shell(command);
    t.equal(code, 0, `${command}\n${err}`);
    return out;
  };
  const commands = commandsOf(readme()).filter((command) => !command.includes('--watch'));
  const started = commands.findIndex((command) => command.includes(' serve '));
  t.ok(started > 0, 'the service is started');
  const offline = shell(dir, '');
  await done(offline, 'npx cenr sample --students 200 --seed 1 --last-year 2025 --out sample');
  for (const command of commands.slice(0, started)) await done(offline, command);
  const extract = 'npx cenr extract --store data --lea 9900001 --academic-year 2023-2024 --run-date 2024-07-15 --out';
  await done(offline, `${extract} before.txt`);

  const address = await serve(t, dir);
  const online = shell(dir, address);
  for (const command of commands.slice(started + 1)) {
    if (command.includes(' approve '))
      t.match(await online(command.replace('approver.key', 'author.key')), { code: 2, err: /You wrote this draft\./ });
    const out = await done(online, command);
    if (command.includes(' versions '))
      t.match(out, new RegExp(`^${verify(textsAfter(FOLLOWED)).hash} .*, in effect$`, 'm'));
  }
  t.match(
    await online('npx cenr rules versions --key author.key'),
    { out: new RegExp(`^${verify(shippedTexts).hash} .*, in effect$`, 'm') },
    'restored',
  );

  const answer = await fetch(`${address}/v1/evaluations`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${readFileSync(join(dir, 'author.key'), 'utf8').trim()}`,
      'content-type': 'application/json',
    },
    body: readFileSync(join(STORIES, 'student.json')),
  });
  t.equal(answer.headers.get('cenr-rulebook'), verify(shippedTexts).hash, 'the publication of 2025-04-22');
  t.match(await answer.json(), { rows: [{ transitionalKindergarten: 'Y' }] });

  writeTexts(join(dir, 'my-change'), textsAfter(NEW_PUBLICATION));
  for (const command of commandsOf(readStory(NEW_PUBLICATION, 'README.md'))) await done(online, command);
  const bytes = (file: string): string => readFileSync(join(dir, file), 'utf8');
  t.equal(
    bytes('old.txt'),
    bytes('before.txt'),
    'the old version, by its hash, writes the very bytes that it wrote before',
  );
  t.equal(bytes('new-with-50.txt'), bytes('before.txt'), 'and so does the new one with 50 columns');
  t.same(
    new Set(
      bytes('new.txt')
        .split('\r\n')
        .slice(0, -1)
        .map((line) => line.split('^').length),
    ),
    new Set([51]),
  );
});
