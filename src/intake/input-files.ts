/** The files that a person names: as they are, or as the caret files of a folder. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isPartial } from '#base/output';
import { formOf, refuseForeign } from './file-form.ts';
import { UnreadableInputError } from './lines.ts';
import type { RecordTypes } from './record-types.ts';
import type { InputFile } from './upload.ts';

/** Hidden files, and what operating systems and office programs put into every folder. */
const OF_THE_SYSTEM = /^(\.|~\$)|^(Thumbs\.db|desktop\.ini|Icon\r)$/i;

export interface NamedFiles {
  readonly files: readonly InputFile[];
  /** A sentence for each file of a folder that is of another kind, and is passed over. */
  readonly passedOver: readonly string[];
}

/**
 * The files that paths stand for: a file is itself; a folder the caret files directly in it, in ascending order of name,
 * without what this program itself writes or is writing (extracts, manifests, traces, problem reports).
 * @param recordType what the sender says all records are
 * @throws UnreadableInputError for a path that does not exist, and for a folder without caret files; ForeignFileError for
 * a file of another kind that is named itself
 */
export async function inputFiles(
  paths: readonly string[],
  types: RecordTypes,
  recordType?: string,
): Promise<NamedFiles> {
  const files: InputFile[] = [];
  const passedOver: string[] = [];
  for (const path of paths) {
    const found = await stat(path).catch(() => undefined);
    if (!found) throw new UnreadableInputError(`there is no file or folder "${path}"`);
    if (!found.isDirectory()) {
      files.push({ name: path, path, recordType });
      continue;
    }
    const before = files.length;
    const within = await filesIn(path);
    for (const file of within) {
      const form = await formOf(file, types, recordType);
      if (form.kind === 'records') files.push({ name: file, path: file, recordType });
      if (form.kind === 'foreign' && !form.own) passedOver.push(form.says);
    }
    if (files.length === before)
      throw new UnreadableInputError(
        [`the folder "${path}" has no ${within.length > 0 ? 'caret-delimited ' : ''}files`, ...passedOver].join('; '),
      );
  }
  await refuseForeign(
    files.filter(({ path }) => paths.includes(path)),
    types,
  );
  return { files, passedOver };
}

async function filesIn(dir: string): Promise<string[]> {
  const paths: string[] = [];
  for (const name of (await readdir(dir)).sort()) {
    if (OF_THE_SYSTEM.test(name) || isPartial(name)) continue;
    const path = join(dir, name);
    // A link to a file is a file.
    if ((await stat(path).catch(() => undefined))?.isFile()) paths.push(path);
  }
  return paths;
}
