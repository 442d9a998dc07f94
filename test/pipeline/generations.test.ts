/** What the state's files looked like keeps to its grammar, and names columns that there are. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readGenerations } from '#pipeline/generations';
import { knownForms } from '#reconcile/generations';
import { folder } from '../support/folders.ts';
import { shipped } from '../support/histories.ts';

const SHIPPED = new URL('../../schemas/generations.json', import.meta.url);

t.test('the shipped file', (t) => {
  const generations = readGenerations();
  const keys = new Set(shipped.schemas.output.columns.map(({ key }) => key));
  const named = [
    ...Object.keys(generations.digits),
    ...generations.zerosMayBeLost,
    generations.academicYear,
    ...Object.values(generations.generations).flatMap(({ columns }) =>
      columns.flatMap((item) => (typeof item === 'string' ? [item] : [item.from, item.through])),
    ),
  ];
  t.same(
    named.filter((key) => !keys.has(key)),
    [],
  );
  const widths = new Set(knownForms(shipped.schemas.output, generations).map(({ columns }) => columns.length));
  for (const name of Object.keys(generations.generations)) t.ok(widths.has(Number(name)), `${name} columns`);
  t.end();
});

t.test('what the grammar does not know is refused, each place by name', (t) => {
  const path = join(folder(t), 'generations.json');
  const broken = {
    ...JSON.parse(readFileSync(SHIPPED, 'utf8')),
    shoeSize: 1,
    digits: { ssid: 'ten' },
    generations: { '35': { says: '', columns: [] } },
  };
  writeFileSync(path, JSON.stringify(broken));
  for (const place of [
    /shoeSize/,
    /\/digits\/ssid must be integer/,
    /\/generations\/35\/says/,
    /\/generations\/35\/columns/,
  ])
    t.throws(() => readGenerations(path), place);
  t.end();
});
