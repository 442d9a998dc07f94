/**
 * Files and folders that must not outlive the process when it is told to end: parts of an extract, and records on their
 * way through the disk.
 */
import { rmSync } from 'node:fs';

const paths = new Set<string>();

/** To be removed if the process is told to end before `untrackTempFile`. Each thread has a list of its own. */
export const trackTempFile = (path: string): void => void paths.add(path);

/** Is complete, or gone. */
export const untrackTempFile = (path: string): void => void paths.delete(path);

/** Removes all that is tracked, at once: for whoever ends the process. */
export function removeTempFiles(): void {
  for (const path of paths) rmSync(path, { recursive: true, force: true });
  paths.clear();
}
