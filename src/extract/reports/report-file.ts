/** A report as a file, made while the extract is read. */
import { LINE_END } from '../row.ts';
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
  for await (const line of linesOf(extract)) {
    text += maker.row(line);
    if (text.length < GATHERED) continue;
    yield text;
    text = '';
  }
  const rest = maker.rest();
  for (;;) {
    const next = rest.next();
    if (next.done) {
      yield text;
      return next.value;
    }
    text += next.value;
    if (text.length < GATHERED) continue;
    yield text;
    text = '';
  }
}

/** Lines without their ends. A last line without one counts. */
async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let left = '';
  for await (const chunk of bytes) {
    const lines = (left + decoder.decode(chunk, { stream: true })).split(LINE_END);
    left = lines.pop() as string;
    yield* lines;
  }
  left += decoder.decode();
  if (left !== '') yield left;
}
