/** `extract --lea all` from a loaded store, against one core merely reading the same records from it. */

import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { grouped } from '#base/text';
import { extractFromStore } from '#pipeline/from-store';
import type { Rulebook } from '#rulebook/load/assemble';
import { openHistories } from '#store/sqlite';
import { REQUEST, RUN_DATE, sampleStore } from './data.ts';
import { type Measured, perSecond, quickest, seconds, times } from './measure.ts';

export async function store(rulebook: Rulebook, students: number): Promise<Measured[]> {
  const storeDir = await sampleStore(students, rulebook);
  const read = await quickest(3, () => {
    const bodies = openHistories(storeDir, 'all');
    let characters = 0;
    for (const history of bodies.histories({ from: '0000000000', through: '9999999999' }))
      characters += history.body().length;
    bodies.close();
    return characters;
  });
  const out = join(tmpdir(), `cenr-bench-${process.pid}.txt`);
  const extract = await quickest(3, () =>
    extractFromStore({ storeDir, rulebook, request: REQUEST, runDate: RUN_DATE, out }),
  );
  rmSync(out, { force: true });
  return [
    {
      what: `reading ${grouped(students)} students from the store, one core`,
      result: `${seconds(read)}, ${perSecond(students, read)}`,
    },
    {
      what: 'extract of them from the store, all 50 columns',
      result: `${seconds(extract)}, ${perSecond(students, extract)}`,
    },
    {
      what: 'extract from the store : reading it',
      result: times(extract / read),
      wanted: 'at most 2.5 times',
      met: extract / read <= 2.5,
    },
  ];
}
