import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import t from 'tap';
import { generatedFiles } from '../../scripts/docs/generated-files.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

t.setTimeout(900_000);

/** Made by trying more than a thousand rulebooks, and therefore compared where they are tried anyway. */
const COMPARED_BY: Readonly<Record<string, string>> = {
  'docs/mutation.md': 'test/authoring/mutants/mutation.test.ts',
};

for (const [path, test] of Object.entries(COMPARED_BY))
  t.ok(readFileSync(join(PROJECT, test), 'utf8').includes(`'${path}'`), `${test} compares ${path}`);

for (const { path, text } of generatedFiles().filter(({ path }) => COMPARED_BY[path] === undefined))
  t.test(`${path} is what \`npm run generate\` writes`, async (t) => {
    const generated = await text();
    t.equal(generated, await text(), 'the same sources give the same text');
    const file = join(PROJECT, path);
    t.ok(
      existsSync(file) && readFileSync(file, 'utf8') === generated,
      'the committed file is up to date; if not: npm run generate',
    );
  });
