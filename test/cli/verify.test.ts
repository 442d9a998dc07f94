/**
 * `cenr verify` from end to end: an extract made again to the byte, and for whatever was changed in between, a sentence
 * that names it.
 */
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { leavesIn } from '#audit/leaves';
import { type Manifest, manifestBytes, readManifest } from '#audit/manifest';
import { proofOf } from '#audit/proof';
import { type ExtractSecret, extractSecret, readSecret } from '#audit/secret';
import { newSigningKey, signedManifest } from '#audit/signature';
import { saltOf } from '#base/leaf-hasher';
import { leafHash, rootOf } from '#base/merkle';
import { SHIPPED_RULES } from '#rulebook/load/load';
import { folder } from '../support/folders.ts';
import { cenr, cenrProcess, type Ran } from './cenr.ts';

// Some dozens of processes, which a busy machine starts slowly.
t.setTimeout(900_000);

const REQUEST = ['--lea', 'all', '--academic-year', '2023-2024', '--run-date', '2024-07-15'];
const read = (path: string): string => readFileSync(path, 'utf8');

interface Made {
  readonly dir: string;
  readonly sample: string;
  readonly out: string;
  readonly manifest: string;
  readonly trace: string;
}

/** A sample of students and its extract, with a trace. */
async function made(t: Test, ...more: readonly string[]): Promise<Made> {
  const dir = folder(t);
  const sample = join(dir, 'sample');
  const out = join(dir, 'cenr.txt');
  const trace = join(dir, 'trace.ndjson.gz');
  await cenr('sample', '--students', '60', '--seed', '5', '--out', sample);
  const ran = await cenr('extract', ...(more.length > 0 ? more : [sample]), ...REQUEST, '--out', out, '--trace', trace);
  t.equal(ran.code, 0, ran.err);
  t.match(ran.err, `\ntrace         ${trace}\nmanifest      ${out}.manifest.json\n`);
  if (more.length === 0) t.match(ran.err, `\nsecret        ${out}.secret\n`);
  return { dir, sample, out, trace, manifest: `${out}.manifest.json` };
}

/** @param names whether the sentence may name the student of a row: it is printed to whoever has the file */
const differs = (t: Test, ran: Ran, sentence: RegExp, what: string, names = false): void => {
  t.equal(ran.code, 1, what);
  t.match(ran.out, sentence, `${what}: a sentence`);
  t.match(ran.out, /^differs: [^\n]+\n$/);
  t.equal(ran.err, '', what);
  if (!names) t.notMatch(ran.out, /(?<![0-9a-f])99\d{8}(?![0-9a-f])/, `${what}: no student is named`);
};

const secretIn = (out: string, manifest: string): ExtractSecret =>
  extractSecret(readSecret(read(`${out}.secret`), out), readManifest(readFileSync(manifest)));

const saltedLeaves = (rows: readonly string[], traces: readonly string[], { saltKey }: ExtractSecret): Buffer =>
  Buffer.concat(
    rows.map((row, i) => {
      const line = traces[i] as string;
      return leafHash(row, line, saltOf(saltKey, row, line));
    }),
  );

t.test('from files: made again to the byte, wherever the files are now and however they are given', async (t) => {
  const { dir, sample, out, trace, manifest } = await made(t);
  const said = readManifest(readFileSync(manifest));
  t.equal(said.rows, read(out).split('\r\n').length - 1);
  t.equal(
    said.rows,
    gunzipSync(readFileSync(trace)).toString().split('\n').length - 1,
    'a line of the trace for each row',
  );
  const moved = join(dir, 'elsewhere');
  cpSync(sample, moved, { recursive: true });
  renameSync(join(moved, 'SELA.txt'), join(moved, 'last.txt'));
  const [again, fromElsewhere] = await Promise.all([
    cenrProcess('verify', manifest, sample),
    cenr(
      'verify',
      manifest,
      ...readdirSync(moved)
        .map((name) => join(moved, name))
        .reverse(),
      '--file',
      out,
      '--rules',
      SHIPPED_RULES,
    ),
  ]);
  const same = `byte-identical: ${said.rows} rows, their trace and the Merkle root are those of the manifest\n`;
  const keep = `the manifest is not signed\nkeep the SHA-256 of the manifest in another place: ${said.sha256}\n`;
  t.match(again, { code: 0, out: same + keep, err: '' });
  t.match(fromElsewhere, { code: 0, out: `${same}"${out}" is that extract\n${keep}` });
});

