/**
 * Extracts whose ranges other processes make too: whoever has the job puts them to the others as parts, takes what they
 * made from files in the shared folder, and puts everything together in order.
 */
import { hash } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { fileOutput } from '#base/output';
import { type SharedRanges, sharedInOrder, type TaskBoard } from '#pipeline/shared-ranges';
import type { RangeResult } from '#pipeline/steps';
import type { Attempt, PartName, Parts } from '#store/replicas';
import type { Heard } from '../plugins/replicas.ts';
import { removeFiles } from './job-queue.ts';

/** From when on extracts are shared, and how large parts are; what suits large data when not given. */
export type PartSizes = Pick<SharedRanges, 'from' | 'studentsARange'>;

export interface SharingOptions extends PartSizes {
  readonly parts: Parts;
  /** Of the program: only processes of the same one make parts. */
  readonly version: string;
  /** Told what went wrong and was made good, or does no harm. */
  readonly onTrouble: (job: string, error: unknown) => void;
}

const fileOf = (dir: string, n: number): string => join(dir, String(n));

/**
 * Keeps what was made of a part.
 * @param dir of the parts of an attempt; it is there as long as they are wanted
 * @returns SHA-256 of the file
 */
export async function writePart(dir: string, n: number, made: RangeResult): Promise<string> {
  const output = await fileOutput(fileOf(dir, n));
  try {
    await output.write(serialize(made));
    return (await output.finish()).sha256;
  } catch (error) {
    await output.abandon();
    throw error;
  }
}

/** @throws Error for a file that is not there, or not as it was written */
async function readPart(dir: string, n: number, sha256: string): Promise<RangeResult> {
  const bytes = await readFile(fileOf(dir, n));
  const found = hash('sha256', bytes);
  if (found !== sha256) throw new Error(`part ${n} in ${dir} has the SHA-256 ${found}, expected ${sha256}`);
  return deserialize(bytes) as RangeResult;
}

export class SharedExtracts {
  readonly #options: SharingOptions;
  /** By job and place: something became of a part that is waited for. */
  readonly #changes = new EventEmitter().setMaxListeners(0);

  constructor(options: SharingOptions) {
    this.#options = options;
  }

  heard(told: Heard): void {
    if (told.about === 'part') this.#changes.emit(nameOf(told));
    // What was told may be lost, and that somebody is gone is told by nobody.
    if (told.about === 'anything') for (const name of this.#changes.eventNames()) this.#changes.emit(name);
  }

  /**
   * Has the ranges of an attempt made by everybody.
   * @param dir a folder for what others make, that is made and removed
   */
  rangesOf(of: Attempt, dir: string, signal: AbortSignal): SharedRanges {
    const { parts, version, from, studentsARange, onTrouble } = this.#options;
    const board: TaskBoard<RangeResult> = {
      take: (n) => parts.take(of, n),
      made: (n) => this.#made({ ...of, n }, dir, signal),
    };
    return {
      from,
      studentsARange,
      async *inOrder(ranges, ahead, start) {
        await mkdir(dir, { recursive: true, mode: 0o700 });
        try {
          await parts.add(of, ranges, version);
          yield* sharedInOrder(ranges, ahead, start, board);
        } finally {
          // If need be it is removed with the other files of the extract.
          await removeFiles({ dir }).catch((error) => onTrouble(of.job, error));
        }
      },
    };
  }

  /** What another makes of a part; `undefined` when nobody does, or it cannot be used. */
  async #made(part: PartName, dir: string, signal: AbortSignal): Promise<RangeResult | undefined> {
    const { parts, onTrouble } = this.#options;
    for (;;) {
      // Listening goes first: the part may be made while somebody looks.
      const { promise, resolve } = Promise.withResolvers<void>();
      const look = (): void => resolve();
      this.#changes.once(nameOf(part), look);
      signal.addEventListener('abort', look);
      try {
        signal.throwIfAborted();
        const state = await parts.look(part);
        if (state === 'free') return undefined;
        if (state === 'held') {
          await promise;
          continue;
        }
        try {
          const made = await readPart(dir, part.n, state.sha256);
          await rm(fileOf(dir, part.n), { force: true });
          return made;
        } catch (error) {
          onTrouble(part.job, error);
          await parts.spoiled(part);
          return undefined;
        }
      } finally {
        this.#changes.off(nameOf(part), look);
        signal.removeEventListener('abort', look);
      }
    }
  }
}

const nameOf = ({ job, attempt, n }: PartName): string => `${job} ${attempt} ${n}`;
