/** What `cenr ssid assign` does. */
import { randomBytes, randomInt } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { newId } from '#base/ids';
import { fileOutput } from '#base/output';
import { amount, grouped } from '#base/text';
import { UserError } from '#base/user-error';
import { today } from '#cli/clock';
import { LOAD_MAKES_ONE, withExistingStore } from '#cli/open-store';
import { scopeFrom } from '#cli/options';
import { problemWords, say, seconds } from '#cli/summary';
import { choicesOf } from '#identity/response';
import type { Encoding } from '#intake/lines';
import { type AssignedRequest, assignSSIDs, type Origin } from '#pipeline/assign-ssids';
import { loadFiles } from '#pipeline/load-files';
import type { Rulebook } from '#rulebook/load/assemble';
import { requestsFrom } from './requests-from.ts';

export interface AssignCommandOptions {
  readonly lea: string;
  readonly store: string;
  readonly response?: string;
  readonly out: string;
  readonly load: boolean;
  readonly encoding: Encoding;
  readonly rules?: string;
}

/** Who assigns on the command line. */
const BY = 'command line';

/** Assigns numbers to the requests of files, as the options of `cenr ssid assign` say. */
export async function assignFiles(paths: readonly string[], options: AssignCommandOptions): Promise<void> {
  const begun = performance.now();
  const { response, store: storeDir, out } = options;
  if (paths.includes(out)) throw new UserError(`--out names an input, "${out}"; give another file`);
  if (response !== undefined && !existsSync(response))
    throw new UserError(`there is no file "${response}"; give the response to the match`);
  const choices = response === undefined ? undefined : choicesOf(readFileSync(response, 'utf8'), basename(response));
  const { requests, rulebook, severalFiles } = await requestsFrom(paths, options);
  const now = new Date();
  const { assigned, joined } = await withExistingStore(
    storeDir,
    (store) =>
      assignSSIDs({
        ...{ store, storeDir, rulebook, requests, choices, randomBelow: randomInt, scope: scopeFrom([options.lea]) },
        ...{ id: newId('upload', now.getTime(), randomBytes(10)), loadDay: today(now) },
        lineOf: ({ file, line }) => (severalFiles ? `${file}:${line}` : String(line)),
        entry: { at: now.toISOString(), by: BY },
      }),
    LOAD_MAKES_ONE,
  );
  await writeRecords(out, assigned, rulebook);
  const count = (origin: Origin): string => grouped(assigned.filter((one) => one.origin === origin).length);
  say([
    `requests      ${grouped(assigned.length)}`,
    `  new         ${count('new')}`,
    `  chosen      ${count('chosen')}`,
    `  as before   ${count('before')}`,
    `  waiting     ${count('waiting')}`,
    ...(joined > 0 ? [`joined        ${amount(joined, 'record')} that waited for an SSID`] : []),
    `written       ${out}`,
    ...(options.load ? await load(options, rulebook, now) : []),
    `in ${seconds(begun)}`,
  ]);
}

async function writeRecords(path: string, assigned: readonly AssignedRequest[], rulebook: Rulebook): Promise<void> {
  const { layouts, output } = rulebook.schemas;
  const place = layouts
    .find(({ recordType }) => recordType === output.copiesFrom)
    ?.columns.findIndex(({ key }) => key === SSID) as number;
  const file = await fileOutput(path);
  try {
    for (const { request, ssid } of assigned)
      await file.write(`${request.text.split('^').with(place, ssid).join('^')}\r\n`);
    await file.finish();
  } catch (error) {
    await file.abandon();
    throw error;
  }
}

const SSID = 'ssid';

/** Loads the records as an upload of the LEA; gives what is said of it. */
async function load({ lea, store, out }: AssignCommandOptions, rulebook: Rulebook, now: Date): Promise<string[]> {
  const { counts, problemCounts } = await loadFiles({
    ...{ storeDir: store, id: newId('upload', now.getTime(), randomBytes(10)), sender: lea, rulebook },
    ...{ files: [{ name: basename(out), path: out }], receivedAt: now.toISOString(), loadDay: today(now) },
  });
  const { added, replaced, rejected } = counts;
  return [
    `loaded        ${grouped(added)} added, ${grouped(replaced)} replaced, ${grouped(rejected)} rejected`,
    ...(Object.keys(problemCounts).length > 0 ? [`  problems    ${problemWords(problemCounts)}`] : []),
  ];
}
