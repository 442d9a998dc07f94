/**
 * An impact is the difference of two whole extracts, whatever was left out on the way to it: shown for known changes in
 * both directions and for generated rulebooks, by the ordinary extractor, which knows nothing of reach.
 */
import fc from 'fast-check';
import t from 'tap';
import { Comparison } from '#authoring/impact/compare';
import { differencesOf } from '#authoring/impact/declared';
import { reachOf } from '#authoring/impact/reach';
import type { Sample } from '#authoring/impact/report';
import { type CompiledRulebook, compileRulebook, Extractor } from '#extract/extractor';
import { type ExtractRequest, requestFacts } from '#extract/request';
import { TextHistory } from '#records/record';
import type { Rulebook } from '#rulebook/load/assemble';
import type { FactJson, FieldJson, ParameterJson, SourceFile } from '#rulebook/load/declarations';
import { bodyFrom, holds, request, runDate, students, type TestRecord } from '../../support/histories.ts';
import { assembled, generatedFiles } from '../../support/rulebooks.ts';
import { CHANGES, changed, from } from './changes.ts';

const bodies = (records: readonly TestRecord[]): [string, string][] =>
  [...Map.groupBy(records, (r) => r.ssid)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([ssid, own]) => [ssid, bodyFrom(own)]);

// Every property makes two extracts beside each impact.
t.setTimeout(900_000);

const compiledWhole = new WeakMap<Rulebook, CompiledRulebook>();

/** Writes all columns that the layout has, whatever its column sets. */
function wholeOf(rulebook: Rulebook): CompiledRulebook {
  const known = compiledWhole.get(rulebook);
  if (known) return known;
  const { output } = rulebook.schemas;
  const [first, last] = [output.columns[0]?.no as string, output.columns.at(-1)?.no as string];
  const schemas = {
    ...rulebook.schemas,
    output: { ...output, columnSets: { all: [first, last] as const }, defaultColumnSet: 'all' },
  };
  const compiled = compileRulebook({ ...rulebook, schemas }, { recording: false });
  compiledWhole.set(rulebook, compiled);
  return compiled;
}

/** The columns of every row by key, with all that the layout has, under what tells rows apart for both. */
function extracted(
  rulebook: Rulebook,
  rowKey: readonly string[],
  records: readonly TestRecord[],
  asked: ExtractRequest,
  day: string,
): Map<string, Map<string, string>> {
  const { columns } = rulebook.schemas.output;
  const extractor = new Extractor(wholeOf(rulebook), requestFacts(asked, rulebook), day);
  const keys = columns.map(({ key }) => key);
  const places = rowKey.map((key) => columns.findIndex((c) => c.copyOf === key));
  const rows = new Map<string, Map<string, string>>();
  for (const [ssid, body] of bodies(records))
    for (const line of extractor.linesOf(new TextHistory(ssid, body)).split('\r\n').slice(0, -1)) {
      const values = line.split('^');
      rows.set(
        places.map((place) => values[place]).join('^'),
        new Map(keys.map((key, i) => [key, values[i] as string])),
      );
    }
  return rows;
}

/** The difference of two extracts, a text for each row or value. */
function difference(
  a: Rulebook,
  b: Rulebook,
  rowKey: readonly string[],
  ...rest: readonly [readonly TestRecord[], ExtractRequest, string]
): string[] {
  const [before, now] = [extracted(a, rowKey, ...rest), extracted(b, rowKey, ...rest)];
  const found: string[] = [];
  for (const key of new Set([...before.keys(), ...now.keys()])) {
    const [old, fresh] = [before.get(key), now.get(key)];
    if (!old) found.push(`${key} appears`);
    else if (!fresh) found.push(`${key} disappears`);
    else
      for (const no of new Set([...old.keys(), ...fresh.keys()]))
        if (old.get(no) !== fresh.get(no)) found.push(`${key} ${no} ${old.get(no) ?? null} > ${fresh.get(no) ?? null}`);
  }
  return found.sort();
}

function impact(
  a: Rulebook,
  b: Rulebook,
  records: readonly TestRecord[],
  asked: ExtractRequest,
  day: string,
): { samples: Sample[]; rowKey: readonly string[] } {
  const comparison = new Comparison({ from: a, to: b, request: asked, runDate: day, samples: 0 });
  const samples: Sample[] = [];
  for (const [ssid, body] of bodies(records))
    comparison.student(new TextHistory(ssid, body), (sample) => samples.push(sample));
  return { samples, rowKey: comparison.rowKey };
}

/** A column is known by its key: another rulebook may have another one under the same number. */
const told =
  (a: Rulebook, b: Rulebook) =>
  ({ change, row, field, old, new: now }: Sample): string => {
    const { columns } = (now === null ? a : b).schemas.output;
    const key = columns.find(({ no }) => no === Number.parseInt(field, 10).toString())?.key;
    return `${Object.values(row).join('^')} ${change === 'value' ? `${key} ${old} > ${now}` : change}`;
  };

