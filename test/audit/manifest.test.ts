/** What a manifest says, what it keeps to itself, and that no byte of it can be changed unnoticed. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import t from 'tap';
import { uploadsDifference } from '#audit/differences';
import { leavesIn } from '#audit/leaves';
import {
  type Manifest,
  type ManifestInputs,
  manifestBytes,
  manifestOf,
  manifestUploads,
  readManifest,
} from '#audit/manifest';
import { checkProof } from '#audit/proof';
import { extractSecret } from '#audit/secret';
import { MerkleTree, rootOf } from '#base/merkle';
import { addFieldCounts, countRow, noFieldCounts } from '#extract/counts';
import type { Evidence } from '#extract/evidence-output';
import { Extractor } from '#extract/extractor';
import { requestFacts } from '#extract/request';
import type { Rulebook } from '#rulebook/load/assemble';
import { compiled, readHistory } from '../support/extracts.ts';
import { shipped, type TestRecord } from '../support/histories.ts';

const request = { reportingLEAs: ['9900001'], academicYear: '2023-2024' } as const;
const SHA = 'ab'.repeat(32);
const inputs: ManifestInputs = {
  from: 'store',
  snapshot: 2,
  uploads: [
    { seq: 1, id: 'up_1', files: [{ name: '/home/somebody/SENR.txt', bytes: 10, sha256: SHA }] },
    { seq: 2, id: 'up_2', files: [] },
  ],
};
const SECRET = extractSecret(new Uint8Array(32).fill(9), {
  request,
  runDate: '20240715',
  columns: '50',
  rulebook: { sha256: SHA },
  inputs,
});
const WRITTEN = { bytes: 123, sha256: SHA };
const reasonsWith = (fieldCounts: Evidence['fieldCounts']): Evidence => ({
  trace: WRITTEN,
  merkleRoot: new MerkleTree().root().toString('hex'),
  isSalted: true,
  fieldCounts,
});

function manifestWith(fieldCounts: Evidence['fieldCounts'], rows: number, rulebook: Rulebook = shipped): Manifest {
  return manifestOf({
    request,
    runDate: '20240715',
    version: '9.8.7',
    rulebook,
    inputs,
    secret: SECRET,
    made: { ...WRITTEN, rows, students: 5, reasons: reasonsWith(fieldCounts) },
  });
}

/** A small rulebook's worth of manifest: the list of files is long, and says nothing new after the first two. */
const smallRulebook: Rulebook = {
  ...shipped,
  files: shipped.files.slice(0, 2),
  schemas: {
    ...shipped.schemas,
    output: { ...shipped.schemas.output, columns: shipped.schemas.output.columns.filter((c) => c.rule).slice(0, 2) },
  },
};
const small = manifestWith(noFieldCounts(smallRulebook), 0, smallRulebook);

t.test('a manifest says what the extract was made from, with what, and what came out', (t) => {
  const manifest = manifestWith(noFieldCounts(shipped), 0);
  t.match(manifest, {
    format: 2,
    secret: SECRET.id,
    program: { name: 'cenr', version: '9.8.7' },
    request,
    runDate: '20240715',
    columns: shipped.schemas.output.defaultColumnSet,
    rulebook: { name: shipped.about.name, version: shipped.about.version, sha256: shipped.hash },
    inputs: {
      from: 'store',
      snapshot: 2,
      uploads: [{ seq: 1, id: 'up_1', files: [{ name: 'SENR.txt', bytes: 10, sha256: SHA }] }, { seq: 2 }],
    },
    rows: 0,
    students: 5,
    file: WRITTEN,
    trace: WRITTEN,
  });
  t.same(
    manifest.rulebook.files.map(({ path }) => path),
    shipped.files.map(({ path }) => path),
  );
  t.ok(manifest.rulebook.files.every(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256 ?? '')));
  t.notMatch(manifestBytes(manifest).toString(), /somebody/, 'no folder of anybody');
  t.same(readManifest(manifestBytes(manifest)), manifest);
  t.throws(
    () =>
      manifestOf({
        request,
        runDate: '20240715',
        version: '1',
        rulebook: shipped,
        inputs,
        made: { ...WRITTEN, rows: 0, students: 0 },
      }),
    {
      message: /needs an extract with reasons/,
    },
  );
  t.end();
});

