import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import t from 'tap';

const PROJECT = resolve(import.meta.dirname, '../..');
/** Address of a markdown link, `[…](address)`. */
const LINK = /\]\(([^)\s]+)\)/g;

const pages = [
  ...readdirSync(PROJECT)
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(PROJECT, name)),
  ...readdirSync(join(PROJECT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(PROJECT, 'docs', name)),
  ...globSync('src/**/README.md', { cwd: PROJECT }).map((name) => join(PROJECT, name)),
].sort();

const withoutCode = (text: string): string => text.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '');

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(text: string): Set<string> {
  const headings = text.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.+)$/gm);
  return new Set(
    Array.from(headings, ([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

for (const page of pages)
  t.test(`the links of ${relative(PROJECT, page)} lead somewhere`, async (t) => {
    for (const [, address = ''] of withoutCode(readFileSync(page, 'utf8')).matchAll(LINK)) {
      if (/^[a-z]+:/.test(address)) continue;
      const [path = '', anchor] = address.split('#');
      const target = path === '' ? page : join(dirname(page), path);
      if (!existsSync(target)) t.fail(`${address}: there is no such file`);
      else if (anchor !== undefined && !anchorsOf(readFileSync(target, 'utf8')).has(anchor))
        t.fail(`${address}: there is no such heading`);
    }
    t.pass('all looked at');
  });
