/**
 * The client `postgres`, so that connections may be lost at any moment. When one is, the client (3.4.9) goes on with what
 * it has of it: it writes to a connection that is no more, which ends the process; runs what is left of a transaction on
 * another connection, outside of it or inside of another's; or never connects again (porsager/postgres issues 1133, 1208,
 * 1216, 1174). What it sends on a connection that was made anew may stay with it forever: its timer for short messages
 * is not set back. So here
 *
 * * a client has one connection, and one query or transaction has the client: nothing waits inside of it;
 * * a client whose connection is lost is given up, and whoever has it is told; what comes is asked of a new one;
 * * of a transaction whose connection is lost nothing more is sent, and whoever asks it is told.
 */
import postgres from 'postgres';
import { type Hosts, hostsOf, serverToAsk } from './hosts.ts';

/** Numbers beyond 32 bits, such as SSIDs, are plain numbers here. */
type Types = { bigint: number };
export type Database = postgres.Sql<Types>;
export type Transaction = postgres.TransactionSql<Types>;
/** What can be asked: a database, each time on some connection of it, or a transaction. */
export type Asked = postgres.ISql<Types>;

/** By the numbers that PostgreSQL has for them, how values are written and read that are not as the client has them. */
const TYPES = {
  bigint: { to: 20, from: [20], serialize: String, parse: Number },
  texts: { to: 1009, from: [1009], serialize: arrayOf, parse: elementsOf },
  bigints: { to: 1016, from: [1016], serialize: arrayOf, parse: (text: string) => elementsOf(text).map(Number) },
} satisfies Record<string, postgres.PostgresType>;
const SECONDS_TO_CONNECT = 10;
const READ_ONLY = '25006';

/** What the client keeps of a query. It is sent when somebody waits for it. */
interface Query extends Promise<unknown> {
  handler: (query: Query) => unknown;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}
const isQuery = (made: unknown): made is Query => made instanceof Promise && 'handler' in made;

/** Of each connection, by the names that the server has for them. */
type Settings = Readonly<Record<string, string | number>>;

/** A client of one connection. */
interface Client {
  readonly sql: Database;
  readonly send: (query: Query) => unknown;
  /** Tells whoever has it that the connection is lost. */
  onLost: ((error: unknown) => void) | undefined;
  /** It is not given to anybody any more. */
  isGivenUp: boolean;
}

/**
 * Connections to a database, made when they are needed.
 * @param url of the database, perhaps with a password, perhaps with several servers (hosts.ts)
 * @param most so many at a time
 * @param lifetime seconds after which one is replaced when it is idle
 * @param settings of each connection, by the names that the server has for them
 * @throws StoreTroubleError for an address that cannot be understood
 */
export function clientOf(url: string, most: number, lifetime: number | null, settings: Settings = {}): Database {
  const pool = new Pool(hostsOf(url), most, lifetime, settings);
  const { builder } = pool;
  const own: Readonly<Record<string | symbol, unknown>> = {
    unsafe: (...args: Parameters<Database['unsafe']>) => pool.asked(builder.unsafe(...args)),
    begin: (...args: readonly unknown[]) => pool.begin(args.at(-1) as Work, args.length > 1 ? String(args[0]) : ''),
    listen: (...args: Listener) => pool.listen(args),
    end: ({ timeout = null }: { readonly timeout?: number | null } = {}) => pool.end(timeout),
  };
  return new Proxy(builder, {
    apply: (_, __, args: Parameters<Database>) => pool.asked(builder(...args)),
    get: (_, name) => own[name] ?? Reflect.get(builder, name),
  });
}

type Work = (sql: Transaction) => Promise<unknown>;
/** A channel, who hears what is told on it, and who hears that it is listened to from now on. */
type Listener = Parameters<Database['listen']>;

class Pool {
  /** Makes queries, and never connects. */
  readonly builder: Database;
  readonly #hosts: Hosts;
  readonly #lifetime: number | null;
  readonly #most: number;
  readonly #settings: Settings;
  #running = 0;
  /** Who waits until there is a connection for them. */
  #waiting: PromiseWithResolvers<void>[] = [];
  readonly #clients = new Set<Client>();
  readonly #idle: Client[] = [];
  /** The server that is asked, as long as it answers. */
  #server: Promise<string> | undefined;
  /** By whom all listen, as long as that server answers. */
  #ear: Database | undefined;
  readonly #listening = new Map<Listener, ReturnType<Database['listen']>>();
  /** Set at the end; called when nothing is under way any more. */
  #ended: (() => void) | undefined;

  constructor(hosts: Hosts, most: number, lifetime: number | null, settings: Settings) {
    this.#hosts = hosts;
    this.#most = most;
    this.#lifetime = lifetime;
    this.#settings = settings;
    this.builder = this.#connect(hosts.addresses[0] as string);
  }