t.test(
  'from files: an extract that is written into their folder is no input of itself, nor is what stands beside it',
  async (t) => {
    const dir = folder(t);
    await cenr('sample', '--students', '20', '--seed', '5', '--out', dir);
    const [out, trace, problems] = ['cenr.txt', 'cenr.trace.ndjson', 'problems.ndjson'].map((name) =>
      join(dir, name),
    ) as [string, string, string];
    // As a process leaves it that is killed.
    writeFileSync(join(dir, 'other.txt.partial-1'), read(join(dir, 'SENR.txt')));
    const extract = () => cenr('extract', dir, ...REQUEST, '--out', out, '--trace', trace, '--problems', problems);
    for (const time of ['first', 'second']) {
      t.equal((await extract()).code, 0);
      t.match(
        readManifest(readFileSync(`${out}.manifest.json`)).inputs,
        { files: ['MEPS', 'SELA', 'SENR', 'SINF', 'SPRG', 'SWDS'].map((type) => ({ name: `${type}.txt` })) },
        `the ${time} time`,
      );
      t.match(await cenr('verify', `${out}.manifest.json`, dir, '--file', out), { code: 0, out: /^byte-identical/ });
    }
  },
);

t.test('from files: what has changed is named', async (t) => {
  const { dir, sample, out, manifest } = await made(t);
  const said = readManifest(readFileSync(manifest));
  const withChange = (name: string, change: (folder: string) => void): string => {
    const copy = join(dir, name);
    cpSync(sample, copy, { recursive: true });
    change(copy);
    return copy;
  };
  const changed = withChange('changed', (folder) =>
    writeFileSync(join(folder, 'SPRG.txt'), read(join(folder, 'SPRG.txt')).replace('^191^', '^190^')),
  );
  const missing = withChange('missing', (folder) => renameSync(join(folder, 'SPRG.txt'), join(dir, 'SPRG.txt')));
  const more = withChange('more', (folder) => writeFileSync(join(folder, 'ZZZZ.txt'), 'SENR^\r\n'));
  const rules = join(dir, 'rules-then', 'rules');
  cpSync(SHIPPED_RULES, rules, { recursive: true });
  const field = readdirSync(join(rules, 'fields'))[0] as string;
  writeFileSync(join(rules, 'fields', field), `${read(join(rules, 'fields', field))}\n`);
  const rows = read(out).split('\r\n');
  const third = rows[2]?.split('^') as string[];
  const wrong = (name: string, text: string): string => {
    const path = join(dir, name);
    writeFileSync(path, text);
    return path;
  };
  // The columns that tell one row from another.
  const keyOf = (row = ''): string => {
    const values = row.split('^');
    return `SSID ${values[7]}, Reporting LEA ${values[3]}, School of Attendance ${values[4]}, Grade Level Code ${values[23]}`;
  };
  const value = wrong('value.txt', rows.with(2, third.with(39, third[39] === 'Y' ? 'N' : 'Y').join('^')).join('\r\n'));
  const shorter = wrong('shorter.txt', rows.toSpliced(-2, 1).join('\r\n'));
  const longer = wrong('longer.txt', `${read(out)}${rows[0]}\r\n`);
  const cut = wrong('cut.txt', rows.with(2, third.slice(0, 48).join('^')).join('\r\n'));
  const flipped = wrong('flipped.json', read(manifest).replace('"rows": ', '"rows": 1'));
  const [expected] = (said.inputs as Extract<Manifest['inputs'], { from: 'files' }>).files.filter(
    ({ name }) => name === 'SPRG.txt',
  );
  const cases: [string, string[], RegExp][] = [
    [
      'an input file',
      [manifest, changed],
      new RegExp(`the input file SPRG\\.txt has changed: expected SHA-256 ${expected?.sha256}, found [0-9a-f]{64}\\n`),
    ],
    [
      'a file is missing',
      [manifest, missing],
      new RegExp(`the input file SPRG\\.txt is missing: expected SHA-256 ${expected?.sha256}\\n`),
    ],
    [
      'a file more',
      [manifest, more],
      /the file ZZZZ\.txt \(SHA-256 [0-9a-f]{64}\) is not an input of the extract; leave it out\n/,
    ],
    [
      'a rule file',
      [manifest, sample, '--rules', rules],
      new RegExp(
        `the rulebook differs: in rules/fields/${field}, expected SHA-256 [0-9a-f]{64}, found [0-9a-f]{64}\\n`,
      ),
    ],
    [
      'a value of the extract',
      [manifest, sample, '--file', value],
      new RegExp(
        `value\\.txt" is not the extract of the manifest: row 3 \\(${keyOf(rows[2])}\\) differs in column 40 Homeless Program Eligible; expected SHA-256`,
      ),
    ],
    [
      'the last row less',
      [manifest, sample, '--file', shorter],
      new RegExp(`row ${said.rows} \\(${keyOf(rows.at(-2))}\\) is missing;`),
    ],
    [
      'a row more at the end',
      [manifest, sample, '--file', longer],
      new RegExp(`row ${said.rows + 1} \\(${keyOf(rows[0])}\\) was added;`),
    ],
    [
      'a row less in the middle',
      [manifest, sample, '--file', wrong('missing-row.txt', rows.toSpliced(4, 1).join('\r\n'))],
      new RegExp(`row 5 \\(${keyOf(rows[4])}\\) is missing;`),
    ],
    [
      'a row more in the middle',
      [
        manifest,
        sample,
        '--file',
        wrong('added-row.txt', rows.toSpliced(4, 0, third.with(7, '9999999999').join('^')).join('\r\n')),
      ],
      /row 5 \(SSID 9999999999, .+\) was added;/,
    ],
    [
      'a row for another student',
      [
        manifest,
        sample,
        '--file',
        wrong('other-row.txt', rows.with(2, third.with(7, '9999999999').join('^')).join('\r\n')),
      ],
      new RegExp(`row 3 \\(${keyOf(rows[2])}\\) was replaced by a row for SSID 9999999999, `),
    ],
    [
      'two rows in another order',
      [
        manifest,
        sample,
        '--file',
        wrong(
          'order.txt',
          rows
            .with(2, rows[3] as string)
            .with(3, rows[2] as string)
            .join('\r\n'),
        ),
      ],
      new RegExp(`the rows are in another order: row 3 \\(${keyOf(rows[3])}\\) was moved;`),
    ],
    [
      'a column less',
      [manifest, sample, '--file', cut],
      /row 3 \(.+\) differs in column 48 Earliest EL Status Start Date;/,
    ],
    [
      'the manifest',
      [flipped, sample],
      /the manifest was changed or damaged after it was written: expected SHA-256 [0-9a-f]{64}, found [0-9a-f]{64}\n/,
    ],
    [
      'an extract for a manifest',
      [out, sample],
      /the manifest was changed or damaged after it was written, or is not a manifest: it is not JSON\n/,
    ],
  ];
  const results = await Promise.all(cases.map(([, args]) => cenr('verify', ...args)));
  for (const [i, [what, args, sentence]] of cases.entries())
    differs(t, results[i] as Ran, sentence, what, args.includes('--file'));
});

