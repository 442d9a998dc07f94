/**
 * What the trace costs: outcomes recorded against none, an extract with trace, leaves and manifest against one without,
 * and the bytes that a row of it takes.
 */

import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { fileOutput } from '#base/output';
import { grouped } from '#base/text';
import { defaultThreads } from '#base/threads';
import { compileRulebook } from '#extract/extractor';
import { requestFacts } from '#extract/request';
import { extractFromFiles } from '#pipeline/from-files';
import { extractFromStore } from '#pipeline/from-store';
import { historyOf, type KeptHistory } from '#records/record';
import { EVERYBODY } from '#records/scope';
import type { Rulebook } from '#rulebook/load/assemble';
import { openHistories } from '#store/sqlite';
import { REQUEST, RUN_DATE, sampleFiles, sampleStore } from './data.ts';
import { type Measured, quickest, seconds, times } from './measure.ts';

const ROWS = 1_000;
const REPEATS = 200;
const RUNS = 3;

/** Both work in turn, so that what disturbs the one disturbs the other. */
async function inTurn(
  runs: number,
  first: () => unknown,
  second: () => unknown,
): Promise<[first: number, second: number]> {
  let [a, b] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let i = 0; i < runs; i++) {
    a = Math.min(a, await quickest(1, first));
    b = Math.min(b, await quickest(1, second));
  }
  return [a, b];
}

function evaluationOf(rulebook: Rulebook, histories: readonly KeptHistory[], recording: boolean): () => void {
  const { program } = compileRulebook(rulebook, { recording, reading: false });
  const x = program.newEvaluation();
  program.begin(x, requestFacts(REQUEST, rulebook), RUN_DATE);
  const rows = histories
    .flatMap((kept) => {
      const history = historyOf(kept.ssid, kept.records(program.plan), program.plan);
      return program.select(x, history).map((enrollment) => ({ history, enrollment }));
    })
    .slice(0, ROWS);
  return () => {
    for (const { history, enrollment } of rows) {
      x.history = history;
      program.evaluate(x, enrollment);
    }
  };
}

export async function trace(rulebook: Rulebook, students: number): Promise<Measured[]> {
  const few = openHistories(await sampleStore(2_000, rulebook), 'all');
  const histories = (await Array.fromAsync(few.histories(EVERYBODY))).flat();
  few.close();
  const [without, withOutcomes] = await inTurn(
    REPEATS,
    evaluationOf(rulebook, histories, false),
    evaluationOf(rulebook, histories, true),
  );

  const storeDir = await sampleStore(students, rulebook);
  const at = (name: string): string => join(tmpdir(), `cenr-bench-${process.pid}${name}`);
  // As a manifest's leaves are salted.
  const saltKey = new Uint8Array(32);
  const [out, lines, leaves] = [at('.txt'), at('.ndjson'), at('.leaves')];
  const request = { rulebook, request: REQUEST, runDate: RUN_DATE };
  let rows = 0;
  const [plain, traced] = await inTurn(
    RUNS,
    () => extractFromStore({ ...request, storeDir, out }),
    async () => {
      ({ rows } = await extractFromStore({ ...request, storeDir, out, trace: lines, leaves, manifest: true, saltKey }));
    },
  );
  const raw = statSync(lines).size / rows;
  // Enough of it to be typical, and little enough to be packed at once.
  const part = readFileSync(lines).subarray(0, 50_000_000);
  const packed = (raw * gzipSync(part).length) / part.length;

  const dir = await sampleFiles(students);
  const files = readdirSync(dir).map((name) => ({ name, path: join(dir, name) }));
  const fromFiles = async (beside: object): Promise<unknown> =>
    extractFromFiles({ ...request, files, threads: defaultThreads(), output: await fileOutput(out), ...beside });
  const [plainFiles, tracedFiles] = await inTurn(
    RUNS - 1,
    () => fromFiles({}),
    () => fromFiles({ trace: lines, leaves, manifest: true, saltKey }),
  );
  for (const file of [out, lines, leaves]) rmSync(file, { force: true });

  const ratio = (what: string, dearer: number, cheaper: number, most: number): Measured => ({
    what,
    result: times(dearer / cheaper),
    wanted: `at most ${most} times`,
    met: dearer / cheaper <= most,
  });
  const all = grouped(students);
  return [
    ratio('evaluation with outcomes recorded : without', withOutcomes, without, 1.4),
    { what: `extract of ${all} students from the store`, result: seconds(plain) },
    ratio('  with trace, leaves and manifest : without', traced, plain, 1.6),
    { what: `extract of ${all} students from files`, result: seconds(plainFiles) },
    ratio('  with trace, leaves and manifest : without', tracedFiles, plainFiles, 1.6),
    {
      what: 'a row of the trace',
      result: `${Math.round(raw)} bytes`,
      wanted: 'at most 400, packed',
      met: packed <= 400,
    },
    { what: '  packed with gzip', result: `${Math.round(packed)} bytes` },
  ];
}
