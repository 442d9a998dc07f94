/**
 * Versions of the rulebook as they are shown: what they are about, and when they took effect. No student data is in
 * them.
 */
import { Type } from 'typebox';
import type { Block } from '#base/page/blocks';
import { closed, moment, named, oneOf, type Shape } from '#base/shape';
import { Activation } from '#publishing/activation';
import type { HeldBack, RulebookVersion } from '#publishing/in-effect';
import { confirmUntil } from '#publishing/publish';
import { describeFinding } from '#rulebook/load/load';
import { namesakesOf } from '#rulebook/load/namesakes';
import { fileHash, type RulebookTexts } from '#rulebook/load/texts';
import type { RefusedRules } from '../rules/rules-in-effect.ts';
import { renamed } from './renamed.ts';

const sha256 = Type.String({ description: 'SHA-256 of all files of the version; requests name it by this' });

const activationProperties = {
  ...renamed(Activation, { seq: 'activation', hash: 'rulebook' }).properties,
  confirmUntil: Type.Optional(
    moment('Until when a second person is asked to confirm; only of a version that was restored and is not confirmed'),
  ),
};

/** @param description what the activation is to the thing that it stands in */
export const ActivationView = (description: string) => Type.Object(activationProperties, { ...closed, description });
export type ActivationView = Shape<ReturnType<typeof ActivationView>>;

export function shownActivation({ seq, hash, ...activation }: Activation): ActivationView {
  const until = activation.confirmed ? undefined : confirmUntil({ seq, hash, ...activation });
  return { activation: seq, rulebook: hash, ...activation, ...(until !== undefined && { confirmUntil: until }) };
}

const heldBackList = Type.Array(
  Type.Object(
    {
      activation: Activation.properties.seq,
      rulebook: Activation.properties.hash,
      from: moment('When it should take effect'),
      over: Type.String({ description: 'SHA-256 of the version that is, or will be, in effect at that moment' }),
      says: Type.String({ description: 'Why, and what to do' }),
    },
    closed,
  ),
  {
    description:
      'Scheduled versions that did not or will not take effect as things are: another version is in effect than the one they were made from, whose changes they would undo',
  },
);

export const shownHeldBack = ({ activation, over }: HeldBack): Shape<typeof heldBackList>[number] => {
  const { seq, hash, from, base = '', draft } = activation;
  return {
    activation: seq,
    rulebook: hash,
    from,
    over,
    says: `Activation ${seq}, scheduled for ${from}, is held back: it was made from the version ${base.slice(0, 12)}, but ${over.slice(0, 12)} is in effect at that time, and its changes would be undone. Cancel the activation if it is still to come, reopen the draft${draft === undefined ? '' : ` ${draft}`}, rebase it, have it approved, and publish it again.`,
  };
};

/** What another version is, seen from the one in effect. */
export const Undoing = Type.Object(
  {
    files: Type.Array(Type.Object({ path: Type.String(), did: oneOf(['added', 'changed', 'removed']) }, closed), {
      description: 'Files that differ: what becomes of them',
    }),
    says: Type.Array(Type.String(), { description: 'What becomes different, in sentences' }),
  },
  { ...closed, description: 'What restoring undoes' },
);

/** What differs between two versions. */
export const DifferencesView = Type.Object(Undoing.properties, {
  ...closed,
  description: 'What differs, in files and in sentences',
});
export type DifferencesView = Shape<typeof DifferencesView>;

/** The rules of a version as a page. */
export const WordsView = Type.Object(
  {
    blocks: Type.Array(
      Type.Unsafe<Block>(
        Type.Record(Type.String(), Type.Unknown(), { description: 'A heading, a paragraph, a list or a table' }),
      ),
    ),
    published: Type.Array(Type.Object({ id: Type.String(), about: Type.String() }, closed), {
      description: 'The sentences of the publication that rules cite by their ids: what each is about',
    }),
  },
  { ...closed, description: 'The rules in sentences' },
);
export type WordsView = Shape<typeof WordsView>;

/** An activation just made, and what follows from it. */
export const ActivatedView = Type.Object(
  { ...activationProperties, heldBack: heldBackList, undoes: Type.Optional(Undoing) },
  { ...closed, description: 'The activation' },
);
export type ActivatedView = Shape<typeof ActivatedView>;

export const RestorePreview = Type.Object(
  { undoes: Undoing, heldBack: heldBackList },
  { ...closed, description: 'What restoring would undo, and which scheduled versions it would hold back' },
);
export type RestorePreview = Shape<typeof RestorePreview>;

/** The publication that a rulebook follows. */
export const publication = (described: { readonly description?: string } = {}) =>
  Type.Object({ page: Type.String(), updated: Type.String() }, { additionalProperties: false, ...described });