t.test('from files: a manifest that speaks of an extract which does not come out', async (t) => {
  const { dir, sample, out, manifest } = await made(t);
  // As somebody would forge it who can compute hashes: the extract changed, and the manifest written anew for it.
  const rows = read(out).split('\r\n');
  const third = rows[2]?.split('^') as string[];
  const forged = join(dir, 'forged.txt');
  writeFileSync(forged, rows.with(2, third.with(39, third[39] === 'Y' ? 'N' : 'Y').join('^')).join('\r\n'));
  const said = readManifest(readFileSync(manifest));
  const seal = (content: Manifest): string => {
    const { sha256: _, ...rest } = content;
    const sha256 = createHash('sha256')
      .update(`${JSON.stringify(rest, null, 2)}\n`)
      .digest('hex');
    const path = join(dir, `forged-${sha256}.json`);
    writeFileSync(path, manifestBytes({ ...rest, sha256 }));
    return path;
  };
  const another = seal({
    ...said,
    file: { ...said.file, sha256: createHash('sha256').update(readFileSync(forged)).digest('hex') },
  });
  const root = seal({ ...said, merkleRoot: 'ab'.repeat(32) });
  const secret = ['--secret', `${out}.secret`];
  const doubtful = seal({ ...said, warnings: [{ code: 'NO_ROWS', message: 'No enrollment meets the request.' }] });
  differs(
    t,
    await cenr('verify', doubtful, sample, ...secret),
    /the warnings differ: expected "No enrollment meets the request\.", found no warning/,
    'a warning that the extract does not have',
  );
  const lawful = seal({ ...said, laws: said.laws?.map((law) => ({ ...law, brokenBy: law.brokenBy + 1 })) ?? [] });
  differs(
    t,
    await cenr('verify', lawful, sample, ...secret),
    /the numbers of rows that break a law of the rules differ/,
    'a law that no row breaks',
  );
  const [without, withFile, otherRoot] = await Promise.all([
    cenr('verify', another, sample, ...secret),
    cenr('verify', another, sample, '--file', forged, ...secret),
    cenr('verify', root, sample, ...secret),
  ]);
  differs(
    t,
    without,
    /the extract differs: expected \d+ bytes with SHA-256 [0-9a-f]{64}, found \d+ with [0-9a-f]{64}; use --file FILE with the extract itself to see/,
    'without',
  );
  differs(
    t,
    withFile,
    /the extract differs: .+; in ".*forged\.txt", row 3 \(SSID .+\) differs in column 40 Homeless Program Eligible\n/,
    'with the file',
    true,
  );
  differs(t, otherRoot, /the Merkle root differs: expected (ab){32}, found [0-9a-f]{64}/, 'another root');
});

