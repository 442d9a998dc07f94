/** The loading thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { loadFiles } from './load-files.ts';
import type { LoadMessage, LoadOptions } from './load-upload.ts';

const post = (message: LoadMessage): void => parentPort?.postMessage(message);

let last = 0;
const onProgress = (fraction: number): void => {
  if (fraction < last + 0.01) return;
  last = fraction;
  post({ kind: 'progress', fraction });
};

loadFiles({ ...(workerData as LoadOptions), onProgress }).then(
  (upload) => post({ kind: 'done', upload }),
  (error: Error) => post({ kind: 'failed', name: error.name, message: error.message }),
);