t.test('rules that never fired show, days do not, and no student is named', (t) => {
  const record: TestRecord = {
    recordType: 'SENR',
    ssid: '9900000077',
    values: {
      ssid: '9900000077',
      reportingLEA: '9900001',
      schoolOfAttendance: '9900011',
      studentLegalLastName: 'Sonderbar',
      enrollmentStatusCode: '10',
      gradeLevelCode: '05',
      enrollmentStartDate: '20230815',
    },
    uploaded: '20240715',
    lastUpdated: '20240715',
    short: false,
    ods: false,
  };
  const acquisition: TestRecord = {
    ...record,
    recordType: 'SELA',
    values: {
      ...record.values,
      englishLanguageAcquisitionStatusCode: 'EL',
      englishLanguageAcquisitionStatusStartDate: '20160911',
    },
  };
  const counts = noFieldCounts(shipped);
  new Extractor(compiled, requestFacts(request, shipped), '20240715').rows(
    readHistory('9900000077', [record, acquisition]),
    (x) => countRow(counts, x),
  );
  const manifest = manifestWith(counts, 1);
  const field = (number: string) => manifest.fields.find((f) => f.number === number);
  t.match(field('40'), {
    values: [{ value: 'N', rows: 1 }],
    blank: 0,
    notBlank: 1,
    rules: [
      { name: 'eligible', rows: 0 },
      { name: 'otherwise', rows: 1 },
    ],
  });
  t.match(field('44'), { blank: 0, notBlank: 1 });
  t.notOk('values' in (field('44') ?? {}), 'a day is not listed');
  t.same(
    manifest.fields.map((f) => [f.number, f.rules.map(({ name }) => name)]),
    [...shipped.extract.fields]
      .sort((a, b) => Number(a.number) - Number(b.number))
      .map((f) => [f.number, f.rules.map(({ name }) => name)]),
    'every rule of every field',
  );
  t.notMatch(manifestBytes(manifest).toString(), /9900000077|Sonderbar|20160911|20230815/);
  t.end();
});

t.test('of a field with very many values only their number is said, and of most even that only up to a bound', (t) => {
  const withValues = (...numbers: readonly number[]) => {
    const all = noFieldCounts(shipped);
    for (const [from, through] of numbers.map((n, i) => [numbers[i - 1] ?? 0, n] as const)) {
      const part = noFieldCounts(shipped);
      const x = compiled.program.newEvaluation();
      for (let i = from; i < through; i++) {
        x.fields[0] = `value ${String(i).padStart(5, '0')}`;
        countRow(part, x);
      }
      addFieldCounts(all, part);
    }
    t.ok((all[0]?.values?.size ?? 0) <= 1_000, 'no more are held in memory');
    return manifestWith(all, numbers.at(-1) as number).fields[0];
  };
  t.equal(withValues(200)?.values?.length, 200);
  t.match(withValues(201), { differentValues: 201, notBlank: 201 });
  t.notOk('values' in (withValues(201) ?? {}));
  t.match(withValues(400, 999), { differentValues: 999 });
  t.match(withValues(5_000), { differentValues: 1_000 });
  t.same(withValues(700, 1_300, 4_000, 5_000), withValues(5_000), 'whoever counted which part');
  t.end();
});

