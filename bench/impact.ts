/**
 * The impact of a change of one field's rule, against making two extracts and comparing them afterwards (which is not
 * even measured): once as the command line makes them, with their manifests, and once without anything beside the rows.
 * The same store, request and threads for all; the full list of changes is written.
 */

import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { grouped } from '#base/text';
import { extractFromStore } from '#pipeline/from-store';
import { impactFromStore } from '#pipeline/impact';
import { assemble, type Rulebook } from '#rulebook/load/assemble';
import type { FieldJson } from '#rulebook/load/declarations';
import { REQUEST, RUN_DATE, sampleStore } from './data.ts';
import { type Measured, quickest, seconds, times } from './measure.ts';

/** The field that loses its first rule. */
const CHANGED = 'rules/fields/41-title-i-part-c-migrant.json';

function changed(rulebook: Rulebook): Rulebook {
  const files = rulebook.files.map((file) => {
    if (file.path !== CHANGED) return file;
    const json = file.json as FieldJson;
    return { path: file.path, json: { ...json, rules: json.rules.slice(1) } };
  });
  return assemble({ hash: `${rulebook.hash} changed`, files });
}

export async function impact(rulebook: Rulebook, students: number): Promise<Measured[]> {
  const storeDir = await sampleStore(students, rulebook);
  const [out, list] = ['txt', 'ndjson'].map((ending) => join(tmpdir(), `cenr-bench-${process.pid}.${ending}`)) as [
    string,
    string,
  ];
  const to = changed(rulebook);
  const common = { storeDir, request: REQUEST, runDate: RUN_DATE };
  const two = (manifest: boolean) =>
    quickest(3, async () => {
      for (const rules of [rulebook, to]) await extractFromStore({ ...common, rulebook: rules, out, manifest });
    });
  let values = 0;
  const [bare, whole] = [await two(false), await two(true)];
  const one = await quickest(3, async () => {
    values = (await impactFromStore({ ...common, from: rulebook, to, out: { to: list, format: 'ndjson' } })).values;
  });
  for (const file of [out, list]) rmSync(file, { force: true });
  const number = grouped(students);
  return [
    { what: `two extracts of ${number} students, with what their manifests need`, result: seconds(whole) },
    { what: '  without', result: seconds(bare) },
    {
      what: `impact of a change of one field's rule, ${grouped(values)} values listed`,
      result: seconds(one),
    },
    {
      what: 'two extracts : the impact',
      result: times(whole / one),
      wanted: 'at least 5 times',
      met: whole / one >= 5,
    },
    { what: '  two extracts without manifests : the impact', result: times(bare / one) },
  ];
}
