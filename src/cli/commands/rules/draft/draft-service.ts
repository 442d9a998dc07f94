/** What every command about drafts needs: where drafts are in the service, and which revision of one was seen. */

import { Option } from 'commander';
import { numberOption } from '#cli/options';
import type { serviceClient } from '#cli/service-client';
import { terminal } from '#cli/terminal';

/** A service that was found. */
export type Client = ReturnType<typeof serviceClient>;

/** The path of all drafts. */
export const DRAFTS = '/v1/rulebook/drafts';

/** The path of a draft, or of something below it. */
export const draftPath = (id: string, path = ''): string => `${DRAFTS}/${encodeURIComponent(id)}${path}`;

/** The path of a file of a draft. */
export const draftFilePath = (id: string, path: string): string =>
  draftPath(id, `/files/${path.split('/').map(encodeURIComponent).join('/')}`);

export const print = (lines: readonly string[]): void =>
  void terminal.out.write(lines.map((line) => `${line}\n`).join(''));

/** An option for commands that change a draft. */
export const revisionOption = (): Option =>
  new Option(
    '--revision <N>',
    'the revision that you read (cenr rules draft show); refused if the draft has changed since (default: the current revision)',
  ).argParser(numberOption(1));

export interface Revision {
  readonly revision?: number;
}

/** The tag of the draft as it was seen, or as it is. */
export async function seenOf(ask: Client, id: string, revision: number | undefined): Promise<string> {
  return revision === undefined ? ((await ask(draftPath(id))).headers.get('etag') ?? '') : `"${revision}"`;
}
