/** Problems with what their lines say: files are read a second time, up to the last line that has a problem. */
import { caretBlocksOf } from '#intake/caret-blocks';
import { type Block, type Encoding, textOf } from '#intake/lines';
import type { StudentProblem } from '#intake/problem';
import { RecordTypes } from '#intake/record-types';
import { lineTeller } from '#intake/sent-line';
import type { InputFile } from '#intake/upload';
import type { Rulebook } from '#rulebook/load/assemble';
import { requestColumns } from '#rulebook/tree/request-columns';
import { problemFrom } from './part-files.ts';

export interface SentFiles {
  readonly rulebook: Rulebook;
  readonly files: readonly InputFile[];
  readonly encoding?: Encoding | undefined;
  readonly signal?: AbortSignal | undefined;
}

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/**
 * @param merged problems as lines of a merged run, in the order of files and lines
 * @throws the signal's reason when it is aborted; UnreadableInputError as reading does
 */
export async function* withLines(merged: Iterable<string>, sent: SentFiles): AsyncGenerator<StudentProblem> {
  const { rulebook, files } = sent;
  const types = new RecordTypes(rulebook);
  const school = requestColumns(rulebook.extract.selection).get('schools');
  const tell = lineTeller(rulebook.schemas.layouts, school, (text) => types.has(text));
  let file = -1;
  let reader: FileLines | undefined;
  try {
    for (const line of merged) {
      const found = problemFrom(line);
      const { at = 0, problem } = found;
      if (at !== file) {
        await reader?.close();
        file = at;
        reader = new FileLines(caretBlocksOf(at, files[at] as InputFile, types), sent);
      }
      const text = await reader?.line(problem.line);
      yield text === undefined ? found : { ...found, ...tell(problem, text) };
    }
  } finally {
    await reader?.close();
  }
}

/** Lines of a file, asked for in ascending order of their numbers. */
class FileLines {
  readonly #blocks: AsyncGenerator<Block>;
  readonly #sent: SentFiles;
  #block: Block | undefined;
  /** Where line `number` begins in the block. */
  #at = 0;
  #number = 0;
  #last: { readonly number: number; readonly text: string } | undefined;

  constructor(blocks: AsyncGenerator<Block>, sent: SentFiles) {
    this.#blocks = blocks;
    this.#sent = sent;
  }

  async line(number: number): Promise<string | undefined> {
    if (this.#last?.number === number) return this.#last.text;
    for (;;) {
      const bytes = this.#block?.bytes;
      if (!bytes || this.#at >= bytes.length) {
        this.#sent.signal?.throwIfAborted();
        const next = await this.#blocks.next();
        if (next.done) return undefined;
        this.#block = next.value;
        [this.#at, this.#number] = [0, next.value.firstLine];
        continue;
      }
      const found = bytes.indexOf(LINE_FEED, this.#at);
      const end = found < 0 ? bytes.length : found;
      if (this.#number === number) {
        const to = bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
        const text = textOf(bytes.subarray(this.#at, Math.max(to, this.#at)), this.#sent.encoding);
        this.#last = { number, text };
        return text;
      }
      this.#at = end + 1;
      this.#number++;
    }
  }

  async close(): Promise<void> {
    await this.#blocks.return(undefined);
  }
}
