/** How rulebooks and reference files are kept, whichever store keeps them. */
import { gunzipSync, gzipSync } from 'node:zlib';
import { LRUCache } from 'lru-cache';
import type { Activation, NewActivation } from '#publishing/activation';
import type { Draft, DraftWithTexts } from '#publishing/draft';
import type { RulebookJson, SourceFile } from '#rulebook/load/declarations';
import { fileHash, hashOf, type RulebookTexts } from '#rulebook/load/texts';
import { ruleFileOf } from './former-keys.ts';
import { RulebookDamagedError } from './store.ts';

const ABOUT = 'rules/rulebook.json';

export const packed = (files: readonly SourceFile[] | RulebookTexts): Uint8Array => gzipSync(JSON.stringify(files));

function unpacked<T>(hash: string, files: Uint8Array): readonly T[] {
  try {
    return JSON.parse(gunzipSync(files).toString()) as readonly T[];
  } catch (error) {
    throw new RulebookDamagedError(hash, `they cannot be decompressed (${(error as Error).message})`);
  }
}

/** Unpacked, the files of a rulebook have a megabyte. */
const MOST = 4;
/** What was unpacked last, by its hash. A page asks for its draft several times. */
const recent = new LRUCache<string, { readonly files: Uint8Array; readonly texts: RulebookTexts }>({ max: MOST });

export function textsOf(hash: string, files: Uint8Array): RulebookTexts {
  const before = recent.get(hash);
  // Other bytes may be damaged ones.
  if (before && Buffer.compare(before.files, files) === 0) return before.texts;
  const texts = unpackedTexts(hash, files);
  recent.set(hash, { files, texts });
  return texts;
}

function unpackedTexts(hash: string, files: Uint8Array): RulebookTexts {
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

const sourceFile = ({ path, text }: RulebookTexts[number]): SourceFile => ({
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

const isMoment = (text: string): boolean => !Number.isNaN(Date.parse(text)) && new Date(text).toISOString() === text;

/** @throws Error when a time of an activation cannot be compared as a text */
export function requireMoments({ from, createdAt }: Pick<NewActivation, 'from' | 'createdAt'>): void {
  for (const moment of [from, createdAt])
    if (!isMoment(moment))
      throw new Error(`"${moment}" is not a time that can be compared; write it like 2026-07-01T07:00:00.000Z`);
}

export const notKept = (hash: string): Error =>
  new Error(`the rulebook ${hash} is not kept, so it cannot take effect; keep it first`);

/** @throws Error when a rulebook has another hash than that of its texts */
export function requireOwnHash(hash: string, texts: RulebookTexts | undefined): void {
  if (texts && hashOf(texts) !== hash) throw new Error(`expected files with the hash ${hash}, found ${hashOf(texts)}`);
}

/** @throws RangeError when the revision of a changed draft does not grow */
export function requireLater({ id, revision }: Draft, expected: number): void {
  if (!(revision > expected))
    throw new RangeError(`found revision ${revision} for a change of draft ${id}, expected one after ${expected}`);
}

/** The files of a rulebook that is kept with their texts, or without. */
export const filesOf = (hash: string, files: Uint8Array, hasTexts: boolean): readonly SourceFile[] =>
  (hasTexts ? textsOf(hash, files).map(sourceFile) : unpacked<SourceFile>(hash, files)).map(ruleFileOf);

/** Activations are only added and canceled, so it is enough to count both. */
export const sameActivations = (now: readonly Activation[], then: readonly Activation[]): boolean =>
  now.length === then.length && withdrawnAmong(now) === withdrawnAmong(then);

const withdrawnAmong = (list: readonly Activation[]): number =>
  list.filter((activation) => activation.withdrawnAt !== undefined).length;
