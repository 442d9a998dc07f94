/** A report as a file, made while the extract is read. */
import { linesOf } from '../file-rows.ts';
import type { ReportMaker, ReportSummary } from './report.ts';

const GATHERED = 1 << 16;

/**
 * The report as CSV (RFC 4180), in pieces.
 * @param extract bytes of the extract, UTF-8
 * @throws UserError as `ReportMaker.row` does
 */
export async function* reportText(
  maker: ReportMaker,
  extract: AsyncIterable<Uint8Array>,
): AsyncGenerator<string, ReportSummary> {
  let text = maker.head();
  for await (const lines of linesOf(extract)) {
    for (const line of lines) text += maker.row(line);
    if (text.length < GATHERED) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
  return yield* maker.rest();
}
