import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import t from 'tap';
import { generatedFiles } from '../../scripts/docs/generated-files.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

// docs/mutation.md is made by trying more than a thousand rulebooks.
t.setTimeout(300_000);

for (const { path, text } of generatedFiles())
  t.test(`${path} is what \`npm run generate\` writes`, async (t) => {
    const generated = await text();
    t.equal(generated, await text(), 'the same sources give the same text');
    const file = join(PROJECT, path);
    t.ok(
      existsSync(file) && readFileSync(file, 'utf8') === generated,
      'the committed file is up to date; if not: npm run generate',
    );
  });