t.test('every byte of it, changed in every bit, is found', (t) => {
  const bytes = manifestBytes(small);
  t.ok(bytes.length < 3_000, `${bytes.length} bytes`);
  t.same(readManifest(bytes), small);
  let tried = 0;
  for (let at = 0; at < bytes.length; at++)
    for (let bit = 0; bit < 8; bit++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] as number) ^ (1 << bit);
      tried++;
      try {
        readManifest(changed);
        t.fail(`byte ${at}, bit ${bit}`);
      } catch (error) {
        if ((error as Error).name !== 'ManifestError') t.fail(`byte ${at}, bit ${bit}: ${error}`);
      }
    }
  t.equal(tried, bytes.length * 8);
  for (const at of [0, 1, bytes.length - 1]) {
    const shorter = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
    t.throws(() => readManifest(shorter), { name: 'ManifestError' }, `without byte ${at}`);
  }
  t.throws(() => readManifest(Buffer.concat([bytes, Buffer.from('\n')])), {
    message: /its content is the same, but its bytes are not/,
  });
  t.throws(() => readManifest(Buffer.from(JSON.stringify(small))), {
    message: /its content is the same, but its bytes are not/,
  });
  t.throws(() => readManifest(Buffer.from('[]')), { message: /it has no SHA-256 of itself/ });
  t.throws(() => readManifest(Buffer.from('null')), { name: 'ManifestError' });
  t.end();
});

t.test('what another LEA sent is not told, and whether it changed can be found out', (t) => {
  const ours = { seq: 1, id: 'up_1', sender: '9900001', files: [{ name: 'ours.txt', bytes: 1, sha256: SHA }] };
  const theirs = { seq: 2, id: 'up_2', sender: '9900002', files: [{ name: 'theirs.txt', bytes: 2, sha256: SHA }] };
  const county = { ...theirs, seq: 3, sender: 'all' };
  const stored = [ours, theirs, county];
  const uploads = manifestUploads(stored, ['9900001'], SECRET);
  t.same(uploads[0], ours);
  for (const [i, seq] of [
    [1, 2],
    [2, 3],
  ] as const)
    t.match(
      Object.entries(uploads[i] as object),
      [
        ['seq', seq],
        ['keyedHash', /^[0-9a-f]{64}$/],
      ],
      'nothing else',
    );
  t.same(manifestUploads(stored, 'all', SECRET), stored);
  const from = { from: 'store', snapshot: 3, uploads } as const;
  t.equal(uploadsDifference(from, stored, SECRET), undefined);
  for (const changed of [
    { ...theirs, id: 'up_9' },
    { ...theirs, files: [] },
    { ...theirs, files: [{ name: 'theirs.txt', bytes: 2, sha256: 'cd'.repeat(32) }] },
  ])
    t.match(
      uploadsDifference(from, [ours, changed, county], SECRET),
      /^upload 2, of another LEA, is not the one that the manifest was made with/,
    );
  t.match(uploadsDifference(from, [ours, theirs], SECRET), /^upload 3, of another LEA, is missing from the store/);
  const another = extractSecret(new Uint8Array(32).fill(9), {
    request,
    runDate: '20240716',
    columns: '50',
    rulebook: { sha256: SHA },
    inputs,
  });
  t.not(
    JSON.stringify(manifestUploads(stored, ['9900001'], another)),
    JSON.stringify(uploads),
    'nobody can tell from two manifests that an upload is in both',
  );
  t.equal(another.id, SECRET.id);
  t.end();
});

t.test('a manifest of the time before salts is read', (t) => {
  const bytes = readFileSync(new URL('format-1/manifest.json', import.meta.url));
  const old = readManifest(bytes);
  t.match(old, { format: 1, rows: 5 });
  t.same(manifestBytes(old), bytes);
  const leaves = leavesIn(readFileSync(new URL('format-1/cenr.leaves', import.meta.url)));
  t.equal(rootOf(leaves).toString('hex'), old.merkleRoot);
  const proof = JSON.parse(readFileSync(new URL('format-1/proof.json', import.meta.url), 'utf8'));
  t.equal(checkProof(proof, old), undefined);
  t.match(checkProof(proof, { ...old, format: 2 }), /^the proof has no salt, and every leaf of the extract has one$/);
  t.match(checkProof({ ...proof, salt: SHA }, old), /^the proof has a salt, and the leaves of the extract have none$/);
  const { sha256: _, ...rest } = old;
  const later = { ...rest, format: 3 };
  const sha256 = createHash('sha256')
    .update(`${JSON.stringify(later, null, 2)}\n`)
    .digest('hex');
  t.throws(() => readManifest(manifestBytes({ ...later, sha256 })), {
    message: /found a manifest of format 3, expected format 1 or 2; use the version of cenr that it names/,
  });
  t.end();
});