t.test('from a store: made again after later uploads, and with the rules of then', async (t) => {
  const dir = folder(t);
  const [sample, later, store] = [join(dir, 'sample'), join(dir, 'later'), join(dir, 'store')];
  await Promise.all([
    cenr('sample', '--students', '60', '--seed', '5', '--out', sample),
    cenr('sample', '--students', '60', '--seed', '6', '--out', later),
  ]);
  await cenr('load', sample, '--lea', 'all', '--store', store, '--load-date', '2024-07-01');
  const rules = join(dir, 'then', 'rules');
  cpSync(SHIPPED_RULES, rules, { recursive: true });
  const homeless = join(
    rules,
    'fields',
    readdirSync(join(rules, 'fields')).find((name) => name.startsWith('40-')) as string,
  );
  writeFileSync(homeless, read(homeless).replace('"value": "N"', '"value": "X"'));
  const out = join(dir, 'cenr.txt');
  const then = join(dir, 'then.txt');
  for (const args of [
    ['--out', out],
    ['--out', then, '--rules', rules],
  ])
    t.equal((await cenr('extract', '--store', store, ...REQUEST, ...args)).code, 0);
  t.not(read(then), read(out), 'the rules of then gave other values');
  t.equal((await cenr('load', later, '--lea', 'all', '--store', store, '--load-date', '2024-07-20')).code, 0);
  const now = await cenr('extract', '--store', store, ...REQUEST, '--out', '-');
  t.not(now.out, read(out), 'the store has other students now');
  const [again, ofThen, otherRules, files, otherStore] = await Promise.all([
    cenr('verify', `${out}.manifest.json`, '--store', store, '--file', out),
    cenr('verify', `${then}.manifest.json`, '--store', store, '--file', then),
    cenr('verify', `${out}.manifest.json`, '--store', store, '--rules', rules),
    cenr('verify', `${out}.manifest.json`, sample),
    (async () => {
      const other = join(dir, 'other');
      await cenr('load', later, '--lea', 'all', '--store', other);
      return cenr('verify', `${out}.manifest.json`, '--store', other);
    })(),
  ]);
  t.match(
    again,
    {
      code: 0,
      out: /^byte-identical: [\d,]+ rows, .*\n".*cenr\.txt" is that extract\nthe manifest is not signed\nkeep the SHA-256 of the manifest /,
    },
    again.out + again.err,
  );
  t.match(ofThen, { code: 0, out: /^byte-identical: / }, ofThen.out + ofThen.err);
  differs(t, otherRules, /the rulebook differs: in rules\/fields\/40-.*\.json, expected SHA-256/, 'other rules');
  t.match(files, { code: 2, err: 'cenr: the extract was made from a store; give it with --store DIR\n' });
  differs(
    t,
    otherStore,
    /the file MEPS\.txt of upload 1 differs: expected SHA-256 [0-9a-f]{64}, found [0-9a-f]{64}, and the upload is upload_\w+, where the manifest has upload_\w+: this may be another store\n/,
    'another store',
  );
});

