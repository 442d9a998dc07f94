/**
 * The pages about changes that meet each other at a service, followed to the letter: what they show is what a person sees.
 * Blocks marked `refused` end with 2, those marked `warned` with 1; the text behind them is part of what is printed.
 */
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { RulebookTexts } from '#rulebook/load/load';
import { verify } from '#rulebook/load/load';
import { folder } from '../support/folders.ts';
import { run, serve, writeTexts } from './following.ts';
import { STORIES, textsAfter, textsBefore } from './stories.ts';

t.setTimeout(900_000);

const BLOCK = /^```(sh|text)(?: (refused|warned))?\n(.*?)^```$/gms;

/** Follows a page; gives the folder in which it was followed. */
async function followed(t: Test, page: string, folders: Readonly<Record<string, RulebookTexts>>): Promise<string> {
  const dir = folder(t);
  cpSync(STORIES, join(dir, 'docs/policy'), { recursive: true });
  for (const [name, texts] of Object.entries(folders)) writeTexts(join(dir, name), texts);
  const prepare = readFileSync(join(STORIES, 'README.md'), 'utf8').match(
    /^npx cenr (?:load|key add) .*--store data.*$/gm,
  );
  await run(dir, 'npx cenr sample --students 60 --seed 1 --last-year 2025 --out sample');
  for (const command of prepare ?? []) t.match(await run(dir, command), { code: 0 }, command);
  const address = await serve(t, dir);
  const drafts: string[] = [];
  const hashes = {
    OLD: verify(textsBefore('7-add-a-record-type')).hash,
    NEW: verify(textsAfter('7-add-a-record-type')).hash,
  };
  let printed = '';
  for (const [, kind, mark, text = ''] of readFileSync(join(STORIES, page), 'utf8').matchAll(BLOCK)) {
    if (kind === 'text') {
      t.ok(printed.includes(text.trim()), `${page} shows: ${text.trim()}\n${printed}`);
      continue;
    }
    for (const command of text.trim().split('\n')) {
      const typed = command
        .replace('FIRST', drafts[0] ?? '')
        .replace('SECOND', drafts[1] ?? '')
        .replace(/OLD|NEW/, (name) => hashes[name as 'OLD' | 'NEW']);
      const { code, out, err } = await run(dir, typed, { CENR_SERVICE: address, CENR_KEY: '' });
      printed = out + err;
      t.equal(code, mark === 'refused' ? 2 : mark === 'warned' ? 1 : 0, `${command}\n${printed}`);
      if (command.includes(' draft create ')) drafts.push(out.trim());
    }
  }
  return dir;
}

t.test('two drafts from one version', async (t) => {
  const dir = await followed(t, 'two-drafts.md', {
    first: textsAfter('1-retire-program-127'),
    second: textsAfter('2-foster-youth'),
  });
  const report = readFileSync(join(dir, 'second.md'), 'utf8');
  t.match(report, /^## Field 51 Foster Youth/m);
  t.notMatch(report, /^## Field 43/m, 'the first draft is not undone');
});

t.test('a record type and back', async (t) => {
  const dir = await followed(t, 'a-record-type-and-back.md', { 'my-change': textsAfter('7-add-a-record-type') });
  const bytes = (file: string): string => readFileSync(join(dir, file), 'utf8');
  t.match(bytes('with.txt'), /9999999101/);
  t.not(bytes('without.txt'), bytes('with.txt'), 'the version before says what it says');
  t.equal(bytes('again.txt'), bytes('with.txt'), 'and nothing is lost');
});