/** What a rulebook says of itself, as it is shown. */
export const shownAbout = ({
  name,
  version,
  publication: { page, updated },
  lastCompared,
}: RulebookVersion['about']) => ({
  name,
  version,
  publication: { page, updated },
  lastCompared,
});

const versionProperties = {
  sha256,
  name: Type.String(),
  version: Type.String(),
  publication: publication({ description: 'The publication that the version follows' }),
  lastCompared: Type.String({ description: 'The day on which somebody last compared it with the publication' }),
  keptAt: moment('When the service first kept it'),
  inEffect: Type.Boolean({ description: 'Whether it is in effect now' }),
  sameLabel: Type.Optional(
    Type.Array(Type.String(), {
      description: 'SHA-256 of versions with the same name and version and other files; absent if there are none',
    }),
  ),
  activations: Type.Array(ActivationView('An activation'), {
    description: 'When the version took or will take effect, earliest first; empty if it never did',
  }),
  links: Type.Object({ self: Type.String(), files: Type.String() }, closed),
};

export const VersionView = Type.Object(versionProperties, { $id: 'RulebookVersion', ...closed });
export type VersionView = Shape<typeof VersionView>;

export const VersionsView = Type.Object(
  {
    versions: Type.Array(named(VersionView), { description: 'Newest first' }),
    scheduled: Type.Array(ActivationView('An activation to come'), {
      description: 'Scheduled versions, soonest first',
    }),
    heldBack: heldBackList,
    refused: Type.Array(
      Type.Object(
        {
          rulebook: Type.Optional(sha256),
          at: moment('When the service found this'),
          reason: Type.String(),
          findings: Type.Array(Type.String(), {
            description: 'What is wrong: for each finding file, line, column, JSON pointer and a sentence',
          }),
        },
        closed,
      ),
      {
        description:
          'What should be in effect now but cannot be used, and why: a version, or the files of a watched folder. The version before it stays in effect',
      },
    ),
  },
  { ...closed, description: 'All versions that are kept' },
);
export type VersionsView = Shape<typeof VersionsView>;

export const VersionFiles = Type.Object(
  {
    files: Type.Array(
      Type.Object({ path: Type.String(), sha256: Type.String(), bytes: Type.Integer(), link: Type.String() }, closed),
    ),
  },
  { ...closed, description: 'The files of a version, in ascending order of path' },
);
export type VersionFiles = Shape<typeof VersionFiles>;

/** @param owner path of the draft or version */
export const fileLink = (owner: string, path: string): string =>
  `${owner}/files/${path.split('/').map(encodeURIComponent).join('/')}`;

/** Files of a draft or version, as they are listed. */
export const shownFiles = (owner: string, texts: RulebookTexts): Shape<typeof VersionFiles>['files'] =>
  texts.map(({ path, text }) => ({
    path,
    sha256: fileHash(text),
    bytes: Buffer.byteLength(text),
    link: fileLink(owner, path),
  }));

export const VersionParams = Type.Object(
  { hash: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256 of the version, all 64 digits' }) },
  closed,
);

/** A parameter of paths: that of a file within a draft or version. */
export const filePath = (maxLength: number) => ({
  '*': Type.String({ maxLength, description: 'Path of the file, such as rules/rulebook.json' }),
});

export const VersionFileParams = Type.Object(
  { ...VersionParams.properties, ...filePath(200) },
  { additionalProperties: false },
);

export const versionLink = (hash: string): string => `/v1/rulebook/versions/${hash}`;

/**
 * @param inEffect hash of the version that is in effect
 * @param all versions that are kept
 */
export function shownVersion(
  { hash, about, keptAt, activations }: RulebookVersion,
  inEffect: string,
  all: readonly RulebookVersion[],
): VersionView {
  const self = versionLink(hash);
  const namesakes = namesakesOf({ hash, about }, all);
  return {
    sha256: hash,
    ...shownAbout(about),
    keptAt,
    inEffect: hash === inEffect,
    ...(namesakes.length > 0 && { sameLabel: namesakes.map((other) => other.hash) }),
    activations: activations.map(shownActivation),
    links: { self, files: `${self}/files` },
  };
}

/** A broken file may have any number of mistakes. */
const MOST_FINDINGS = 50;

export const shownRefusal = ({ activation, at, reason, findings }: RefusedRules): VersionsView['refused'][number] => ({
  ...(activation && { rulebook: activation.hash }),
  at,
  reason: reason.split('\n', 1)[0] as string,
  findings: findings.slice(0, MOST_FINDINGS).map(describeFinding),
});