t.test('the proof of a row is checked offline', async (t) => {
  const { dir, out, trace, manifest } = await made(t);
  const rows = read(out).split(/(?<=\n)/);
  const lines = gunzipSync(readFileSync(trace))
    .toString()
    .split(/(?<=\n)/);
  const secret = secretIn(out, manifest);
  const leaves = leavesIn(saltedLeaves(rows, lines, secret));
  const proof = proofOf({
    secret,
    row: rows[3] as string,
    trace: lines[3] as string,
    index: 3,
    leaves,
    manifest: readManifest(readFileSync(manifest)),
  });
  const file = (name: string, content: unknown): string => {
    const path = join(dir, name);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  };
  const good = file('proof.json', proof);
  const wrong = file('wrong.json', { ...proof, row: proof.row.replace(/\^[YN]\^/, '^?^') });
  const [withManifest, alone, changed, other, none] = await Promise.all([
    cenr('verify', '--proof', good, manifest),
    cenr('verify', '--proof', good),
    cenrProcess('verify', '--proof', wrong, manifest),
    cenr('verify', manifest, '--proof', file('other.json', { ...proof, root: 'ab'.repeat(32) })),
    cenr('verify', '--proof', file('none.json', 'row')),
  ]);
  t.match(withManifest, {
    code: 0,
    out: `the proof holds: row 4 of ${rows.length}, with its reasons, is in the extract of the manifest with SHA-256 ${proof.manifestSha256}\nthe manifest is not signed\nno signature was checked: whoever wrote the proof may have written the manifest too. Compare its SHA-256 with the one that was kept when the extract was made\n`,
    err: '',
  });
  t.match(alone, {
    code: 0,
    out: `is in the extract with the Merkle root ${proof.root}\nit was checked without a signed manifest: whoever wrote it may have made up the row.`,
  });
  differs(t, changed, /the row, its trace and the path do not lead to the root/, 'a changed row');
  differs(t, other, /the proof belongs to another extract: its root is abab/, 'another root');
  differs(t, none, /this is not a proof: it is not JSON/, 'no JSON');
});

