/** The servers in the address of a database, and which of them is asked: one may have taken the place of another. */
import postgres from 'postgres';
import { StoreTroubleError } from '../trouble.ts';

/** Which servers will do, by the words of PostgreSQL's own clients. */
const FITS: Readonly<Record<string, (state: State) => boolean>> = {
  any: () => true,
  primary: ({ isStandby }) => !isStandby,
  'read-write': ({ isStandby, isReadOnly }) => !isStandby && !isReadOnly,
};
const WANTED = 'target_session_attrs';

interface State {
  readonly isStandby: boolean;
  readonly isReadOnly: boolean;
}

/** Servers that may be asked. */
export interface Hosts {
  /** The address of each alone, in their order. */
  readonly addresses: readonly string[];
  /** Which will do; undefined when there is only one, which is asked whatever it is. */
  readonly wanted: string | undefined;
}

/**
 * Takes the address of a database apart: `postgres://user@one:5432,two:5432/name?target_session_attrs=primary`.
 * @throws StoreTroubleError for a word behind `target_session_attrs` that is not known
 */
export function hostsOf(address: string): Hosts {
  const [, before = '', hosts = '', after = ''] =
    /^(postgres(?:ql)?:\/\/(?:[^/?#]*@)?)([^/?#]*)(.*)$/s.exec(address) ?? [];
  const [path, query] = after.split('?', 2);
  const options = new URLSearchParams(query);
  const wanted = options.get(WANTED) ?? (hosts.includes(',') ? 'primary' : undefined);
  if (wanted === undefined) return { addresses: [address], wanted };
  if (!Object.hasOwn(FITS, wanted))
    throw new StoreTroubleError(
      `found ${WANTED}=${wanted} in the address of the store; it may be ${Object.keys(FITS).join(', ')}`,
    );
  options.delete(WANTED);
  const rest = options.size > 0 ? `?${options}` : '';
  return { addresses: hosts.split(',').map((host) => `${before}${host}${path}${rest}`), wanted };
}

const NONE_FITS =
  'no server in the address of the store can be written at the moment; nothing of this was stored. Try again in a moment';

/**
 * The address of the server to ask. All are asked at once, as one that is gone may take long to say nothing; of those
 * that will do it is the first that answers.
 * @throws StoreTroubleError when servers answer and none will do; what went wrong with the last when none answers
 */
export async function serverToAsk({ addresses, wanted = 'any' }: Hosts, secondsToConnect: number): Promise<string> {
  const fits = FITS[wanted] as (state: State) => boolean;
  const looking = addresses.map(async (address) => {
    if (!fits(await stateOf(address, secondsToConnect))) throw new StoreTroubleError(NONE_FITS);
    return address;
  });
  try {
    return await Promise.any(looking);
  } catch (error) {
    const { errors } = error as AggregateError;
    throw errors.find((one) => one instanceof StoreTroubleError) ?? errors.at(-1);
  }
}

async function stateOf(address: string, secondsToConnect: number): Promise<State> {
  const sql = postgres(address, { max: 1, connect_timeout: secondsToConnect, fetch_types: false, onnotice: () => {} });
  try {
    const [state] = await sql<State[]>`SELECT pg_is_in_recovery() AS "isStandby",
      current_setting('default_transaction_read_only')::boolean AS "isReadOnly"`;
    return state as State;
  } finally {
    await sql.end({ timeout: 0 });
  }
}
