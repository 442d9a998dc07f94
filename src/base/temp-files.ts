/**
 * Files and folders that must not outlive the process when it is told to end: parts of an extract, and records on their
 * way through the disk.
 */
import { rmSync } from 'node:fs';

const paths = new Set<string>();

/** To be removed if the process ends before `finished` is told. Each thread has a list of its own. */
export const unfinished = (path: string): void => void paths.add(path);

/** Is complete, or gone. */
export const finished = (path: string): void => void paths.delete(path);

/** Removes all that is unfinished, at once: for whoever ends the process. */
export function removeUnfinished(): void {
  for (const path of paths) rmSync(path, { recursive: true, force: true });
  paths.clear();
}