t.test('where trace and manifest go, and what cannot be', async (t) => {
  const { dir, sample, manifest } = await made(t);
  const out = join(dir, 'other.txt');
  const extract = (...args: readonly string[]) => cenr('extract', sample, ...REQUEST, ...args);
  const named = join(dir, 'named.json');
  const empty = join(dir, 'empty');
  mkdirSync(empty);
  const cases: [string[], RegExp][] = [
    [['verify'], /give the manifest of the extract, or a proof with --proof FILE/],
    [['verify', manifest], /give what the extract was made from: files or --store DIR, not both/],
    [['verify', manifest, sample, '--store', empty], /files or --store DIR, not both/],
    [['verify', manifest, '--store', empty], /the extract was made from files; give them/],
    [['verify', join(dir, 'none'), sample], /no such file or directory/],
    [['verify', manifest, join(dir, 'none')], /there is no file or folder/],
    [['verify', manifest, sample, '--file', join(dir, 'none')], /no such file or directory/],
    [['verify', '--proof', manifest, manifest, sample], /--proof needs no records/],
    [
      ['verify', '--proof', manifest, '--store', empty],
      /keys check the signature of a manifest; give the manifest too/,
    ],
    [['verify', '--proof', manifest, '--keys', manifest], /keys check the signature of a manifest; give the manifest/],
    [['verify', manifest, sample, '--keys', manifest], /has no public keys: there is no list of keys in it;/],
    [['extract', sample, ...REQUEST, '--out', out, '--sign', empty], /there is no store in ".*empty"; give --sign the/],
    [['extract', sample, ...REQUEST, '--out', out, '--sign', empty, '--no-manifest'], /--sign signs the manifest/],
    [
      ['extract', sample, ...REQUEST, '--out', '-', '--trace', '-'],
      /--trace needs a file name; standard output is for the extract/,
    ],
    [['extract', sample, ...REQUEST, '--out', out, '--trace', out], /--trace and --out name the same file/],
    [
      ['extract', sample, ...REQUEST, '--out', out, '--trace', named, '--manifest', named],
      /--trace and --manifest name the same file/,
    ],
  ];
  const results = await Promise.all(cases.map(([args]) => cenr(...args)));
  for (const [i, [args, sentence]] of cases.entries()) {
    t.equal(results[i]?.code, 2, args.join(' '));
    t.match(results[i]?.err, sentence);
    t.equal(results[i]?.out, '');
  }
  t.notOk(
    readdirSync(dir).some((name) => name.startsWith('other')),
    'nothing was written',
  );
  const [toStdout, without] = await Promise.all([
    extract('--out', '-', '--manifest', named),
    extract('--out', out, '--no-manifest'),
  ]);
  t.same([toStdout.code, without.code], [0, 0]);
  t.notOk(readdirSync(dir).includes('other.txt.manifest.json'), 'none, when none is wanted');
  t.equal(toStdout.out, read(out));
  t.match(await cenr('verify', named, sample, '--file', out), { code: 0 });
});

