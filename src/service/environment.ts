/** What an operator sets by environment variables: what each stands for, and how it is read. */
import { closest } from '#base/closest';
import { isEmailAddress } from '#base/email-address';
import { UserError } from '#base/user-error';
import { isDatabase, shownPlace } from '#store/open';
import { DEFAULT_CONFIG, PROCESS_ROLES, type ProcessRole, placeOf, type ServiceConfig } from './config.ts';
import { readIssuers } from './persons/issuers.ts';
import { readTraces, TRACES_VARIABLE } from './traces/traces-config.ts';

/** The name of an environment variable, and what it sets. */
const VARIABLES = {
  CENR_ROLE: 'role',
  CENR_HOST: 'host',
  CENR_PORT: 'port',
  CENR_UPLOAD_BYTES: 'uploadBytes',
  CENR_JSON_BYTES: 'jsonBytes',
  CENR_UPLOAD_FILES: 'uploadFiles',
  CENR_WAITING_UPLOADS: 'waitingUploads',
  CENR_WAITING_JOBS: 'waitingJobs',
  CENR_REQUESTS_PER_MINUTE: 'requestsPerMinute',
  CENR_EVALUATIONS_PER_MINUTE: 'evaluationsPerMinute',
  CENR_REQUEST_TIMEOUT: 'requestTimeout',
  CENR_CONNECTION_TIMEOUT: 'connectionTimeout',
  CENR_DRAIN: 'drain',
  CENR_REPLICA_LEASE: 'replicaLease',
  CENR_SHUTDOWN_GRACE: 'shutdownGrace',
  CENR_ACCESS_LOG_BYTES: 'accessLogBytes',
  CENR_APPROVALS: 'approvals',
  CENR_TIME_ZONE: 'timeZone',
  CENR_TRUST_PROXY: 'trustProxy',
  CENR_LOG_LEVEL: 'logLevel',
  CENR_PRACTICE: 'practice',
  CENR_CORS_ORIGINS: 'corsOrigins',
  CENR_SMTP_URL: 'smtpURL',
  CENR_MAIL_FROM: 'mailFrom',
  CENR_PUBLIC_URL: 'publicURL',
  CENR_WEBHOOK_PRIVATE: 'webhookPrivate',
  CENR_OIDC_PRIVATE: 'issuersPrivate',
  CENR_KEY_SIGN_IN: 'keySignIn',
} as const satisfies Record<string, keyof ServiceConfig>;

/** Where the store is, and the folder of files when it is in a database. */
const OF_STORE = { store: 'CENR_STORE', files: 'CENR_FILES' } as const;

/** The file of issuers, and the secret of the one that names none. */
const OF_ISSUERS = { file: 'CENR_OIDC_ISSUERS', secret: 'CENR_OIDC_SECRET' } as const;

/** A setting as it is in force. */
interface SettingShown {
  readonly variable: string;
  readonly value: string;
  readonly isDefault: boolean;
}

/** All settings as they are in force. Passwords and secrets are left out. */
export function settingsOf(config: ServiceConfig): readonly SettingShown[] {
  const issuers = config.issuers.map(({ name, issuer, leas }) => `${name}: ${issuer}, LEAs ${leas}`).join('; ');
  const place = placeOf(config);
  return [
    { variable: OF_STORE.store, value: shownPlace(place), isDefault: place === placeOf(DEFAULT_CONFIG) },
    ...(config.database === '' ? [] : [{ variable: OF_STORE.files, value: config.storeDir, isDefault: false }]),
    ...Object.entries(VARIABLES).map(([variable, key]) => ({
      variable,
      value: key === 'smtpURL' ? withoutPassword(config[key]) : String(config[key]),
      isDefault: String(config[key]) === String(DEFAULT_CONFIG[key]),
    })),
    { variable: OF_ISSUERS.file, value: issuers, isDefault: issuers === '' },
    {
      variable: TRACES_VARIABLE,
      value: withoutPassword(config.traces?.url ?? ''),
      isDefault: config.traces === undefined,
    },
  ];
}

function withoutPassword(address: string): string {
  const url = URL.parse(address);
  return url ? `${url.protocol}//${url.host}${url.username === '' ? '' : ', with a user and a password'}` : '';
}

/** Variables with this name that others read: the command line, the tests. */
const OTHERS = ['CENR_CACHE', 'CENR_KEY', 'CENR_SERVICE', 'CENR_UPDATE', 'CENR_BROWSER', 'CENR_BROWSER_REQUIRED'];
const OF_TESTS = /^CENR_(FUZZ|TEST)_/;

/** A sentence for each variable whose name begins with `CENR_` and that nothing reads: most often it is mistyped. */
export function unknownVariables(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  const known = [...Object.keys(VARIABLES), ...Object.values(OF_STORE), ...Object.values(OF_ISSUERS), ...OTHERS];
  return Object.keys(environment)
    .filter((name) => name.startsWith('CENR_') && !known.includes(name) && !OF_TESTS.test(name))
    .sort()
    .map((name) => `the environment variable ${name} is unknown and changes nothing.${closest(name, known)}`);
}

/**
 * Refuses a process that does only a part of the work, where no other can do the rest.
 * @throws UserError
 */
