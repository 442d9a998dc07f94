/** The loading thread. */
import { serveTasks, type TaskContext } from '#base/serve-tasks';
import type { Upload } from '#intake/upload';
import { type LoadWork, loadFiles } from './load-files.ts';

export type LoadThread = typeof setUp;

const setUp = () => ({ load });

/** Tells of every hundredth of the work, not of every block. */
function load(work: LoadWork, context: TaskContext): Promise<Upload> {
  let last = 0;
  const onProgress = (fraction: number): void => {
    if (fraction < last + 0.01) return;
    last = fraction;
    context.onProgress(fraction);
  };
  return loadFiles({ ...work, onProgress, signal: context.signal });
}

serveTasks(setUp);
