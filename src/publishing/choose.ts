/**
 * Finding a version by what people call it: its hash or the beginning of it, or the day of the publication that it
 * follows. Pure.
 */
import { shortList } from '#base/text';
import { UserError } from '#base/user-error';
import { parseDay, withDashes } from '#records/days';
import { inEffectAt, type RulebookVersion } from './in-effect.ts';

/** There is no such version, or more than one; the message says what there is. */
export class VersionUnknownError extends UserError {
  constructor(message: string) {
    super(message);
    this.name = 'VersionUnknownError';
  }
}

/** So much of a hash tells versions apart wherever people write it. */
export const LEAST_OF_HASH = 8;
const MOST_LISTED = 20;
const IS_HASH = /^[0-9a-f]{64}$/;
const BEGINS_HASH = new RegExp(`^[0-9a-f]{${LEAST_OF_HASH},64}$`);

export const isHash = (text: string): boolean => IS_HASH.test(text);
/** Whether a text may be the beginning of a hash. */
export const beginsHash = (text: string): boolean => BEGINS_HASH.test(text);

/**
 * The version whose hash begins so.
 * @param begins at least eight hexadecimal digits
 * @throws VersionUnknownError
 */
export function versionByHash(versions: readonly RulebookVersion[], begins: string): RulebookVersion {
  const found = versions.filter(({ hash }) => hash.startsWith(begins));
  const [only] = found;
  if (only && found.length === 1) return only;
  if (only)
    throw new VersionUnknownError(
      `"${begins}" begins the hash of ${found.length} versions: ${listed(found)}; give more digits`,
    );
  throw new VersionUnknownError(`no version of the rulebook with the hash "${begins}" is kept; ${kept(versions)}`);
}

/**
 * The version that follows the publication of a day: of several the one that was last in effect, else the one kept last.
 * @param day update date of the page, CCYY-MM-DD, CCYYMMDD or MM/DD/CCYY
 * @param at the present moment, ISO 8601 in UTC
 * @throws VersionUnknownError
 */
export function versionByPublication(versions: readonly RulebookVersion[], day: string, at: string): RulebookVersion {
  const parsed = parseDay(day);
  const following = versions.filter(
    ({ about }) => parsed !== undefined && about.publication.updated === withDashes(parsed),
  );
  if (following.length === 0)
    throw new VersionUnknownError(`no version that follows the publication of "${day}" is kept; ${kept(versions)}`);
  const last = inEffectAt(
    following.flatMap(({ activations }) => activations),
    at,
  );
  const used = last && following.find(({ hash }) => hash === last.hash);
  return used ?? following.reduce((a, b) => (b.keptAt > a.keptAt ? b : a));
}

const kept = (versions: readonly RulebookVersion[]): string =>
  versions.length === 0 ? 'the store keeps no version' : `the versions kept are ${listed(versions)}`;

const listed = (versions: readonly RulebookVersion[]): string =>
  shortList(
    versions.map(({ hash, about }) => `${hash} (publication of ${about.publication.updated})`),
    MOST_LISTED,
  );
