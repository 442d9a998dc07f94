/**
 * A rulebook as the texts of its files, and the hash by which it is known. Apart from reading and verifying them, which
 * threads that only hash have no use for.
 */
import { createHash } from 'node:crypto';

/** Path (`rules/…` or `schemas/…`, with `/`) and text of every file. */
export type RulebookTexts = readonly { readonly path: string; readonly text: string }[];

/** SHA-256 over the SHA-256 of every file with its path, in ascending order of path. */
export function hashOf(texts: RulebookTexts): string {
  const all = createHash('sha256');
  for (const { path, text } of inOrder(texts)) all.update(`${fileHash(text)}  ${path}\n`);
  return all.digest('hex');
}

/** The same files in ascending order of path. */
export const inOrder = (texts: RulebookTexts): RulebookTexts => texts.toSorted((a, b) => (a.path < b.path ? -1 : 1));

export const fileHash = (text: string): string => createHash('sha256').update(text).digest('hex');
