/** What goes wrong with the database of a store, as sentences that never hold its address: there may be a password in it. */
import postgres from 'postgres';
import { UserError } from '#base/user-error';
import { StoreTroubleError } from '../trouble.ts';
import { codeOf } from './connection.ts';

const GONE = 'the database of the store does not answer; nothing of this was stored. Try again in a moment';
const LOST =
  'the connection to the database of the store was lost. If something was to be stored, look whether it was, and do it again if not';
const READ_ONLY =
  'the database of the store can only be read at the moment; nothing of this was stored. Try again in a moment';
const FULL = 'the disk of the database is full, and nothing of this was stored; make room, then do it again';
const REFUSED = 'the database of the store refuses this user or password; look at the address of the store';
const NOT_ALLOWED =
  'the database of the store does not allow this to its user; the user must own the tables of cenr, and be a member of the role cenr_scoped (docs/postgresql.md)';

const NO_DATABASE =
  'the server has no database of the name in the address of the store; make it with CREATE DATABASE, or give another';
const NO_COMPUTER = 'the computer in the address of the store is not known; look at the address of the store';

/** By the code of an error of PostgreSQL, whose first two letters are a class. The first that fits. */
const SERVER_SAYS: readonly (readonly [codes: RegExp, says: string])[] = [
  [/^53100$/, FULL],
  [/^25006$/, READ_ONLY],
  [/^42501$/, NOT_ALLOWED],
  [/^28/, REFUSED],
  [/^3D/, NO_DATABASE],
  [/^(08|53|57)/, GONE],
];
/** By what the system was asked to do, and the code of its answer. Files that cannot be read are no trouble of a database. */
const SYSTEM_SAYS: readonly (readonly [codes: RegExp, says: string])[] = [
  [/^getaddrinfo ENOTFOUND$/, NO_COMPUTER],
  [/^(getaddrinfo|connect) /, GONE],
  [/^(read|write) (ECONN|EPIPE|ETIMEDOUT|EHOST|ENET)/, LOST],
];
/** A text with a character that no text of a database may hold. */
const BAD_TEXT = /^(22021|22P05)$/;

/** An error of the database or of the way to it as a sentence; any other error as it is. */
export function troubleOf(error: unknown): unknown {
  const code = codeOf(error);
  if (code === undefined || error instanceof UserError) return error;
  if (error instanceof postgres.PostgresError) {
    if (BAD_TEXT.test(code)) return new UserError('a text holds a character that cannot be stored; leave it out');
    const says = SERVER_SAYS.find(([codes]) => codes.test(code))?.[1];
    return says === undefined ? withoutRows(error) : new StoreTroubleError(says);
  }
  const { syscall = '' } = error as NodeJS.ErrnoException;
  const says =
    code === 'CONNECTION_CLOSED'
      ? LOST
      : code.startsWith('CONNECT')
        ? GONE
        : SYSTEM_SAYS.find(([codes]) => codes.test(`${syscall} ${code}`))?.[1];
  return says === undefined ? error : new StoreTroubleError(says);
}

/** An error without what the server says of rows: they may be students', and errors are logged. */
function withoutRows(error: postgres.PostgresError): postgres.PostgresError {
  for (const name of ['detail', 'where', 'hint'] as const) Reflect.deleteProperty(error, name);
  return error;
}

type Answering = (...args: never[]) => unknown;

/** The same functions, whose answers tell trouble with the database as sentences. */
export function tellingTrouble<T extends object>(part: T): T {
  const told =
    (of: Answering): Answering =>
    (...args) => {
      const answer = of(...args);
      return answer instanceof Promise ? answer.catch((error) => Promise.reject(troubleOf(error))) : answer;
    };
  return Object.fromEntries(
    Object.entries(part).map(([name, value]) => [name, typeof value === 'function' ? told(value as Answering) : value]),
  ) as T;
}
