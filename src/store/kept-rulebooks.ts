/** How rulebooks and reference files are kept, whichever store keeps them. */
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Activation } from '#publishing/activation';
import type { Draft, DraftWithTexts } from '#publishing/draft';
import type { RulebookJson, SourceFile } from '#rulebook/load/declarations';
import { fileHash, hashOf, type RulebookTexts } from '#rulebook/load/texts';
import { RulebookDamagedError } from './store.ts';

const ABOUT = 'rules/rulebook.json';

export const packed = (files: readonly SourceFile[] | RulebookTexts): Uint8Array => gzipSync(JSON.stringify(files));

export function unpacked<T>(hash: string, files: Uint8Array): readonly T[] {
  try {
    return JSON.parse(gunzipSync(files).toString()) as readonly T[];
  } catch (error) {
    throw new RulebookDamagedError(hash, `they cannot be decompressed (${(error as Error).message})`);
  }
}

export function textsOf(hash: string, files: Uint8Array): RulebookTexts {
  const texts = unpacked<RulebookTexts[number]>(hash, files);
  const found = hashOf(texts);
  if (found !== hash) throw new RulebookDamagedError(hash, `their hash is ${found}`);
  return texts;
}

/** The texts of files, if every one of them has a text. */
export function allTexts(files: readonly SourceFile[]): RulebookTexts | undefined {
  const texts = files.flatMap(({ path, text }) => (text === undefined ? [] : { path, text }));
  return texts.length === files.length ? texts : undefined;
}

export const sourceFile = ({ path, text }: RulebookTexts[number]): SourceFile => ({
  path,
  json: JSON.parse(text),
  sha256: fileHash(text),
  text,
});

export function aboutOf(files: readonly SourceFile[]): RulebookJson {
  const about = files.find(({ path }) => path === ABOUT);
  if (!about) throw new Error(`a rulebook needs ${ABOUT}, which names its publication; add the file`);
  return about.json as RulebookJson;
}

export interface ReferenceRow {
  readonly sha256: string;
  readonly path: string;
  readonly text: Uint8Array;
}

export function referenceFile({ sha256, path, text }: ReferenceRow): SourceFile {
  const unpacked = gunzipSync(text).toString();
  if (fileHash(unpacked) !== sha256) throw new RulebookDamagedError(sha256, `the hash of ${path} is another`);
  return { path, json: JSON.parse(unpacked), sha256, text: unpacked };
}

/** A draft as a list has it: what belongs to its texts is left out as they are. */
export function listed(draft: Draft | DraftWithTexts): Draft {
  const { texts: _, former: __, ...rest } = draft as DraftWithTexts;
  return rest;
}

export const isMoment = (text: string): boolean =>
  !Number.isNaN(Date.parse(text)) && new Date(text).toISOString() === text;

/** Activations are only added and canceled, so it is enough to count both. */
export const sameActivations = (now: readonly Activation[], then: readonly Activation[]): boolean =>
  now.length === then.length && withdrawnAmong(now) === withdrawnAmong(then);

const withdrawnAmong = (list: readonly Activation[]): number =>
  list.filter((activation) => activation.withdrawnAt !== undefined).length;
