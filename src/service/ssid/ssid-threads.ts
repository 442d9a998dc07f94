/** Long work about SSIDs in a thread of its own, however small its files are: the event loop goes on answering. */
import { runInThread, threadFile } from '#base/threads';
import { UserError } from '#base/user-error';
import { RequestError } from '#extract/request';
import { ForeignFileError } from '#intake/file-form';
import { UnreadableInputError } from '#intake/lines';
import { RequestsRefusedError } from '#pipeline/match-requests';
import { BlockDamagedError } from '#records/block/sealed';
import { SnapshotGoneError, StoreBusyError } from '#store/store';
import { StoreTroubleError } from '#store/trouble';
import type { SSIDThread } from './ssid-thread.ts';
import type { SSIDWork } from './ssid-work.ts';

const THREAD = {
  file: threadFile(import.meta.url, './ssid-thread'),
  limits: {},
  errors: [
    ...[RequestError, UserError, RequestsRefusedError, ForeignFileError, UnreadableInputError],
    ...[BlockDamagedError, SnapshotGoneError, StoreBusyError, StoreTroubleError],
  ],
};

export const ssidWorkInThread = (storeDir: string): SSIDWork => ({
  match: (work, how) => runInThread<SSIDThread, 'match'>(THREAD, 'match', { ...work, storeDir }, how),
  list: (work, how) => runInThread<SSIDThread, 'list'>(THREAD, 'list', { ...work, storeDir }, how),
  search: (work, how) => runInThread<SSIDThread, 'search'>(THREAD, 'search', { ...work, storeDir }, how),
});