  /** The same query, which is sent on a connection of this pool. */
  asked<T>(query: T): T {
    if (!isQuery(query)) return query;
    query.handler = Object.assign(
      async (sent: Query) => {
        try {
          const client = await this.#enter();
          hear(sent, (error) => this.#leave(client, error));
          client.onLost = (error) => sent.reject(error);
          client.send(sent);
        } catch (error) {
          sent.reject(error);
        }
      },
      { debug: false },
    );
    return query;
  }

  async begin(work: Work, how: string): Promise<unknown> {
    const client = await this.#enter();
    const held = new Held();
    const gone = Promise.withResolvers<never>();
    client.onLost = gone.reject;
    let wrong: unknown;
    try {
      return await Promise.race([client.sql.begin(how, (sql) => held.work(sql as Transaction, work)), gone.promise]);
    } catch (error) {
      wrong = error;
      throw error;
    } finally {
      held.end();
      this.#leave(client, wrong);
    }
  }

  /** Listens at the server at hand, and at each one after it. */
  async listen(listener: Listener): Promise<{ unlisten(): Promise<void> }> {
    this.#ear ??= this.#connect(await this.#find());
    await this.#listen(this.#ear, listener);
    return {
      unlisten: async () => {
        const listening = this.#listening.get(listener);
        this.#listening.delete(listener);
        // Where the connection is lost nobody listens any more.
        await listening?.then(({ unlisten }) => unlisten()).catch(() => {});
      },
    };
  }

  #listen(ear: Database, listener: Listener): ReturnType<Database['listen']> {
    const listening = ear.listen(...listener);
    this.#listening.set(listener, listening);
    return listening;
  }

