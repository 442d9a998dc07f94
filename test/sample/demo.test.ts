/** The students of the demo. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { DEMO } from '#sample/demo';
import { writeSample } from '#sample/write';

t.test('files to practice with can be uploaded to the demo: they are of other students', async (t) => {
  const ssids = async (name: string, options: typeof DEMO): Promise<Set<string>> => {
    const dir = join(t.testdir(), name);
    await writeSample(options, dir);
    const lines = readFileSync(join(dir, 'SENR.txt'), 'utf8').split('\r\n').filter(Boolean);
    return new Set(lines.map((line) => line.split('^')[7] as string));
  };
  const demo = await ssids('demo', DEMO);
  const practice = await ssids('practice', { students: 50, seed: 1, leas: 1, style: 'plain' });
  t.ok(practice.size > 40);
  t.same(
    [...practice].filter((ssid) => demo.has(ssid)),
    [],
  );
});
