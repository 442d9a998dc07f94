/**
 * `npm run bench`: measures what the project promises and prints a table. Sections may be named (`npm run bench --
 * evaluation store`); only a run of all of them is kept in `bench/results.json`, from which `npm run generate` prints
 * docs/benchmarks.md. `npm run bench -- state --students N` measures a whole state, and `replicas` several processes
 * on one database; nothing else does.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Rulebook } from '#rulebook/load/assemble';
import { loadRulebook } from '#rulebook/load/load';
import { anomalies } from './anomalies.ts';
import { calibrate } from './calibrate.ts';
import { evaluation } from './evaluation.ts';
import { explanations } from './explanations.ts';
import { files } from './files.ts';
import { history } from './history.ts';
import { impact } from './impact.ts';
import { type Measured, table } from './measure.ts';
import { memory } from './memory.ts';
import { mutations } from './mutations.ts';
import { pages } from './pages.ts';
import { postgres } from './postgres.ts';
import { reconcile } from './reconcile.ts';
import { REPLICAS_STUDENTS, replicas } from './replicas.ts';
import { service } from './service.ts';
import { ssid } from './ssid.ts';
import { startup } from './startup.ts';
import { STATE, state } from './state.ts';
import { store } from './store.ts';
import { tenChanges } from './ten-changes.ts';
import { trace } from './trace.ts';
import { uploads } from './uploads.ts';

const SECTIONS: Readonly<Record<string, (rulebook: Rulebook) => Promise<Measured[]>>> = {
  startup: () => startup(),
  evaluation: (rulebook) => evaluation(rulebook, 2_000),
  changes: (rulebook) => tenChanges(rulebook, 2_000),
  store: (rulebook) => store(rulebook, 200_000),
  history: (rulebook) => history(rulebook, 200_000),
  files: () => files(200_000),
  uploads: (rulebook) => uploads(rulebook, 200_000),
  trace: (rulebook) => trace(rulebook, 200_000),
  service: () => service(),
  pages: (rulebook) => pages(rulebook, Number(values.students ?? 200_000)),
  explanations: (rulebook) => explanations(rulebook, 5_000),
  postgres: () => postgres(Number(values.students ?? 200_000)),
  mutations: () => mutations(100_000),
  impact: (rulebook) => impact(rulebook, 50_000),
  reconcile: (rulebook) => reconcile(rulebook, Number(values.students ?? 200_000)),
  calibrate: (rulebook) => calibrate(rulebook, Number(values.students ?? 50_000)),
  ssid: (rulebook) => ssid(rulebook, Number(values.students ?? 100_000)),
  anomalies: (rulebook) => anomalies(rulebook, Number(values.students ?? 100_000)),
  // Last: the disk is busy for a while after a million students.
  memory: (rulebook) => memory(rulebook, 1_000_000),
};

/** Not part of a run of all of them. */
const BY_HAND: typeof SECTIONS = {
  state: () => state(Number(values.students ?? STATE)),
  replicas: () => replicas(Number(values.students ?? REPLICAS_STUDENTS)),
};

const { values, positionals: asked } = parseArgs({
  options: { students: { type: 'string' } },
  allowPositionals: true,
});
const unknown = asked.filter((name) => !Object.hasOwn({ ...SECTIONS, ...BY_HAND }, name));
if (unknown.length > 0) {
  process.stderr.write(
    `there is no section ${unknown.join(', ')}; there are ${Object.keys({ ...SECTIONS, ...BY_HAND }).join(', ')}\n`,
  );
  process.exit(2);
}

const rulebook = loadRulebook();
const measured: Measured[] = [];
for (const [name, section] of Object.entries(asked.length === 0 ? SECTIONS : { ...SECTIONS, ...BY_HAND })) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  process.stderr.write(`${name} …\n`);
  measured.push(...(await section(rulebook)));
}
process.stdout.write(`${table(measured)}\n`);

if (asked.length === 0) {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const machine = {
    commit,
    node: process.version,
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGB: Math.round(totalmem() / 2 ** 30),
  };
  writeFileSync(join(import.meta.dirname, 'results.json'), `${JSON.stringify({ machine, measured }, null, 2)}\n`);
}
process.exitCode = measured.some((m) => m.met === false) ? 1 : 0;