function sameAsExtracts(
  a: Rulebook,
  b: Rulebook,
  records: readonly TestRecord[],
  asked: ExtractRequest,
  day: string,
): Sample[] {
  const { samples, rowKey } = impact(a, b, records, asked, day);
  const [found, expected] = [
    samples.map(told(a, b)).sort().join('\n'),
    difference(a, b, rowKey, records, asked, day).join('\n'),
  ];
  if (found !== expected) throw new Error(`the impact says\n${found}\nthe extracts differ in\n${expected}`);
  return samples;
}

for (const change of CHANGES) {
  const to = changed(change);
  t.test(change.title, async (t) => {
    const asked = { reportingLEAs: 'all', academicYear: '2023-2024' } as const;
    t.same(
      differencesOf(from, to).map(({ id }) => id),
      change.differences,
      'what is declared differently',
    );
    const { selection, columns, added, removed } = reachOf(from, to, asked);
    t.same(
      [...columns, ...added]
        .map(({ no }) => no)
        .concat(selection ? ['rows'] : [])
        .sort(),
      [...change.reaches].sort(),
      'what it reaches',
    );
    t.same(removed, []);
    const why = new Map<string, Set<string>>();
    await holds(
      t,
      `${change.title}: the impact is the difference of the extracts`,
      80,
      fc.property(students, request, runDate, (records, asked, day) => {
        for (const { because, field } of sameAsExtracts(from, to, records, asked, day))
          why.set(field, (why.get(field) ?? new Set()).add(because.join(' + ')));
      }),
    );
    await holds(
      t,
      `${change.title}: so it is the other way round`,
      30,
      fc.property(
        students,
        request,
        runDate,
        (records, asked, day) => void sameAsExtracts(to, from, records, asked, day),
      ),
    );
    const known = new Set(change.differences);
    for (const [field, sets] of why)
      for (const ids of sets)
        t.ok(
          ids !== '' && ids.split(' + ').every((id) => known.has(id)),
          `field ${field || 'of rows'} changes because of ${ids}`,
        );
  });
}

/** What may be done to a generated rulebook so that it stays one. */
const DEEDS: Readonly<Record<string, (files: readonly SourceFile[]) => SourceFile[]>> = {
  'first rules gone': (files) => ofFields(files, (rules) => (rules.length > 1 ? rules.slice(1) : rules)),
  'rules in another order': (files) =>
    ofFields(files, (rules) => [...rules.slice(0, -1).reverse(), ...rules.slice(-1)]),
  'a value less in every parameter': (files) =>
    files.map((file) => {
      if (!file.path.startsWith('rules/parameters/')) return file;
      const { parameters } = file.json as { parameters: ParameterJson[] };
      return {
        ...file,
        json: {
          parameters: parameters.map((p) => ({ ...p, values: p.values.length > 1 ? p.values.slice(1) : p.values })),
        },
      };
    }),
  'every record of a look': (files) =>
    files.map((file) => {
      if (!file.path.startsWith('rules/facts/')) return file;
      const { facts } = file.json as { facts: FactJson[] };
      return {
        ...file,
        json: { facts: facts.map((fact) => ('from' in fact ? (({ where: _, ...rest }) => rest)(fact) : fact)) },
      };
    }),
};

const ofFields = (
  files: readonly SourceFile[],
  change: (rules: FieldJson['rules']) => FieldJson['rules'],
): SourceFile[] =>
  files.map((file) => {
    if (!file.path.startsWith('rules/fields/')) return file;
    const json = file.json as FieldJson;
    return { ...file, json: { ...json, rules: change(json.rules) } };
  });

t.test('generated rulebooks', async (t) => {
  const cases = fc.array(fc.tuple(students, request, runDate), { minLength: 1, maxLength: 6 });
  let found = 0;
  for (const [title, deed] of Object.entries(DEEDS)) {
    await holds(
      t,
      `${title}: the impact is the difference of the extracts`,
      40,
      fc.property(generatedFiles, cases, (files, cases) => {
        const [before, now] = [assembled(files), assembled(deed(files))];
        for (const [records, asked, day] of cases) found += sameAsExtracts(before, now, records, asked, day).length;
      }),
    );
  }
  // By chance one of them may change nothing in forty tries; all of them do not.
  t.ok(found > 0, 'some values change');
  await holds(
    t,
    'two that have nothing to do with each other: the impact is the difference of the extracts',
    40,
    fc.property(generatedFiles, generatedFiles, cases, (a, b, cases) => {
      const [before, now] = [assembled(a), assembled(b)];
      for (const [records, asked, day] of cases) sameAsExtracts(before, now, records, asked, day);
    }),
  );
});
