/**
 * The rooms of the house are what docs/architecture.md says: its table "may import" is read here and held against every
 * import there is, both ways. An import that the table does not allow fails, and so does an entry that nothing uses.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import t from 'tap';

const PROJECT = resolve(import.meta.dirname, '..');
const PAGE = 'docs/architecture.md';

/** Folders that hold code and are no room of `src`: they import rooms, and no room imports them. */
const OUTSIDE = ['bench', 'scripts'];

interface Import {
  readonly file: string;
  readonly specifier: string;
}

/** The table of rooms, from the ground up: what each may import. */
function table(): Map<string, readonly string[]> {
  const rows = readFileSync(join(PROJECT, PAGE), 'utf8').matchAll(/^\| `(\w+)` \|[^|]*\|([^|]*)\|$/gm);
  return new Map(
    [...rows].map(([, room = '', may = '']) => [room, [...may.matchAll(/`(\w+)`/g)].map(([, name = '']) => name)]),
  );
}

const IMPORT = /^(?:import|export)\s[^;'=]*?\bfrom\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm;

function* importsOf(folder: string): Generator<Import> {
  for (const file of globSync(`${folder}/**/*.ts`, { cwd: PROJECT }).toSorted())
    for (const [, named, later] of readFileSync(join(PROJECT, file), 'utf8').matchAll(IMPORT))
      yield { file, specifier: named ?? later ?? '' };
}

const roomOf = (file: string): string => {
  const [top = '', room = ''] = file.split('/');
  return top === 'src' ? room : top;
};

/** The file that a specifier names, from the project's folder. */
const target = ({ file, specifier }: Import): string =>
  specifier.startsWith('#')
    ? `src/${specifier.slice(1)}.ts`
    : relative(PROJECT, resolve(PROJECT, dirname(file), specifier));

const imports = ['src', ...OUTSIDE]
  .flatMap((folder) => [...importsOf(folder)])
  .filter(({ specifier }) => /^#|^\..*\.ts$/.test(specifier));
const rooms = table();

t.test('every room has a row in the table, and a page of its own', async (t) => {
  const there = globSync('src/*', { cwd: PROJECT, withFileTypes: true }).filter((entry) => entry.isDirectory());
  t.same([...rooms.keys()].toSorted(), [...there.map(({ name }) => name), ...OUTSIDE].toSorted());
  for (const { name } of there) t.ok(existsSync(join(PROJECT, 'src', name, 'README.md')), `src/${name}/README.md`);
});

t.test('a room imports what its row allows, and every entry of the row is used', async (t) => {
  const used = new Map([...rooms.keys()].map((room) => [room, new Set<string>()]));
  for (const each of imports) {
    const [room, other] = [roomOf(each.file), roomOf(target(each))];
    if (other === room) continue;
    used.get(room)?.add(other);
    if (!rooms.get(room)?.includes(other))
      t.fail(`${each.file} imports ${target(each)}, which ${PAGE} does not allow "${room}"`);
  }
  for (const [room, may] of rooms)
    t.same(may.toSorted(), [...(used.get(room) ?? [])].toSorted(), `${room}: what it may import is what it does`);
});

t.test('rooms are listed from the ground up: each imports only what stands above it in the table', async (t) => {
  const order = [...rooms.keys()];
  for (const [room, may] of rooms)
    for (const other of may)
      t.ok(order.indexOf(other) < order.indexOf(room), `"${room}" stands below "${other}", which it imports`);
});

t.test('another room is reached by its name, the own room by a short path', async (t) => {
  const wrong = imports.filter((each) => {
    const to = target(each);
    if (!existsSync(join(PROJECT, to))) return true;
    const far = relative(dirname(each.file), to).startsWith('../../');
    return to.startsWith('src/') && each.specifier.startsWith('#') !== (roomOf(to) !== roomOf(each.file) || far);
  });
  t.same(wrong, []);
});

/** What is loaded when a file is: not what it takes only types from. */
const LOADED = /^import (?!type\b)[^;'=]*?\bfrom '([^']+)'/gm;

t.test('schemas are made for the service alone; below it and on the command line shapes are types', async (t) => {
  const loads = globSync('src/**/*.ts', { cwd: PROJECT })
    .filter((file) => roomOf(file) !== 'service')
    .flatMap((file) =>
      [...readFileSync(join(PROJECT, file), 'utf8').matchAll(LOADED)].map(([, specifier = '']) => ({
        file,
        specifier,
      })),
    );
  const shapes = new Set(loads.flatMap(({ file, specifier }) => (specifier === 'typebox' ? [file] : [])));
  t.ok(shapes.has('src/explain/explanation.ts'));
  t.same(
    loads.filter((each) => shapes.has(target(each)) && !shapes.has(each.file)),
    [],
    'import type, or the command line loads TypeBox',
  );
});

/** What only a process may know: everything below is given the moment, the settings and the framework's requests. */
const PROCESSES = ['service', 'pages', 'cli', ...OUTSIDE];
const OF_PROCESSES = [
  { what: 'a framework', found: /from '(fastify|@fastify\/[^']*|commander|pino|prom-client)'/ },
  { what: 'a clock', found: /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/ },
  { what: 'the environment', found: /\bprocess\.env\b/ },
];

t.test(
  'below the service, the pages and the command line nothing knows a framework, a clock or the environment',
  async (t) => {
    const below = globSync('src/**/*.ts', { cwd: PROJECT }).filter((file) => !PROCESSES.includes(roomOf(file)));
    for (const { what, found } of OF_PROCESSES)
      t.same(
        below.filter((file) => found.test(readFileSync(join(PROJECT, file), 'utf8'))),
        [],
        `files that know ${what}`,
      );
  },
);
