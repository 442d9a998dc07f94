/** The requests for SSIDs in the files that a command names. */

import { today } from '#cli/clock';
import { namedFiles, withReferencesOf } from '#cli/inputs';
import { rulebookFrom } from '#cli/rulebook-from';
import { compileRulebook } from '#extract/extractor';
import { PersonReader } from '#identity/columns';
import { matchParameters } from '#identity/parameters';
import type { Encoding } from '#intake/lines';
import { requestsOf, type SSIDRequest } from '#pipeline/match-requests';
import type { Rulebook } from '#rulebook/load/assemble';

export interface RequestsFrom {
  readonly requests: AsyncIterable<SSIDRequest>;
  readonly rulebook: Rulebook;
  readonly severalFiles: boolean;
}

/** @throws UserError as `namedFiles`, and when the rules lack a parameter */
export async function requestsFrom(
  paths: readonly string[],
  options: {
    readonly lea: string;
    readonly store: string;
    readonly encoding: Encoding;
    readonly rules?: string | undefined;
  },
): Promise<RequestsFrom> {
  const rulebook = await withReferencesOf(await rulebookFrom(options), options.store);
  const files = await namedFiles(paths, undefined, rulebook);
  const { schemas } = rulebook;
  const reader = new PersonReader(schemas.layouts, schemas.output.copiesFrom, matchParameters(rulebook));
  const requests = requestsOf({
    ...{ files, rulebook, reader, checks: compileRulebook(rulebook).checks, encoding: options.encoding },
    ...{ sender: options.lea === 'all' ? undefined : options.lea, loadDay: today() },
  });
  return { requests, rulebook, severalFiles: files.length > 1 };
}
