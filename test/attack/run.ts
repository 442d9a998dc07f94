/**
 * `npm run attack`: everything that the service was attacked with, and what came of it, as a table for
 * docs/reliability.md. `npm run attack -- --only kills --kills 20 --seed 7` does a part of it.
 */
import { parseArgs } from 'node:util';
import { grouped } from '#base/text';
import { fullDisk } from './full-disk.ts';
import { kills } from './kills.ts';
import { matrix } from './matrix.ts';
import { mutatedRequests } from './mutated-requests.ts';
import { replicaKills } from './replica-kills.ts';
import { smallDisk } from './small-disk.ts';
import { soak } from './soak.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    kills: { type: 'string', default: '200' },
    requests: { type: 'string', default: '20000' },
    minutes: { type: 'string', default: '10' },
    only: { type: 'string' },
  },
});
const seed = Number(values.seed);

/** What was done, in a sentence, and what was wrong. */
interface Outcome {
  readonly did: string;
  readonly faults: readonly string[];
}

const counts = (of: Readonly<Record<string, number>>): string =>
  Object.entries(of)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `${name}: ${grouped(count)}`)
    .join(', ');

const undo: (() => Promise<void> | void)[] = [];
const owner = { teardown: (done: () => Promise<void> | void): void => void undo.unshift(done) };
const tell = (what: string): void => void process.stderr.write(`${what}\n`);

const ATTACKS: Readonly<Record<string, () => Promise<Outcome>>> = {
  async matrix() {
    const { operations, requests, faults } = await matrix(owner);
    return {
      did: `${operations} operations with every role, own, foreign and unknown: ${grouped(requests)} requests`,
      faults,
    };
  },
  async requests() {
    const { requests, statuses, faults } = await mutatedRequests(owner, Number(values.requests), seed);
    return { did: `${grouped(requests)} mutated requests (${counts(statuses)})`, faults };
  },
  async 'full-disk'() {
    const { writes, answers, faults } = await fullDisk(owner);
    return { did: `a disk that was full at ${writes} writes, one after the other (${counts(answers)})`, faults };
  },
  async 'small-disk'() {
    const { fills, answers, faults } = await smallDisk(owner);
    return { did: `a file system that was full ${fills} times (${counts(answers)})`, faults };
  },
  async soak() {
    const figures = await soak(owner, { seconds: Number(values.minutes) * 60 }, seed, tell);
    const { seconds, requests, statuses, memory, descriptors, faults } = figures;
    return {
      did: `${Math.round(seconds / 60)} minutes of mixed traffic: ${grouped(requests)} requests (${counts(statuses)}); memory ${memory.join(', ')} MB, descriptors ${descriptors.join(', ')}`,
      faults,
    };
  },
  async kills() {
    const figures = await kills(owner, Number(values.kills), seed, tell);
    const by = Object.fromEntries(Object.entries(figures.by).map(([name, one]) => [name, one.kills]));
    return {
      did: `${figures.kills} kills (${counts(by)}); ${figures.uploads} uploads and ${figures.extracts} extracts, ${grouped(figures.entries)} log entries`,
      faults: figures.faults,
    };
  },
  async replicas() {
    const { faults, answers, ...of } = await replicaKills(owner, Number(values.kills), seed, tell);
    return {
      did: `three services on one database: ${of.kills} killed, ${of.stops} stopped for longer than their lease; ${of.uploads} uploads, ${of.extracts} extracts, ${of.canceled} canceled, ${of.takenOver} jobs taken over, ${grouped(of.again)} requests sent again (${counts(answers)}), ${grouped(of.entries)} log entries`,
      faults,
    };
  },
};

let faulty = 0;
for (const [name, attack] of Object.entries(ATTACKS)) {
  if (values.only !== undefined && values.only !== name) continue;
  const begun = performance.now();
  const { did, faults } = await attack();
  for (const done of undo.splice(0)) await done();
  faulty += faults.length;
  process.stdout.write(
    `| ${name} | ${did} | ${faults.length === 0 ? 'nothing' : faults.length} | ${Math.round((performance.now() - begun) / 1_000)} s |\n`,
  );
  for (const fault of faults) process.stderr.write(`${fault}\n`);
}
process.exitCode = faulty > 0 ? 1 : 0;
