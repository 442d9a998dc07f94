/** Whether requests in the access log that do not name a student saw this student. */
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Access } from '#audit/access-log/chain';
import { disclosedBy, studentHash } from '#audit/access-log/disclosed';
import { compileRulebook, Extractor } from '#extract/extractor';
import { type ExtractRequest, requestFacts } from '#extract/request';
import type { LEAScope } from '#records/scope';
import type { Rulebook } from '#rulebook/load/assemble';
import type { ExtractJob } from '#store/extract-job';
import { SnapshotGoneError, type Store } from '#store/store';
import { accessKeyOf } from '../manifest-keys.ts';

/** `maybe`: what would tell was deleted, or does not name its students. */
export type Held = 'yes' | 'no' | 'maybe';

export type StudentSought = (access: Access) => Promise<Held>;

/**
 * All numbers of a student, whichever is asked for: the active one first. Whoever may not see the student learns none.
 * @param scope LEAs of whoever asks
 */
export async function numbersOf(store: Store, asked: string, scope: LEAScope): Promise<readonly string[]> {
  const { ssids } = store;
  const active = await ssids.activeOf(asked);
  if (scope !== 'all' && (await store.forLEAs(scope).history(active)) === undefined) return [asked];
  return [active, ...(await ssids.formerOf(active)).map(({ retired }) => retired)];
}

/**
 * Seeks one student. What an extract held is worked out again from the store as it was then; where that was deleted, it
 * is looked up in the file.
 * @param store of the folder `dir`
 * @param ssids all numbers of the student
 * @param rulebookOf gives a rulebook that is kept, by its hash
 */
export async function studentSought(
  store: Store,
  dir: string,
  ssids: readonly string[],
  rulebookOf: (hash: string) => Promise<Rulebook | undefined>,
): Promise<StudentSought> {
  const accessKey = await accessKeyOf(store);
  const hashes = ssids.map((ssid) => studentHash(accessKey, ssid));
  const remembered = new Map<string, Promise<Held>>();
  const once = (what: string, find: () => Promise<Held>): Promise<Held> => {
    const held = remembered.get(what) ?? find();
    remembered.set(what, held);
    return held;
  };
  const ofExtract = (id = ''): Promise<Held> =>
    once(`extract ${id}`, async () => {
      const job = await store.forLEAs('all').jobs('extract').get(id);
      return (
        (job && (await madeAgain(store, job, ssids, rulebookOf))) ?? inFile(join(dir, 'extracts', `${id}.txt`), ssids)
      );
    });
  const ofExceptions = (id = ''): Promise<Held> =>
    once(`exceptions ${id}`, () => inFile(join(dir, 'extracts', `${id}.exceptions.ndjson`), ssids));

  const ofReport = (id: string, ending: string): Promise<Held> =>
    once(`report ${id}${ending}`, () => inFile(join(dir, 'impacts', id + ending), ssids));

  const ofReconciliation = (id: string): Promise<Held> =>
    once(`reconciliation ${id}`, () => inFile(join(dir, 'reconciliations', id, 'list.ndjson'), ssids));

  const ofMatching = (id: string): Promise<Held> =>
    once(`match ${id}`, () => inFile(join(dir, 'matches', id, 'matches.ndjson'), ssids));

  const ofList = (id: string): Promise<Held> =>
    once(`SSID extract ${id}`, () => inFile(join(dir, 'ssid-extracts', `${id}.txt`), ssids));

  return async (access) => {
    const {
      extract,
      ssidExtract = '',
      upload = '',
      impact = '',
      reconciliation = '',
      matching = '',
      students,
    } = access;
    switch (disclosedBy(access)) {
      case 'extract':
        return ofExtract(extract);
      case 'exceptions':
        return ofExceptions(extract);
      case 'rows':
        if (students !== undefined) return students.split(' ').some((each) => hashes.includes(each)) ? 'yes' : 'no';
        if (reconciliation !== '') return ofReconciliation(reconciliation);
        // Entered before pages were noted: any page may be that of the student.
        return (await ofExtract(extract)) === 'no' ? 'no' : 'maybe';
      case 'problems':
        return once(`upload ${upload}`, () => inProblems(store, upload, ssids));
      case 'reconciled':
        return ofReconciliation(reconciliation);
      case 'matched':
        return ofMatching(matching);
      case 'listed':
        return ofList(ssidExtract);
      case 'report':
        return ofReport(impact, '.json');
      case 'changes':
        return ofReport(impact, '.ndjson');
      default:
        return 'no';
    }
  };
}

/** Whether the student has a row in an extract; `undefined` when the records or rules of then are gone. */
async function madeAgain(
  store: Store,
  job: ExtractJob,
  ssids: readonly string[],
  rulebookOf: (hash: string) => Promise<Rulebook | undefined>,
): Promise<Held | undefined> {
  const { rulebookHash, request, runDate, columns, reportingLEAs, snapshot } = job;
  const rulebook = await rulebookOf(rulebookHash);
  if (!rulebook || snapshot === undefined) return undefined;
  try {
    // The number of then, which may not be one of now: what was retired may be active again.
    const then = await Promise.all(ssids.map(async (ssid) => store.ssids.activeOf(ssid, snapshot)));
    const leas = store.forLEAs(reportingLEAs);
    const found = await Promise.all([...new Set(then)].map((ssid) => leas.history(ssid, snapshot)));
    const histories = found.flatMap((history) => history ?? []);
    if (histories.length === 0) return 'no';
    const compiled = compileRulebook(rulebook, { columns, recording: false, reading: false });
    const extractor = new Extractor(compiled, requestFacts(request as ExtractRequest, rulebook), runDate);
    return histories.some((history) => extractor.rowsOf(history, () => {}) > 0) ? 'yes' : 'no';
  } catch (error) {
    if (error instanceof SnapshotGoneError) return undefined;
    throw error;
  }
}

async function inFile(path: string, ssids: readonly string[]): Promise<Held> {
  if (!existsSync(path)) return 'maybe';
  let rest = '';
  for await (const text of createReadStream(path, { encoding: 'latin1', highWaterMark: 1 << 20 })) {
    const all = rest + (text as string);
    if (ssids.some((ssid) => all.includes(ssid))) return 'yes';
    rest = all.slice(-(ssids[0] as string).length);
  }
  return 'no';
}

/** A problem names a line and not its student; only of rejected records the store knows the student, where it did then. */
async function inProblems(store: Store, upload: string, ssids: readonly string[]): Promise<Held> {
  const all = store.forLEAs('all');
  for (const ssid of ssids) {
    const rejected = await all.rejections(ssid, Number.MAX_SAFE_INTEGER);
    if (rejected.some((rejection) => rejection.upload === upload)) return 'yes';
  }
  let held: Held = 'no';
  for await (const problems of all.problems(upload)) {
    if (problems.some(([, { value }]) => ssids.includes(value))) return 'yes';
    held = 'maybe';
  }
  return held;
}
