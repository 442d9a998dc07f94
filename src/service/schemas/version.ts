/**
 * Versions of the rulebook as they are shown: what they are about, and when they took force. No student data is in
 * them.
 */
import { type Static, Type } from 'typebox';
import type { RulebookVersion, TookForce } from '#publishing/activation';
import { describeFinding } from '#rulebook/load/load';
import { fileHash, type RulebookTexts } from '#rulebook/load/texts';
import type { RefusedRules } from '../rules/in-force.ts';

export const Person = Type.Object(
  { keyId: Type.String(), name: Type.String() },
  { additionalProperties: false, description: 'An API key, by its id and name' },
);
export const moment = (description: string) => Type.String({ format: 'date-time', description });
const sha256 = Type.String({ description: 'Of all files of the version: its name in requests' });

/** @param description what the entry is to the thing that it stands in */
export const TakesForceView = (description: string) =>
  Type.Object(
    {
      entry: Type.Integer({ description: 'Number of the entry, from 1 in the order in which they were made' }),
      rulebook: sha256,
      from: moment('From this moment on it is in force; may be yet to come'),
      how: Type.String({
        enum: ['files', 'published', 'restored'],
        description: 'files: the service was started with them, or they changed in the folder it watches',
      }),
      enteredAt: moment('When the entry was made'),
      by: Type.Optional(Person),
      author: Type.Optional(Person),
      approvers: Type.Optional(Type.Array(Person)),
      reason: Type.Optional(Type.String()),
      draft: Type.Optional(Type.String({ description: 'Id of the draft it was published from' })),
      withdrawnAt: Type.Optional(moment('It was taken back before it took force')),
    },
    { additionalProperties: false, description },
  );

export function shownForce({ seq, hash, approvers, ...entry }: TookForce): Static<ReturnType<typeof TakesForceView>> {
  return { entry: seq, rulebook: hash, ...entry, ...(approvers && { approvers: [...approvers] }) };
}

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
  publication: publication({ description: 'Which it follows' }),
  lastCompared: Type.String({ description: 'The day on which it was last compared with the publication' }),
  keptAt: moment('Since when it is kept'),
  inForce: Type.Boolean({ description: 'Whether it is in force now' }),
  force: Type.Array(TakesForceView('Takes force'), {
    description: 'When it took force or is to take it, first entry first; empty for one that never was',
  }),
  links: Type.Object({ self: Type.String(), files: Type.String() }, { additionalProperties: false }),
};

export const VersionView = Type.Object(versionProperties, { $id: 'RulebookVersion', additionalProperties: false });

export const VersionsView = Type.Object(
  {
    versions: Type.Array(Type.Ref('RulebookVersion'), { description: 'The one kept last first' }),
    scheduled: Type.Array(TakesForceView('Takes force later'), { description: 'What is to take force, soonest first' }),
    refused: Type.Array(
      Type.Object(
        {
          rulebook: Type.Optional(sha256),
          at: moment('When this was found out'),
          reason: Type.String(),
          findings: Type.Array(Type.String(), {
            description: 'What is wrong: file, line, column, JSON pointer and a sentence each',
          }),
        },
        { additionalProperties: false },
      ),
      {
        description:
          'What was to be in force now and cannot be used, and why: a version, or the files of a watched folder. What was in force before it stays',
      },
    ),
  },
  { additionalProperties: false, description: 'All versions that are kept' },
);

export const VersionFiles = Type.Object(
  {
    files: Type.Array(
      Type.Object(
        { path: Type.String(), sha256: Type.String(), bytes: Type.Integer(), link: Type.String() },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false, description: 'The files of a version, in ascending order of path' },
);

/** @param owner path of the draft or version */
export const fileLink = (owner: string, path: string): string =>
  `${owner}/files/${path.split('/').map(encodeURIComponent).join('/')}`;

/** Files of a draft or version, as they are listed. */
export const shownFiles = (owner: string, texts: RulebookTexts): Static<typeof VersionFiles>['files'] =>
  texts.map(({ path, text }) => ({
    path,
    sha256: fileHash(text),
    bytes: Buffer.byteLength(text),
    link: fileLink(owner, path),
  }));

export const VersionParams = Type.Object(
  { hash: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256 of the version, all 64 digits' }) },
  { additionalProperties: false },
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

/** @param inForce hash of the version that is in force */
export function shownVersion(
  { hash, about, keptAt, force }: RulebookVersion,
  inForce: string,
): Static<typeof VersionView> {
  const self = versionLink(hash);
  return {
    sha256: hash,
    ...shownAbout(about),
    keptAt,
    inForce: hash === inForce,
    force: force.map(shownForce),
    links: { self, files: `${self}/files` },
  };
}

/** A broken file may have any number of mistakes. */
const MOST_FINDINGS = 50;

export const shownRefusal = ({
  entry,
  at,
  reason,
  findings,
}: RefusedRules): Static<typeof VersionsView>['refused'][number] => ({
  ...(entry && { rulebook: entry.hash }),
  at,
  reason: reason.split('\n', 1)[0] as string,
  findings: findings.slice(0, MOST_FINDINGS).map(describeFinding),
});
