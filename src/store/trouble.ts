/** What goes wrong with the files of a store and the disk under them, as sentences. */
import { UserError } from '#base/user-error';

/** A file of the store, or the disk, cannot be used; the message says which, why and what to do. */
export class StoreTroubleError extends UserError {
  constructor(message: string) {
    super(message);
    this.name = 'StoreTroubleError';
  }
}

/** Result codes of SQLite. */
const READ_ONLY = 8;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANNOT_OPEN = 14;
const NOT_A_DATABASE = 26;

/** The low byte of an extended code is the code. */
const codeOf = (error: unknown): number | undefined => {
  const { errcode } = (error ?? {}) as { errcode?: unknown };
  return typeof errcode === 'number' ? errcode & 0xff : undefined;
};

/** Whether something could not be written because the disk has no room. */
export const isDiskFull = (error: unknown): boolean =>
  codeOf(error) === FULL || ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException | undefined)?.code ?? '');

/**
 * An error of SQLite or of the disk as a sentence; any other error as it is.
 * @param file where it is known
 */
export function told(error: unknown, file?: string): unknown {
  const what = file === undefined ? 'the store' : `"${file}"`;
  if (isDiskFull(error))
    return new StoreTroubleError('the disk is full, and nothing of this was stored; make room, then do it again');
  switch (codeOf(error)) {
    case CORRUPT:
    case NOT_A_DATABASE:
      return foreign(what);
    case READ_ONLY:
    case CANNOT_OPEN:
      return new StoreTroubleError(
        `${what} cannot be opened or written; it and its folder must belong to whoever runs cenr, and not be read-only`,
      );
    case IO_ERROR:
      return new StoreTroubleError(`${what} cannot be read or written: ${(error as Error).message}; check the disk`);
    default:
      return error;
  }
}

/** @param what the file */
export const foreign = (what: string): StoreTroubleError =>
  new StoreTroubleError(
    `${what} is damaged, or is no file of cenr; restore the whole folder from a backup, or give another folder`,
  );
