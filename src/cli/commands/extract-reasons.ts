/** What two extracts were made from, found again, so that it can be said why their rows differ. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { madeOtherwise } from '#audit/made-otherwise';
import type { Manifest } from '#audit/manifest';
import { newId } from '#base/ids';
import { trackTempFile, untrackTempFile } from '#base/temp-files';
import { UserError } from '#base/user-error';
import type { PlaceOf } from '#explain/record-view';
import { keyColumns } from '#extract/file-rows';
import type { ExtractRequest } from '#extract/request';
import { commonColumns } from '#extract/row-differences';
import { ReasonFinder, type ReasonSide } from '#pipeline/difference-reasons';
import { loadFiles } from '#pipeline/load-files';
import { type NumbersMoved, numbersMoved } from '#pipeline/numbers-moved';
import { Places, uploadNames } from '#pipeline/places';
import { type OutputColumn, outputColumns } from '#records/layout';
import { openHistories } from '#store/open';
import { inputsOf } from '../manifest-inputs.ts';
import { openStore } from '../open-store.ts';
import type { ReplacementsOption } from '../options.ts';
import { followIn } from '../replacements-file.ts';

/** Where the inputs are. */
interface GivenInputs extends ReplacementsOption {
  readonly store?: string | undefined;
  readonly rules?: string | undefined;
  /** Other rules that one of them may have been made with. */
  readonly versions?: readonly string[] | undefined;
  /** Files of the earlier and of the later extract. */
  readonly recordsBefore?: readonly string[] | undefined;
  readonly recordsAfter?: readonly string[] | undefined;
}

/** Finds reasons as long as it is open. */
export interface OpenReasons {
  readonly finder: ReasonFinder;
  close(): Promise<void>;
}

/**
 * Opens what two extracts were made from.
 * @returns `undefined` when the inputs are not given; a sentence when they are not those of the manifests
 */
export async function openReasons(
  before: Manifest,
  after: Manifest,
  given: GivenInputs,
): Promise<OpenReasons | string | undefined> {
  const { store, recordsBefore, recordsAfter } = given;
  if (store === undefined && !(recordsBefore && recordsAfter)) return undefined;
  const opened: OpenSide[] = [];
  const close = async (): Promise<void> => {
    for (const side of opened) await side.close();
  };
  try {
    const runDates = [before.runDate, after.runDate];
    opened.push(await openSide(before, recordsBefore ?? [], given, runDates));
    opened.push(await openSide(after, recordsAfter ?? [], given, runDates));
  } catch (error) {
    await close();
    if (error instanceof UserError) return error.message;
    throw error;
  }
  const [was, is] = opened as [OpenSide, OpenSide];
  const [old, now] = [was, is].map(({ side: { rulebook, columns } }) =>
    outputColumns(rulebook.schemas.output, columns),
  ) as [readonly OutputColumn[], readonly OutputColumn[]];
  const finder = new ReasonFinder({
    ...{ before: was.side, after: is.side, common: commonColumns(old, now) },
    keys: keyColumns(now, is.side.rulebook).map((place) => now[place] as OutputColumn),
    says: new Map(madeOtherwise(before, after).map(({ what, sentence }) => [what, sentence])),
    reader: { visible: 'all', placeBefore: was.placeOf, placeAfter: is.placeOf },
    ...(was.snapshot !== undefined && is.snapshot !== undefined && { moved: is.moved?.(was.snapshot, is.snapshot) }),
  });
  return { finder, close };
}

interface OpenSide {
  readonly side: ReasonSide;
  readonly placeOf: PlaceOf;
  /** Of a store. */
  readonly snapshot?: number;
  /** What retirements did to a student between two snapshots of the store. */
  moved?(before: number, after: number): (ssid: string) => Promise<NumbersMoved>;
  close(): Promise<void>;
}

/** The inputs, with the first of the rules that are the manifest's. */
async function foundInputs(manifest: Manifest, paths: readonly string[], asked: GivenInputs) {
  const { store, rules, versions = [], replacements } = asked;
  const { inputs } = manifest;
  const given = {
    paths,
    ...(paths.length === 0 && store !== undefined && { store }),
    // One of the two may have been made without.
    ...(inputs.from === 'files' && inputs.replacements && replacements !== undefined && { replacements }),
  };
  let refusal: unknown;
  for (const own of [rules, ...versions])
    try {
      return await inputsOf(manifest, { ...given, ...(own !== undefined && { rules: own }) });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      refusal ??= error;
    }
  throw refusal;
}

/** @param runDates of both extracts, CCYYMMDD */
async function openSide(
  manifest: Manifest,
  paths: readonly string[],
  given: GivenInputs,
  runDates: readonly string[],
): Promise<OpenSide> {
  const inputs = await foundInputs(manifest, paths, given);
  const { rulebook } = inputs;
  const { request, runDate, columns } = manifest;
  const madeWith = { rulebook, columns, request, runDate };
  if (inputs.from === 'store') {
    const { storeDir, snapshot } = inputs;
    const kept = await openKept(storeDir, request, snapshot);
    return { ...kept, snapshot, side: { ...madeWith, body: kept.body } };
  }
  const temporaryDir = mkdtempSync(join(tmpdir(), 'cenr-diff-'));
  trackTempFile(temporaryDir);
  const stores = new Map<string, Awaited<ReturnType<typeof openKept>>>();
  const close = async (): Promise<void> => {
    for (const store of stores.values()) await store.close();
    rmSync(temporaryDir, { recursive: true, force: true });
    untrackTempFile(temporaryDir);
  };
  try {
    for (const day of new Set(runDates)) {
      const storeDir = join(temporaryDir, day);
      await loadFiles({
        ...{ storeDir, id: newId('upload', 0, Buffer.alloc(ID_BYTES)), sender: 'all', files: inputs.files },
        ...{ receivedAt: NEVER, loadDay: day, encoding: inputs.encoding, rulebook, temporaryDir },
      });
      if (inputs.replacements) await followIn(storeDir, inputs.replacements, rulebook);
      stores.set(day, await openKept(storeDir, request));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    side: { ...madeWith, body: async (ssid, day) => (await stores.get(day)?.body(ssid)) ?? '' },
    placeOf: (source) => {
      const place = stores.get(runDate)?.placeOf(source);
      return place && { file: place.file };
    },
    close,
  };
}

/** Histories of a store, as it is or as it was. */
async function openKept(storeDir: string, { reportingLEAs }: ExtractRequest, snapshot?: number) {
  const histories = await openHistories(storeDir, reportingLEAs, snapshot);
  const whole = await openStore(storeDir, { readOnly: true });
  const places = new Places(whole, uploadNames(whole));
  return {
    body: async (ssid: string): Promise<string> =>
      await places.learn((await histories.history(ssid, snapshot))?.body() ?? ''),
    placeOf(source: number) {
      const sent = places.of(source);
      return sent && { file: basename(sent.file), upload: sent.upload };
    },
    moved: (before: number, after: number) => (ssid: string) => numbersMoved(whole, ssid, before, after),
    async close(): Promise<void> {
      await histories.close();
      await whole.close();
    },
  };
}

const ID_BYTES = 10;
/** A store that lasts as long as the command is never asked when its files came. */
const NEVER = new Date(0).toISOString();
