/** Threads that do steps of work (`steps.ts`) side by side. */
import { ROOM_FOR_GARBAGE, Threads, threadFile } from '#base/threads';
import { UserError } from '#base/user-error';
import { RequestError } from '#extract/request';
import { BlockDamagedError } from '#records/block/sealed';
import { RulebookError } from '#rulebook/load/assemble';
import { SnapshotGoneError } from '#store/store';
import { StoreTroubleError } from '#store/trouble';
import type { StepThread, ThreadData } from './thread.ts';

export type StepThreads = Threads<StepThread>;

/**
 * Starts threads.
 * @param dataOf what each is set up with, by its index
 */
export const stepThreads = (count: number, dataOf: (index: number) => ThreadData): StepThreads =>
  new Threads<StepThread>({
    file: threadFile(import.meta.url, './thread'),
    count,
    dataOf,
    limits: ROOM_FOR_GARBAGE,
    errors: [RequestError, RulebookError, SnapshotGoneError, BlockDamagedError, StoreTroubleError, UserError],
  }).start();
