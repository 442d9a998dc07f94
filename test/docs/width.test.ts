/** Prose is read in an editor and in a review: lines of at most 120 columns. Tables and code may be wider. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import t from 'tap';
import { wrapped } from '../../scripts/docs/wrapped.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const MOST_COLUMNS = 120;

const pages = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync(join(PROJECT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

const prose = (page: string): string[] =>
  page
    .replaceAll(/^ *```[\s\S]*?^ *```$/gm, '')
    .split('\n')
    .filter((line) => !/^ *(\||#|<)/.test(line));

for (const page of pages)
  t.test(`the lines of ${page} are short`, async (t) => {
    const long = prose(readFileSync(join(PROJECT, page), 'utf8')).filter((line) => line.length > MOST_COLUMNS);
    t.same(long, []);
  });

const WORDS = Array(40).fill('word').join(' ');

t.test('wrapping keeps what is no prose', async (t) => {
  const kept = ['# A', '', '| a | b |', '|---|---|', `| ${WORDS} | b |`, '', '```sh', WORDS, '```', ''].join('\n');
  t.equal(wrapped(kept), kept);
});

t.test('an item is indented as deep as its text', async (t) => {
  const [first = '', second = '', ...more] = wrapped(`  1. ${WORDS}`).split('\n');
  t.match(first, /^ {2}1\. word/);
  t.match(second, /^ {5}word/);
  t.same(more, []);
  t.ok(first.length <= MOST_COLUMNS && first.length + ' word'.length > MOST_COLUMNS);
});

t.test('no line begins with what would make a list, a heading or a quotation of it', async (t) => {
  for (const marker of ['-', '*', '+', '#', '1.', '>', '|']) {
    // 24 words and the blanks between them fill 119 columns: the marker is the first word of the next line.
    const text = `${Array(24).fill('word').join(' ')} ${marker} ${WORDS}`;
    t.notMatch(wrapped(text), new RegExp(`^\\${marker}`, 'm'), marker);
  }
});

t.test('wrapping again changes nothing', async (t) => {
  const once = wrapped(`${WORDS}\n\n* ${WORDS} \`${WORDS}\`\n  ${WORDS}\n* b\n`);
  t.equal(wrapped(once), once);
});
