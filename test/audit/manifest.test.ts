/** What a manifest says, what it keeps to itself, and that no byte of it can be changed unnoticed. */
import t from 'tap';
import { type Manifest, type ManifestInputs, manifestBytes, manifestOf, readManifest } from '#audit/manifest';
import { MerkleTree } from '#base/merkle';
import { addFieldCounts, countRow, noFieldCounts } from '#extract/counts';
import type { MadeReasons } from '#extract/evidence-output';
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
const WRITTEN = { bytes: 123, sha256: SHA };
const reasonsWith = (fieldCounts: MadeReasons['fieldCounts']): MadeReasons => ({
  trace: WRITTEN,
  merkleRoot: new MerkleTree().root().toString('hex'),
  fieldCounts,
});

function manifestWith(fieldCounts: MadeReasons['fieldCounts'], rows: number, rulebook: Rulebook = shipped): Manifest {
  return manifestOf({
    request,
    runDate: '20240715',
    version: '9.8.7',
    rulebook,
    inputs,
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
    format: 1,
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