t.test('a signed manifest and its proofs cannot be forged', async (t) => {
  const dir = folder(t);
  const [sample, store, out] = [join(dir, 'sample'), join(dir, 'store'), join(dir, 'cenr.txt')];
  await cenr('sample', '--students', '60', '--seed', '5', '--out', sample);
  await cenr('load', sample, '--lea', 'all', '--store', store, '--load-date', '2024-07-01');
  const trace = join(dir, 'trace.ndjson');
  const extract = (...more: readonly string[]) => cenr('extract', ...more, ...REQUEST, '--out', out, '--trace', trace);
  const path = `${out}.manifest.json`;
  t.match((await extract(sample, '--sign', store)).err, /manifest {6}.+, signed with key [0-9a-f]{16}\n/);
  const first = readFileSync(path);
  await extract(sample, '--sign', store);
  t.same(readFileSync(path), first, 'the same inputs give the same bytes');
  const keys = join(dir, 'keys.json');
  const list = async () => (await cenr('signing-key', 'list', '--store', store, '--json')).out;
  writeFileSync(keys, await list());
  const earlier = join(dir, 'earlier.json');
  cpSync(path, earlier);

  // As somebody forges it who can compute every hash: a row is made up, the manifest written anew, its proof too.
  const said = readManifest(first);
  const rows = read(out).split(/(?<=\n)/);
  const lines = read(trace).split(/(?<=\n)/);
  const madeUp = rows.with(3, (rows[3] as string).replace(/\^[YN]\^/, '^?^'));
  const secret = secretIn(out, path);
  const leaves = leavesIn(saltedLeaves(madeUp, lines, secret));
  const { sha256: _, signature, ...content } = { ...said, merkleRoot: rootOf(leaves).toString('hex') };
  const resealed = (change: object): Manifest => {
    const changed = { ...content, ...change };
    const sha256 = createHash('sha256').update(`${JSON.stringify(changed, null, 2)}\n`);
    return { ...changed, sha256: sha256.digest('hex') };
  };
  const forged = resealed({
    file: { ...said.file, sha256: createHash('sha256').update(madeUp.join('')).digest('hex') },
  });
  const file = (name: string, text: string | Buffer): string => {
    writeFileSync(join(dir, name), text);
    return join(dir, name);
  };
  const proof = (manifest: Manifest) =>
    file(
      'proof.json',
      JSON.stringify(
        proofOf({ row: madeUp[3] as string, trace: lines[3] as string, index: 3, leaves, secret, manifest }),
      ),
    );
  const proven = proof(forged);
  const unsigned = file('unsigned.json', manifestBytes(forged));
  const oldSignature = file('old-signature.json', manifestBytes({ ...forged, ...(signature && { signature }) }));
  const ownKey = newSigningKey(new Uint8Array(32).fill(1), new Date());
  const selfSigned = file('self-signed.json', manifestBytes(signedManifest(forged, ownKey)));
  const verified = (...args: readonly string[]) => cenr('verify', ...args);
  t.match(await verified('--proof', proven, unsigned), {
    code: 0,
    out: /\nno signature was checked: whoever wrote the proof may/,
  });
  for (const given of [
    ['--keys', keys],
    ['--store', store],
  ] as const) {
    for (const [manifest, sentence] of [
      [unsigned, /the manifest is not signed, and the signature was to be checked/],
      [oldSignature, /the signature of the manifest is not valid: the key \w+ did not sign this manifest/],
      [selfSigned, /the manifest is signed with the key \w+, which is not one of the given keys: \w+/],
    ] as const)
      differs(t, await verified('--proof', proven, manifest, ...given), sentence, `${manifest} ${given[0]}`);
  }
  differs(
    t,
    await verified(unsigned, sample, '--keys', keys, '--secret', `${out}.secret`),
    /the manifest is not signed/,
    'an extract, too',
  );

  const id = said.signature?.key;
  const valid = `the manifest is signed with the key ${id}, and the signature is valid\n`;
  t.match(await verified(earlier, sample, '--keys', keys, '--secret', `${out}.secret`), {
    code: 0,
    out: `trace and the Merkle root are those of the manifest\n${valid}`,
  });
  t.match(await verified(earlier, sample, '--secret', `${out}.secret`), {
    code: 0,
    out: `signed with the key ${id}; give its public key with --keys FILE to check`,
  });
  t.match(await cenr('signing-key', 'rotate', '--store', store), {
    code: 0,
    err: /^the key [0-9a-f]{16} signs manifests/,
  });
  await extract('--store', store, '--sign', store);
  t.not(readManifest(readFileSync(path)).signature?.key, id, 'another key signs');
  t.match(await verified(path, '--store', store), { code: 0, out: /and the signature is valid\n/ });
  differs(
    t,
    await verified(path, '--store', store, '--keys', keys),
    /which is not one of the given keys/,
    'an old list of keys',
  );
  writeFileSync(keys, await list());
  t.match(
    await verified(earlier, sample, '--keys', keys, '--secret', `${out}.secret`),
    { code: 0, out: valid },
    'what the key before signed stays valid',
  );
  t.equal((await cenr('signing-key', 'list', '--store', store)).out.split('\n').length - 1, 2);
  t.equal(statSync(join(store, 'service.db')).mode & 0o077, 0, 'only its owner reads the keys');
});

