/** What was worked out about an extract and is kept beside its file, as JSON. */
import { readFile } from 'node:fs/promises';
import { fileOutput } from '#base/output';

/** What is kept under a path; `undefined` when nothing is yet. */
export async function keptJson<T>(path: string): Promise<T | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : (JSON.parse(text) as T);
}

/** The file appears under its name when it is complete. */
export async function keepJson(path: string, value: object): Promise<void> {
  const output = await fileOutput(path);
  await output.write(JSON.stringify(value));
  await output.finish();
}