export function requireShared({ role, database, storeDir }: ServiceConfig): void {
  if (role === 'both' || database !== '') return;
  throw new UserError(
    `the role is "${role}", but the store is in the folder "${storeDir}". One process at a time uses a folder, so it has to answer requests and make jobs. Leave --role (CENR_ROLE) away, or give the address of a database: --store postgres://…`,
  );
}

/**
 * What an environment sets, as changes to the defaults.
 * @throws UserError naming the variable, what was found and what was expected
 */
export function configFrom(environment: Readonly<Record<string, string | undefined>>): Partial<ServiceConfig> {
  const config: Record<string, unknown> = {};
  for (const [name, key] of Object.entries(VARIABLES)) {
    const text = environment[name];
    if (text === undefined || text === '') continue;
    const read = typeof DEFAULT_CONFIG[key] === 'number' ? wholeNumber : (READERS[key] ?? asItIs);
    config[key] = read(name, text);
    if (key === 'approvals' && config[key] !== 1 && config[key] !== 2)
      throw new UserError(`${name} is "${text}"; expected 1 or 2`);
  }
  if (config['smtpURL'] !== undefined)
    for (const [name, key] of Object.entries(OF_MAIL))
      if (config[key] === undefined)
        throw new UserError(
          `${name} is missing; with CENR_SMTP_URL, CENR_MAIL_FROM and CENR_PUBLIC_URL are needed too`,
        );
  return {
    ...storeAt(environment[OF_STORE.store], environment),
    ...config,
    ...issuersFrom(environment, config),
    ...readTraces(environment),
  };
}

/**
 * Where the store is, and the folder of files.
 * @param place a folder, or the address of a database; the default when absent or blank
 */
export function storeAt(
  place: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Partial<Pick<ServiceConfig, 'database' | 'storeDir'>> {
  if (place === undefined || place === '') return {};
  if (!isDatabase(place)) return { storeDir: place, database: '' };
  return { database: place, storeDir: environment[OF_STORE.files] || DEFAULT_CONFIG.storeDir };
}

/**
 * The issuers that an environment names; none when it names no file.
 * @throws UserError
 */
function issuersFrom(
  environment: Readonly<Record<string, string | undefined>>,
  { publicURL, issuersPrivate = false }: Partial<ServiceConfig>,
): Pick<Partial<ServiceConfig>, 'issuers'> {
  const file = environment[OF_ISSUERS.file];
  if (file === undefined || file === '') return {};
  if (publicURL === undefined)
    throw new UserError(
      `CENR_PUBLIC_URL is missing; with ${OF_ISSUERS.file} it is needed: issuers send people back to it`,
    );
  return { issuers: readIssuers(file, environment[OF_ISSUERS.secret], issuersPrivate) };
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new UserError(`${name} is "${text}"; expected a whole number`);
  return Number(text);
}

const asItIs = (_name: string, text: string): string => text;

const trust = (_name: string, text: string): boolean | string =>
  text === 'true' ? true : text === 'false' ? false : text;

/** As browsers send them in Origin: a scheme, a host, perhaps a port, and nothing else. */
function origins(name: string, text: string): readonly string[] {
  return text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .map((origin) => {
      const named = !origin.includes('*');
      if (named && isOrigin(origin)) return origin;
      const why = named ? 'expected an origin' : 'a page of anybody may not call the service, so name each origin';
      throw new UserError(`${name} has "${origin}"; ${why}, such as https://sis.example.org`);
    });
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return /^https?:$/.test(url?.protocol ?? '') && url?.origin === text;
}

function publicURL(name: string, text: string): string {
  const origin = text.replace(/\/$/, '');
  if (isOrigin(origin)) return origin;
  throw new UserError(`${name} is "${text}"; expected an origin, such as https://cenr.example.org`);
}

/** What is found may hold a password, and is not shown. */
function smtpURL(name: string, text: string): string {
  const url = URL.parse(text);
  if (/^smtps?:$/.test(url?.protocol ?? '') && url?.hostname !== '') return text;
  throw new UserError(`${name} is of another form than smtps://USER:PASSWORD@HOST:PORT or smtp://HOST:PORT`);
}

function mailFrom(name: string, text: string): string {
  if (isEmailAddress(text)) return text;
  throw new UserError(`${name} is "${text}"; expected an e-mail address, such as cenr@example.org`);
}

function processRole(name: string, text: string): ProcessRole {
  const role = PROCESS_ROLES.find((one) => one === text);
  if (role !== undefined) return role;
  throw new UserError(`${name} is "${text}"; expected api, work or both`);
}

function allow(name: string, text: string): boolean {
  if (text === 'allow') return true;
  throw new UserError(`${name} is "${text}"; expected allow, or nothing`);
}

function unlessOff(name: string, text: string): boolean {
  if (text === 'off') return false;
  throw new UserError(`${name} is "${text}"; expected off, or nothing`);
}

/** What e-mail cannot do without. */
const OF_MAIL = { CENR_MAIL_FROM: 'mailFrom', CENR_PUBLIC_URL: 'publicURL' } as const;

/** How variables are read that are neither numbers nor plain texts. */
const READERS: Partial<Record<keyof ServiceConfig, (name: string, text: string) => unknown>> = {
  role: processRole,
  trustProxy: trust,
  practice: unlessOff,
  corsOrigins: origins,
  smtpURL,
  mailFrom,
  publicURL,
  webhookPrivate: allow,
  issuersPrivate: allow,
  keySignIn: allow,
};
