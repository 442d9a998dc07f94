/**
 * Where webhooks and issuers may lead: by https to addresses of the public internet, unless the operator allows private
 * ones. What is reached from the service's network alone is nobody's to call through it.
 */
import { lookup } from 'node:dns/promises';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { NotDeliveredError } from './outbox.ts';

export interface Address {
  readonly address: string;
  readonly family: number;
}

/** All addresses of a name; of an address, itself. */
export type Resolve = (host: string) => Promise<readonly Address[]>;

export const resolveName: Resolve = (host) => lookup(host, { all: true });

/** Special-purpose addresses (IANA), private, loopback and link-local ones among them. */
const SPECIAL: readonly (readonly [address: string, prefix: number, family: 'ipv4' | 'ipv6'])[] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.0.2.0', 24, 'ipv4'],
  ['192.88.99.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['198.51.100.0', 24, 'ipv4'],
  ['203.0.113.0', 24, 'ipv4'],
  ['224.0.0.0', 3, 'ipv4'],
  // Within 2000::/3, what leads into IPv4 or is for documentation.
  ['2001::', 23, 'ipv6'],
  ['2001:db8::', 32, 'ipv6'],
  ['2002::', 16, 'ipv6'],
  ['3fff::', 20, 'ipv6'],
];

const special = new BlockList();
for (const range of SPECIAL) special.addSubnet(...range);
const global6 = new BlockList();
global6.addSubnet('2000::', 3, 'ipv6');

export function isPublic(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !special.check(address, 'ipv4');
  return version === 6 && global6.check(address, 'ipv6') && !special.check(address, 'ipv6');
}

/** The host of a URL as names are looked up: an IPv6 address without brackets. */
const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '');

/** What is called, and the variable that lets it be private. */
export interface Target {
  readonly noun: string;
  readonly variable: string;
}

const WEBHOOK: Target = { noun: 'webhook', variable: 'CENR_WEBHOOK_PRIVATE' };

/** What is wrong with a URL that is to be called, as far as it can be told without looking its name up. */
export function targetFault(text: string, allowsPrivate: boolean, variable = WEBHOOK.variable): string | undefined {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) return 'expected a URL that begins with https://';
  if (url.username !== '' || url.password !== '') return 'expected a URL without a user name or password';
  if (allowsPrivate) return undefined;
  if (url.protocol !== 'https:') return `expected https://; http:// is for private networks (${variable}=allow)`;
  const host = hostOf(url);
  return isIP(host) !== 0 && !isPublic(host) ? privateWords(variable) : undefined;
}

const privateWords = (variable: string): string =>
  `its address is private, which the operator has to allow (${variable}=allow)`;

/**
 * The address to connect to: the name is looked up once, and nobody looks it up again.
 * @throws NotDeliveredError when the name has none, or a private one
 */
export async function addressOf(
  url: URL,
  allowsPrivate: boolean,
  resolve: Resolve,
  { noun, variable }: Target = WEBHOOK,
): Promise<Address> {
  const found = await resolve(hostOf(url)).catch(() => []);
  const [first] = found;
  if (!first) throw new NotDeliveredError(`the name of the ${noun} has no address`);
  if (!allowsPrivate && !found.every(({ address }) => isPublic(address)))
    throw new NotDeliveredError(`the ${noun} is not called: ${privateWords(variable)}`);
  return first;
}

/** Connects to an address that was looked at, whatever its name leads to by now. */
export const only =
  ({ address, family }: Address): LookupFunction =>
  (_host, { all }, found) =>
    all ? found(null, [{ address, family }]) : found(null, address, family);
