/**
 * Forms of an extract, made in a thread while they are sent: a workbook keeps a processor busy for a second or more, in
 * which nobody else would be answered.
 */
import { Threads, threadFile } from '#base/threads';
import type { FormThread, FormWork } from './form-thread.ts';

/** A workbook with a filter and an About sheet, the largest thing that is held in memory, takes half of it. */
const MOST_MEGABYTES = 768;

/**
 * The bytes of a form, in pieces; nothing is made before they are asked for, and never more than the next piece.
 * @throws Error without the reason's own words: they may name a value of a student, and they are logged
 */
export async function* formPieces(work: FormWork): AsyncGenerator<Uint8Array> {
  const thread = new Threads<FormThread>({
    file: threadFile(import.meta.url, './form-thread'),
    count: 1,
    dataOf: () => work,
    limits: { maxOldGenerationSizeMb: MOST_MEGABYTES },
  });
  try {
    for (;;) {
      const piece = await thread.run('next', undefined);
      if (piece.length === 0) return;
      yield piece;
    }
  } catch (error) {
    throw new Error(`a ${work.plan.form} form of an extract was cut off: ${(error as Error).name}`);
  } finally {
    await thread.close();
  }
}