  /** Ends what is idle, and after so many seconds what is not. */
  async end(timeout: number | null): Promise<void> {
    const ended = Promise.withResolvers<void>();
    this.#ended = ended.resolve;
    for (const { reject } of this.#waiting.splice(0)) reject(lost('CONNECTION_ENDED'));
    const timer = timeout === null ? undefined : setTimeout(ended.resolve, timeout * 1000);
    if (this.#running > 0 && timeout !== 0) await ended.promise;
    clearTimeout(timer);
    await Promise.all([...[...this.#clients].map((client) => this.#giveUp(client)), this.#ear?.end({ timeout: 0 })]);
  }

  /** A client that nobody has. @throws what keeps it from a server */
  async #enter(): Promise<Client> {
    if (this.#ended) throw lost('CONNECTION_ENDED');
    if (this.#running < this.#most) this.#running++;
    else {
      const turn = Promise.withResolvers<void>();
      this.#waiting.push(turn);
      await turn.promise;
    }
    try {
      return this.#idle.pop() ?? (await this.#make());
    } catch (error) {
      this.#next();
      throw error;
    }
  }

  /** @param error what went wrong meanwhile */
  #leave(client: Client, error: unknown): void {
    client.onLost = undefined;
    // Another server may be there, or be one that can be written; of one that was given up that is known.
    if (!client.isGivenUp && (isLost(error) || codeOf(error) === READ_ONLY)) this.#askAnew();
    if (client.isGivenUp) void this.#giveUp(client);
    else this.#idle.push(client);
    this.#next();
  }

  /** Gives the turn to who waits for it. */
  #next(): void {
    const turn = this.#waiting.shift();
    if (turn) turn.resolve();
    else if (--this.#running === 0) this.#ended?.();
  }

  /** The address of the server to ask. */
  #find(): Promise<string> {
    const { addresses, wanted } = this.#hosts;
    if (wanted === undefined) return Promise.resolve(addresses[0] as string);
    this.#server ??= serverToAsk(this.#hosts, SECONDS_TO_CONNECT);
    const found = this.#server;
    found.catch(() => {
      if (this.#server === found) this.#server = undefined;
    });
    return found;
  }

  async #make(): Promise<Client> {
    const address = await this.#find();
    const sql = this.#connect(address, () => this.#lose(client));
    const send = (sql`` as unknown as Query).handler;
    const client: Client = { sql, send, onLost: undefined, isGivenUp: false };
    this.#clients.add(client);
    if (this.#lifetime !== null) setTimeout(() => this.#retire(client), this.#lifetime * 1000).unref();
    // Who cannot listen now looks by itself now and then.
    if (!this.#ear && this.#listening.size > 0) {
      this.#ear = this.#connect(address);
      for (const listener of this.#listening.keys()) this.#listen(this.#ear, listener).catch(() => {});
    }
    return client;
  }

  #connect(address: string, onclose: () => void = () => {}): Database {
    return postgres(address, {
      max: 1,
      connect_timeout: SECONDS_TO_CONNECT,
      max_lifetime: null,
      connection: { application_name: 'cenr', ...this.#settings },
      onnotice: () => {},
      onclose,
      types: TYPES,
      // The client asks the server for its types when it connects, and what goes wrong then nobody hears.
      fetch_types: false,
    }) as unknown as Database;
  }

  /** It is given to nobody any more; whoever has it may finish. */
  #retire(client: Client): void {
    client.isGivenUp = true;
    const place = this.#idle.indexOf(client);
    if (place < 0) return;
    this.#idle.splice(place, 1);
    void this.#giveUp(client);
  }

  async #giveUp(client: Client): Promise<void> {
    client.isGivenUp = true;
    this.#clients.delete(client);
    await client.sql.end({ timeout: 0 }).catch(() => {});
  }

  /** Its connection is lost. */
  #lose(client: Client): void {
    // One that was ended here is not lost.
    if (!this.#clients.has(client)) return;
    this.#askAnew();
    client.onLost?.(lost('CONNECTION_CLOSED'));
  }

  /** The server at hand may be gone: from now on whichever is there is asked. */
  #askAnew(): void {
    this.#server = undefined;
    this.#ear?.end({ timeout: 0 }).catch(() => {});
    this.#ear = undefined;
    for (const client of this.#clients) this.#retire(client);
  }
}

/** A transaction. */
class Held {
  #isOver = false;
  /** By what is not answered yet, how its asker is told that it never will be. */
  readonly #pending = new Set<(error: unknown) => void>();

  /** Does some work in the transaction; whoever asks it afterwards is refused. */
  async work(sql: Transaction, work: Work): Promise<unknown> {
    const guarded = new Proxy(sql, {
      apply: (_, __, args: Parameters<Transaction>) => this.#asked(sql(...args)),
      get: (_, name) =>
        name === 'unsafe'
          ? (...args: Parameters<Transaction['unsafe']>) => this.#asked(sql.unsafe(...args))
          : Reflect.get(sql, name),
    });
    try {
      const done = await work(guarded);
      if (!this.#isOver) return done;
    } catch (error) {
      if (!this.#isOver) throw error;
    }
    // The client tells that the connection is lost. It must not send its COMMIT or ROLLBACK.
    return new Promise(() => {});
  }

  end(): void {
    this.#isOver = true;
    for (const tell of this.#pending) tell(lost('CONNECTION_CLOSED'));
    this.#pending.clear();
  }

  #asked<T>(query: T): T {
    if (!isQuery(query)) return query;
    const send = query.handler;
    query.handler = Object.assign(
      (sent: Query) => {
        if (this.#isOver) {
          // It may be that nobody waits for this one, but for another that was asked together with it.
          sent.catch(() => {});
          sent.reject(lost('CONNECTION_CLOSED'));
          return;
        }
        const tell = (error: unknown): void => sent.reject(error);
        this.#pending.add(tell);
        hear(sent, (error, isSettled) => {
          if (isSettled) this.#pending.delete(tell);
          if (isLost(error)) this.end();
        });
        send(sent);
      },
      { debug: false },
    );
    return query;
  }
}

/** What COPY writes to: the client tells its troubles to the query, which has its answer already. */
interface CopyStream {
  destroy(error: unknown): void;
  once(event: 'close', heard: () => void): void;
}
const isStream = (value: unknown): value is CopyStream =>
  typeof (value as CopyStream | undefined)?.destroy === 'function';

/**
 * Hears what becomes of a query, before those who wait for it.
 * @param heard with an error when it went wrong; settled when nothing more comes of it
 */
function hear(query: Query, heard: (error: unknown, isSettled: boolean) => void): void {
  let [resolve, reject] = [query.resolve, query.reject];
  let isSettled = false;
  let stream: CopyStream | undefined;
  const settle = (error?: unknown): void => {
    if (isSettled) return;
    isSettled = true;
    heard(error, true);
  };
  const onResolve = (value: unknown): void => {
    if (isStream(value)) {
      stream = value;
      stream.once('close', () => settle());
    } else settle();
    resolve(value);
  };
  const onReject = (error: unknown): void => {
    settle(error);
    stream?.destroy(error);
    reject(error);
  };
  // A cursor has others for each batch.
  Object.defineProperty(query, 'resolve', { get: () => onResolve, set: (own) => (resolve = own) });
  Object.defineProperty(query, 'reject', { get: () => onReject, set: (own) => (reject = own) });
}

/** An array in PostgreSQL's own words; anything else as it is. */
function arrayOf(values: unknown): unknown {
  if (!Array.isArray(values)) return values;
  return `{${values.map((value) => (value === null ? 'NULL' : `"${String(value).replaceAll(/["\\]/g, '\\$&')}"`)).join()}}`;
}

function elementsOf(text: string): (string | null)[] {
  const elements = text.slice(1, -1).matchAll(/"((?:[^"\\]|\\.)*)"|[^,]+/gs);
  return [...elements].map(([bare, quoted]) =>
    quoted === undefined ? (bare === 'NULL' ? null : bare) : quoted.replaceAll(/\\(.)/gs, '$1'),
  );
}

const lost = (code: string): Error => Object.assign(new Error('the connection to the database is lost'), { code });

/** Whether an error says that a connection is lost. */
function isLost(error: unknown): boolean {
  if (error === undefined || error instanceof postgres.PostgresError) return false;
  const { syscall } = error as NodeJS.ErrnoException;
  return (
    syscall !== undefined ||
    /^(CONNECTION_|EPIPE|ECONNRESET|ETIMEDOUT|ERR_(SSL|TLS|STREAM|SOCKET))/.test(codeOf(error) ?? '')
  );
}

/** The code of an error: five letters of PostgreSQL, or a word of the client or the system. */
export const codeOf = (error: unknown): string | undefined => {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
};
