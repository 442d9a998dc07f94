/**
 * `extract --lea all` straight from files, against reading the files and splitting every line into its fields on one
 * core.
 */

import { readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileOutput } from '#base/output';
import { grouped } from '#base/text';
import { defaultThreads } from '#base/threads';
import { blocksOf, textOf } from '#intake/lines';
import { extractFromFiles } from '#pipeline/from-files';
import type { Rulebook } from '#rulebook/load/assemble';
import { REQUEST, RUN_DATE, sampleFiles } from './data.ts';
import { type Measured, perSecond, quickest, seconds, times } from './measure.ts';

export async function files(rulebook: Rulebook, students: number): Promise<Measured[]> {
  const dir = await sampleFiles(students);
  const inputs = readdirSync(dir).map((name) => ({ name, path: join(dir, name) }));
  const split = await quickest(2, async () => {
    let fields = 0;
    for (const { path } of inputs)
      for await (const block of blocksOf(0, path))
        for (const line of textOf(block.bytes).split('\n')) fields += line.split('^').length;
    return fields;
  });
  const out = join(tmpdir(), `cenr-bench-${process.pid}.txt`);
  const extract = await quickest(2, async () =>
    extractFromFiles({
      files: inputs,
      rulebook,
      request: REQUEST,
      runDate: RUN_DATE,
      threads: defaultThreads(),
      output: await fileOutput(out),
    }),
  );
  rmSync(out, { force: true });
  return [
    {
      what: `reading and splitting the files of ${grouped(students)} students, one core`,
      result: `${seconds(split)}, ${perSecond(students, split)}`,
    },
    {
      what: 'extract of them straight from the files, all 50 columns',
      result: `${seconds(extract)}, ${perSecond(students, extract)}`,
    },
    {
      what: 'extract from files : reading and splitting',
      result: times(extract / split),
      wanted: 'at most 3 times',
      met: extract / split <= 3,
    },
  ];
}
