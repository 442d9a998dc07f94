/**
 * `npm run bench`: measures what the project promises and prints a table. Sections may be named (`npm run bench --
 * evaluation store`); only a run of all of them is kept in `bench/results.json`, from which `npm run generate` prints
 * docs/benchmarks.md.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Rulebook } from '#rulebook/load/assemble';
import { loadRulebook } from '#rulebook/load/load';
import { evaluation } from './evaluation.ts';
import { explanations } from './explanations.ts';
import { files } from './files.ts';
import { history } from './history.ts';
import { impact } from './impact.ts';
import { type Measured, table } from './measure.ts';
import { memory } from './memory.ts';
import { mutations } from './mutations.ts';
import { service } from './service.ts';
import { startup } from './startup.ts';
import { store } from './store.ts';
import { trace } from './trace.ts';

const SECTIONS: Readonly<Record<string, (rulebook: Rulebook) => Promise<Measured[]>>> = {
  startup: () => startup(),
  evaluation: (rulebook) => evaluation(rulebook, 2_000),
  store: (rulebook) => store(rulebook, 200_000),
  history: (rulebook) => history(rulebook, 200_000),
  files: () => files(200_000),
  trace: (rulebook) => trace(rulebook, 200_000),
  service: () => service(),
  explanations: (rulebook) => explanations(rulebook, 5_000),
  mutations: () => mutations(100_000),
  impact: (rulebook) => impact(rulebook, 50_000),
  // Last: the disk is busy for a while after a million students.
  memory: (rulebook) => memory(rulebook, 1_000_000),
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(SECTIONS, name));
if (unknown.length > 0) {
  process.stderr.write(`there is no section ${unknown.join(', ')}; there are ${Object.keys(SECTIONS).join(', ')}\n`);
  process.exit(2);
}

const rulebook = loadRulebook();
const measured: Measured[] = [];
for (const [name, section] of Object.entries(SECTIONS)) {
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
