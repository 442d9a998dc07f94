/**
 * What looks wrong: how long a search takes, of everybody and after a small upload, and how many of the pairs of numbers
 * of one student it finds (recall), how many of those it finds are one student's (precision), by the truth of a sample.
 */
import { cpSync, createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { grouped } from '#base/text';
import { PersonReader } from '#identity/columns';
import { matchParameters } from '#identity/parameters';
import { type Person, personOf } from '#identity/person';
import { Scorer } from '#identity/score';
import { findAnomalies } from '#pipeline/find-anomalies';
import { loadUpload } from '#pipeline/load-upload';
import { EVERYBODY } from '#records/scope';
import type { Rulebook } from '#rulebook/load/assemble';
import { openHistories, openSqliteStore } from '#store/sqlite';
import { identityStore, RUN_DATE } from './data.ts';
import { type Measured, seconds } from './measure.ts';
import { counted, percent, type Truth, truthIn } from './truth.ts';

const WHOLE_STORE = 1_000_000;
const MOST_SECONDS = 180;
const LEAST = 99;
const CORES = 2;
const KIND = 'MID';
const FEW_LINES = 100;

/** @param students in the store */
export async function anomalies(rulebook: Rulebook, students: number): Promise<Measured[]> {
  const { dir, storeDir } = await identityStore(students, rulebook);
  const scratch = mkdtempSync(join(tmpdir(), 'cenr-bench-'));
  try {
    const copy = join(scratch, 'store');
    cpSync(storeDir, copy, { recursive: true });
    const everybody = await searched(rulebook, copy);
    const sets = await setsIn(copy);
    const path = join(scratch, 'few.txt');
    writeFileSync(path, (await firstLines(join(dir, 'SENR.txt'), FEW_LINES)).join('\r\n'));
    await loadUpload({
      ...{ storeDir: copy, id: 'up_few', sender: 'all', loadDay: RUN_DATE, rulebook },
      files: [{ name: 'few.txt', path }],
      receivedAt: '2024-07-16T00:00:00.000Z',
    });
    const few = await searched(rulebook, copy);
    return [
      {
        what: `search of ${grouped(students)} students for what looks wrong, processor time on two cores`,
        result: `${seconds(everybody.cpu / CORES)}; ${grouped(everybody.open)} found`,
        wanted: `under ${MOST_SECONDS} s for ${grouped(WHOLE_STORE)}`,
        ...(students >= WHOLE_STORE && { met: everybody.cpu / CORES <= MOST_SECONDS }),
      },
      {
        what: `  again after an upload of ${FEW_LINES} lines, in which ${few.students} students changed`,
        result: seconds(few.cpu / CORES),
      },
      ...ratesOf(truthIn(dir), sets, await personsOf(copy, rulebook), rulebook),
    ];
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

type Sets = readonly { readonly sides: readonly { readonly ssid: string }[] }[];

async function setsIn(storeDir: string): Promise<Sets> {
  const store = openSqliteStore(storeDir);
  try {
    return await store.anomalies.list('all', { kind: KIND, state: 'open' });
  } finally {
    await store.close();
  }
}

async function firstLines(path: string, lines: number): Promise<string[]> {
  const found: string[] = [];
  for await (const line of createInterface({ input: createReadStream(path) })) {
    if (found.length === lines) break;
    found.push(line);
  }
  return found;
}

async function searched(rulebook: Rulebook, storeDir: string) {
  const store = openSqliteStore(storeDir);
  const before = process.cpuUsage();
  try {
    const found = await findAnomalies({
      ...{ store, storeDir, rulebook, day: RUN_DATE, at: '2024-07-15T00:00:00.000Z', by: 'bench' },
    });
    const { user, system } = process.cpuUsage(before);
    return { ...found, cpu: (user + system) / 1e6 };
  } finally {
    await store.close();
  }
}

/** Pairs as texts: the lesser number first. */
const pairOf = (a: string, b: string): string => (a < b ? `${a} ${b}` : `${b} ${a}`);

function pairsAmong(ssids: readonly string[]): string[] {
  return ssids.flatMap((a, i) => ssids.slice(i + 1).map((b) => pairOf(a, b)));
}

function ratesOf(truth: Truth, sets: Sets, persons: ReadonlyMap<string, Person>, rulebook: Rulebook): Measured[] {
  const numbers = Map.groupBy(truth.personOf.keys(), (ssid) => truth.personOf.get(ssid) as string);
  const real = new Set([...numbers.values()].flatMap(pairsAmong));
  const found = new Set(sets.flatMap(({ sides }) => pairsAmong(sides.map(({ ssid }) => ssid))));
  const right = [...found].filter((pair) => real.has(pair));
  const wrong = [...found].filter((pair) => !real.has(pair));
  const missed = [...real].filter((pair) => !found.has(pair));
  const people = (pair: string): [string, string] =>
    pair.split(' ').map((ssid) => truth.personOf.get(ssid) as string) as [string, string];
  const areTwins = (pair: string): boolean => {
    const [a, b] = people(pair);
    return truth.twins.get(a) === b;
  };
  const scorer = new Scorer(matchParameters(rulebook));
  const twins = [...truth.twins].flatMap(([a, b]) => {
    const [one, other] = [numbers.get(a)?.[0], numbers.get(b)?.[0]];
    return a < b && one && other ? [pairOf(one, other)] : [];
  });
  const near = twins.filter((pair) => {
    const [a, b] = pair.split(' ').map((ssid) => persons.get(ssid)) as [Person | undefined, Person | undefined];
    return a && b && (scorer.parts(a, b).FirstName ?? 0) > 0;
  });
  const recall = percent(right.length, real.size);
  const precision = percent(right.length, found.size);
  const others = wrong.filter((pair) => !areTwins(pair));
  const rate = (value: number): Pick<Measured, 'wanted' | 'met'> => ({
    wanted: `${LEAST} % or more`,
    met: value >= LEAST,
  });
  return [
    {
      what: `pairs of numbers of one student that are found, of ${grouped(real.size)}`,
      result: `${recall.toFixed(2)} %`,
      ...rate(recall),
    },
    {
      what: '  those that are not, by what differs',
      result: counted(missed.map((pair) => truth.differences.get(people(pair)[0]) ?? 'nothing')) || 'none',
    },
    {
      what: `found pairs that are one student's, of ${grouped(found.size)}`,
      result: `${precision.toFixed(2)} %`,
      ...rate(precision),
    },
    {
      what: '  without twins whose first names are near',
      result: `${percent(right.length, right.length + others.length).toFixed(2)} %`,
      ...rate(percent(right.length, right.length + others.length)),
    },
    {
      what: `  twins whose first names are near, of ${grouped(twins.length)} pairs of twins`,
      result: `${near.length}, of whom ${wrong.length - others.length} are found`,
    },
  ];
}

async function personsOf(storeDir: string, rulebook: Rulebook): Promise<ReadonlyMap<string, Person>> {
  const { layouts, output } = rulebook.schemas;
  const reader = new PersonReader(layouts, output.copiesFrom, matchParameters(rulebook));
  const store = openHistories(storeDir, 'all');
  const found = new Map<string, Person>();
  for await (const histories of store.histories(EVERYBODY))
    for (const kept of histories) {
      const described = reader.described(kept.partly(reader.plan, reader.enrollmentType).complete());
      if (described) found.set(kept.ssid, personOf(described));
    }
  store.close();
  return found;
}
