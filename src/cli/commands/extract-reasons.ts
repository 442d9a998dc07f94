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
import { commonColumns } from '#extract/row-differences';
import { ReasonFinder, type ReasonSide } from '#pipeline/difference-reasons';
import { loadFiles } from '#pipeline/load-files';
import { type OutputColumn, outputColumns } from '#records/layout';
import { openHistories } from '#store/sqlite';
import { inputsOf } from '../manifest-inputs.ts';
import { openStore } from '../open-store.ts';

/** Where the inputs are. */
interface GivenInputs {
  readonly store?: string | undefined;
  readonly rules?: string | undefined;
  /** Files of the earlier and of the later extract. */
  readonly recordsBefore?: readonly string[] | undefined;
  readonly recordsAfter?: readonly string[] | undefined;
}

/** Finds reasons as long as it is open. */
export interface OpenReasons {
  readonly finder: ReasonFinder;
  close(): void;
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
  const close = (): void => {
    for (const side of opened) side.close();
  };
  try {
    opened.push(await openSide(before, recordsBefore ?? [], given));
    opened.push(await openSide(after, recordsAfter ?? [], given));
  } catch (error) {
    close();
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
  });
  return { finder, close };
}

interface OpenSide {
  readonly side: ReasonSide;
  readonly placeOf: PlaceOf;
  close(): void;
}

async function openSide(
  manifest: Manifest,
  paths: readonly string[],
  { store, rules }: GivenInputs,
): Promise<OpenSide> {
  const inputs = await inputsOf(manifest, {
    paths,
    ...(paths.length === 0 && store !== undefined && { store }),
    ...(rules !== undefined && { rules }),
  });
  const { rulebook } = inputs;
  const { request, runDate, columns } = manifest;
  if (inputs.from === 'store') return opened(inputs.storeDir, inputs.snapshot, () => {});
  const temporaryDir = mkdtempSync(join(tmpdir(), 'cenr-diff-'));
  trackTempFile(temporaryDir);
  const remove = (): void => {
    rmSync(temporaryDir, { recursive: true, force: true });
    untrackTempFile(temporaryDir);
  };
  try {
    const storeDir = join(temporaryDir, 'store');
    await loadFiles({
      ...{ storeDir, id: newId('upload', 0, Buffer.alloc(ID_BYTES)), sender: 'all', files: inputs.files, temporaryDir },
      ...{ receivedAt: NEVER, loadDay: runDate, encoding: inputs.encoding, rulebook },
    });
    return opened(storeDir, undefined, remove);
  } catch (error) {
    remove();
    throw error;
  }

  function opened(storeDir: string, snapshot: number | undefined, done: () => void): OpenSide {
    const histories = openHistories(storeDir, request.reportingLEAs, snapshot);
    const whole = openStore(storeDir, { readOnly: true });
    return {
      side: {
        ...{ rulebook, columns, request, runDate },
        body: async (ssid) => (await histories.history(ssid, snapshot))?.body() ?? '',
      },
      placeOf(source) {
        const sent = whole.source(source);
        return sent && { file: basename(sent.file), ...(snapshot !== undefined && { upload: sent.upload }) };
      },
      close() {
        histories.close();
        whole.close();
        done();
      },
    };
  }
}

const ID_BYTES = 10;
/** A store that lasts as long as the command is never asked when its files came. */
const NEVER = new Date(0).toISOString();