t.test('the secret of an extract from files', async (t) => {
  const { dir, sample, out, manifest } = await made(t);
  const secret = `${out}.secret`;
  t.match(read(secret), /^[0-9a-f]{64}\n$/);
  t.equal(statSync(secret).mode & 0o777, 0o600, 'only its owner reads it');
  const first = readFileSync(manifest);
  t.notMatch(first.toString(), read(secret).trim());
  const extract = (...args: readonly string[]) => cenr('extract', sample, ...REQUEST, ...args);
  t.equal((await extract('--out', out)).code, 0);
  t.same(readFileSync(manifest), first, 'made again under the same name: the same bytes');
  const elsewhere = join(dir, 'elsewhere.txt');
  await extract('--out', elsewhere);
  t.same(readFileSync(elsewhere), readFileSync(out));
  t.not(
    readManifest(readFileSync(`${elsewhere}.manifest.json`)).merkleRoot,
    readManifest(first).merkleRoot,
    'another secret, another root',
  );
  await extract('--out', elsewhere, '--secret', secret);
  t.same(readFileSync(`${elsewhere}.manifest.json`), first, 'the same secret, the same bytes');
  t.match(await cenr('verify', `${elsewhere}.manifest.json`, sample, '--secret', secret), { code: 0 });
  differs(
    t,
    await cenr('verify', `${elsewhere}.manifest.json`, sample),
    /elsewhere\.txt\.secret" is the secret of another extract: expected the secret with id [0-9a-f]{16}, found [0-9a-f]{16}\n/,
    'another secret',
  );
  const lost = join(dir, 'lost.json');
  cpSync(manifest, lost);
  const broken = join(dir, 'broken.secret');
  writeFileSync(broken, 'abc\n');
  for (const [args, sentence] of [
    [
      ['verify', lost, sample],
      /the secret of the extract is missing: there is no file ".*lost\.json\.secret"; .+ Give it/,
    ],
    [['verify', manifest, sample, '--secret', broken], /broken\.secret" is not a secret of an extract: expected 64/],
    [['extract', sample, ...REQUEST, '--out', out, '--secret', broken], /is not a secret of an extract/],
    [['extract', sample, ...REQUEST, '--out', '-', '--secret', secret], /--secret is for the manifest/],
  ] as const)
    t.match(await cenr(...args), { code: 2, err: sentence }, args.join(' '));
  t.match((await cenr('verify', '--help')).out, '--secret <FILE>');
});

t.test('an extract of the time before salts is made again', async (t) => {
  const { sample, out, manifest } = await made(t);
  // As the program wrote it then: without the secret, and with leaves that have no salts.
  const { sha256: _, secret: __, ...said } = readManifest(readFileSync(manifest));
  const trace = gunzipSync(readFileSync(join(dirname(out), 'trace.ndjson.gz'))).toString();
  const lines = trace.split(/(?<=\n)/);
  const rows = read(out).split(/(?<=\n)/);
  const leaves = leavesIn(Buffer.concat(rows.map((row, i) => leafHash(row, lines[i] as string))));
  const old = { ...said, format: 1, merkleRoot: rootOf(leaves).toString('hex') };
  const sha256 = createHash('sha256')
    .update(`${JSON.stringify(old, null, 2)}\n`)
    .digest('hex');
  rmSync(`${out}.secret`);
  writeFileSync(manifest, manifestBytes({ ...old, sha256 }));
  t.match(await cenr('verify', manifest, sample, '--file', out), { code: 0, out: /^byte-identical/ });
});

t.test('a manifest of one LEA tells nothing of the uploads of others, and a changed one is found', async (t) => {
  const dir = folder(t);
  const [sample, store, out] = [join(dir, 'sample'), join(dir, 'store'), join(dir, 'cenr.txt')];
  await cenr('sample', '--students', '60', '--leas', '2', '--seed', '5', '--out', sample);
  await cenr('load', sample, '--lea', 'all', '--store', store, '--load-date', '2024-07-01');
  const request = ['--lea', '9900001', '--academic-year', '2023-2024', '--run-date', '2024-07-15'];
  await cenr('extract', '--store', store, ...request, '--out', out);
  const manifest = `${out}.manifest.json`;
  t.match(readManifest(readFileSync(manifest)).inputs, { uploads: [{ seq: 1, keyedHash: /^[0-9a-f]{64}$/ }] });
  t.notMatch(read(manifest), /SENR\.txt|upload_/);
  t.match(await cenr('verify', manifest, '--store', store), { code: 0 });
  t.match(await cenr('verify', manifest, '--store', store, '--secret', manifest), {
    code: 2,
    err: /a store has its own/,
  });
  const db = new DatabaseSync(join(store, 'students.db'));
  const { report } = db.prepare('SELECT report FROM upload').get() as { report: string };
  db.prepare('UPDATE upload SET report = ?').run(report.replace(/"sha256":"./, '"sha256":"x'));
  db.close();
  differs(
    t,
    await cenr('verify', manifest, '--store', store),
    /upload 1, of another LEA, is not the one that the manifest was made with: its id or its files differ\n/,
    'a changed upload',
  );
});
