/** Versions of the rules that call themselves the same and are not. */
import type { RulebookJson } from './declarations.ts';

/** A version: the SHA-256 of its files, and what it calls itself. */
export interface NamedVersion {
  readonly hash: string;
  readonly about: Pick<RulebookJson, 'name' | 'version'>;
}

/** The versions with the name and the label of this one, and other files. */
export const namesakesOf = <T extends NamedVersion>({ hash, about }: NamedVersion, versions: readonly T[]): T[] =>
  versions.filter(
    (other) => other.hash !== hash && other.about.name === about.name && other.about.version === about.version,
  );
