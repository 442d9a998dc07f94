/** What an operator may set. Everything has a default that suits one machine and a district's data. */
import type { Issuer } from './persons/issuers.ts';
import type { TracesConfig } from './traces/traces-config.ts';

/**
 * What one process of several on one database does: answers requests (`api`), makes jobs (`work`), or both. One that
 * works answers whoever watches over it, and nobody else.
 */
export const PROCESS_ROLES = ['api', 'work', 'both'] as const;
export type ProcessRole = (typeof PROCESS_ROLES)[number];

export interface ServiceConfig {
  readonly role: ProcessRole;
  readonly host: string;
  readonly port: number;
  /**
   * The folder of the store; uploads on their way in and finished extracts lie in folders of their own below it. Only
   * these lie there when the store is in a database.
   */
  readonly storeDir: string;
  /** The address of the database that the store is in, perhaps with a password; '' for a store in its folder. */
  readonly database: string;
  /** Greatest size of an upload, all files together, after unpacking; and of an NDJSON stream of evaluations. */
  readonly uploadBytes: number;
  /** Greatest size of a JSON body, and of one line of an NDJSON stream. */
  readonly jsonBytes: number;
  /** Greatest number of files in one upload. */
  readonly uploadFiles: number;
  /** How many uploads of one key may wait for their turn. */
  readonly waitingUploads: number;
  /** How many extracts, and how many impact reports, of one key may wait for their turn. */
  readonly waitingJobs: number;
  /** Requests a minute of one API key (of one address, for requests without one); 0 for no limit. */
  readonly requestsPerMinute: number;
  /** The same for evaluations, which are cheap and come in thousands. */
  readonly evaluationsPerMinute: number;
  /** Milliseconds in which a request must have arrived in full; uploads over slow lines need minutes. */
  readonly requestTimeout: number;
  /** Milliseconds of silence after which a connection is closed. */
  readonly connectionTimeout: number;
  /**
   * Milliseconds in which the service goes on answering after it was told to stop, while it says that it is not ready: so
   * long whoever balances load needs to notice.
   */
  readonly drain: number;
  /** Milliseconds after which the others of a store take a process for gone that does not say that it is there. */
  readonly replicaLease: number;
  /** Milliseconds that running requests and the running extract get to finish when the service stops. */
  readonly shutdownGrace: number;
  /** Size of the access log from which it is put aside and a new file begun; 0 for never. */
  readonly accessLogBytes: number;
  /** How many people must approve a draft before it is published, its author not counted. */
  readonly approvals: 1 | 2;
  /** Where "today" is decided: it is still yesterday in California when UTC begins a new day. */
  readonly timeZone: string;
  /** Proxies whose X-Forwarded-For is believed, as Fastify's `trustProxy`. */
  readonly trustProxy: boolean | string;
  readonly logLevel: string;
  /** Whether threads are started, and practice on the worked examples, before the first long stream of evaluations. */
  readonly practice: boolean;
  /** Origins whose pages may call the service from a browser, such as `https://sis.example.org`; none unless named. */
  readonly corsOrigins: readonly string[];
  /** The mail server, perhaps with a user and a password: `smtps://user:password@mail.example.org`; '' for no e-mail. */
  readonly smtpURL: string;
  /** The address that e-mail comes from. */
  readonly mailFrom: string;
  /** Where people reach the service: an origin, such as `https://cenr.example.org`. */
  readonly publicURL: string;
  /** Whether webhooks may lead to private addresses, and to http. */
  readonly webhookPrivate: boolean;
  /** By whom people sign in to the pages; with none, a key signs in. */
  readonly issuers: readonly Issuer[];
  /** Whether issuers may have private addresses. */
  readonly issuersPrivate: boolean;
  /** Whether a key signs in to the pages where there are issuers. */
  readonly keySignIn: boolean;
  /** Where spans of requests and jobs go; without it none are made. */
  readonly traces: TracesConfig | undefined;
}

/** The place of the store: what opens it. */
export const placeOf = ({ database, storeDir }: Pick<ServiceConfig, 'database' | 'storeDir'>): string =>
  database === '' ? storeDir : database;

export const DEFAULT_CONFIG: ServiceConfig = Object.freeze({
  role: 'both',
  host: '127.0.0.1',
  port: 8080,
  storeDir: 'data',
  database: '',
  uploadBytes: 8 * 2 ** 30,
  jsonBytes: 2 ** 20,
  uploadFiles: 64,
  waitingUploads: 16,
  waitingJobs: 100,
  requestsPerMinute: 600,
  evaluationsPerMinute: 600_000,
  requestTimeout: 30 * 60_000,
  connectionTimeout: 2 * 60_000,
  drain: 0,
  replicaLease: 10_000,
  shutdownGrace: 20_000,
  accessLogBytes: 2 ** 30,
  approvals: 1,
  timeZone: 'America/Los_Angeles',
  trustProxy: false,
  logLevel: 'info',
  practice: true,
  corsOrigins: [],
  smtpURL: '',
  mailFrom: '',
  publicURL: '',
  webhookPrivate: false,
  issuers: [],
  issuersPrivate: false,
  keySignIn: false,
  traces: undefined,
});
