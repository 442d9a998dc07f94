/** The extract that a page is about, as it is known on paper. */
import type { ShownExtract } from '../coordinator/shown.ts';
import { html } from '../html.ts';
import type { Visit } from '../visit.ts';
import { day, moment, requestWords, scopeWords } from '../words.ts';

/** HTML. */
export const extractIdentified = ({ id, request, requestedAt, runDate, rulebook, sha256 }: ShownExtract): string =>
  html`${requestWords(request)}, ${scopeWords(request)}, requested ${moment(requestedAt)}, made as of ${day(runDate)}. Extract <code>${id}</code>!${
    sha256 === undefined ? '' : html`, SHA-256 <code>${sha256}</code>`
  }, rulebook <code>${rulebook}</code>.`;

/**
 * HTML: what the extract in the address is known by.
 * @throws RefusedError for an extract that is not there, or is somebody else's
 */
export const identifiedOf = async (visit: Visit): Promise<string> =>
  extractIdentified((await visit.ask<ShownExtract>(`/v1/extracts/${visit.part('id')}`)).body);
