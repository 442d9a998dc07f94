/**
 * Files and folders that must not outlive the process when it is told to end: parts of an extract, and records on their
 * way through the disk.
 */
import { rmSync } from 'node:fs';

const paths = new Set<string>();

/** The file or folder is to be removed if the process ends before `untrackTempFile`. Each thread has a list of its own. */
export const trackTempFile = (path: string): void => void paths.add(path);

/** The file or folder is complete, or was removed: it is left alone when the process ends. */
export const untrackTempFile = (path: string): void => void paths.delete(path);

/** Removes all that is tracked, at once: for whoever ends the process. */
export function removeTempFiles(): void {
  for (const path of paths) rmSync(path, { recursive: true, force: true });
  paths.clear();
}
