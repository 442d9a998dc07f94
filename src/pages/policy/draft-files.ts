/** The files of a draft, and the parameters in them. */
import { parseJson } from '#base/json';
import type { Visit } from '../visit.ts';
import { changeDraft, draftRoute } from './draft-frame.ts';
import type { ShownFiles, ShownParameter } from './shown.ts';

/** A parameter as its file declares it. */
export type DeclaredParameter = ShownParameter & {
  readonly codeSet?: string;
  readonly keys?: string;
  readonly differsBy?: { readonly says: string };
};

const PARAMETERS = 'rules/parameters/';

export interface ParameterFile {
  readonly path: string;
  /** None of a file that is no JSON at the moment. */
  readonly parameters: readonly DeclaredParameter[];
}

export const filePath = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

/** Paths of all files of the draft. */
export const draftPaths = async (visit: Visit): Promise<string[]> =>
  (await visit.ask<ShownFiles>(`${draftRoute(visit)}/files`)).body.files.map(({ path }) => path);

/** A file as it was written. REST sends it as JSON, which it need not be. */
export async function draftText(visit: Visit, path: string): Promise<string> {
  return visit.askText(`${draftRoute(visit)}/files/${filePath(path)}`);
}

interface WrittenFile {
  readonly path: string;
  readonly text: string;
}

/**
 * Keeps several files as one change: all, or none when one is refused.
 * @throws RefusedError
 */
export async function keepFiles(visit: Visit, files: readonly WrittenFile[]): Promise<void> {
  const [only] = files;
  if (!only) return;
  if (files.length === 1) {
    await changeDraft(visit, 'PUT', `/files/${filePath(only.path)}`, only.text);
    return;
  }
  const changed = new Set(files.map(({ path }) => path));
  const others = (await draftPaths(visit)).filter((path) => !changed.has(path));
  const kept = await Promise.all(others.map(async (path) => ({ path, text: await draftText(visit, path) })));
  await changeDraft(visit, 'PUT', '/files', { files: [...kept, ...files] });
}

/** The parameters of the draft, file by file. */
export const parameterFiles = (visit: Visit, paths: readonly string[]): Promise<ParameterFile[]> =>
  Promise.all(
    paths
      .filter((path) => path.startsWith(PARAMETERS))
      .map(async (path) => {
        const { json } = parseJson(await draftText(visit, path));
        const { parameters } = (json ?? {}) as { parameters?: DeclaredParameter[] };
        return { path, parameters: Array.isArray(parameters) ? parameters : [] };
      }),
  );

/** The codes of a code set of the draft, with what they mean; none where it has no such set. */
export async function codesOf(
  visit: Visit,
  paths: readonly string[],
  codeSet: string | undefined,
): Promise<readonly { readonly code: string; readonly meaning: string }[]> {
  const path = `schemas/codesets/${codeSet}.json`;
  if (codeSet === undefined || !paths.includes(path)) return [];
  const { json } = parseJson(await draftText(visit, path));
  const { codes } = (json ?? {}) as { codes?: { code: string; meaning: string }[] };
  return Array.isArray(codes) ? codes : [];
}
