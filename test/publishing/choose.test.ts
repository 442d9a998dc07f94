/** Versions by what people call them. */
import t from 'tap';
import type { Activation } from '#publishing/activation';
import { VersionUnknownError, versionByHash, versionByPublication } from '#publishing/choose';
import type { RulebookVersion } from '#publishing/in-effect';

const AT = '2026-01-01T00:00:00.000Z';
let seq = 0;
const took = (hash: string, from: string, withdrawnAt?: string): Activation => ({
  seq: ++seq,
  hash,
  from,
  how: 'published',
  createdAt: from,
  ...(withdrawnAt !== undefined && { withdrawnAt }),
});
const version = (
  begin: string,
  updated: string,
  keptAt: string,
  ...activations: [from: string, withdrawnAt?: string][]
): RulebookVersion => {
  const hash = begin.padEnd(64, '0');
  return {
    hash,
    about: { name: 'n', version: updated, publication: { page: 'p', updated }, lastCompared: updated },
    keptAt,
    activations: activations.map(([from, withdrawnAt]) => took(hash, from, withdrawnAt)),
  };
};

const VERSIONS = [
  version('aaaaaaaa1', '2024-04-22', '2024-05-01', ['2024-05-01T00:00:00.000Z']),
  version('aaaaaaaa2', '2025-04-22', '2025-05-01', ['2025-05-01T00:00:00.000Z'], ['2025-07-01T00:00:00.000Z']),
  version('bbbbbbbb1', '2025-04-22', '2025-06-01', ['2025-06-01T00:00:00.000Z']),
  version(
    'cccccccc1',
    '2025-04-22',
    '2025-08-01',
    ['2026-06-01T00:00:00.000Z'],
    ['2025-09-01T00:00:00.000Z', '2025-08-02T00:00:00.000Z'],
  ),
  version('dddddddd1', '2026-04-22', '2025-08-01'),
  version('eeeeeeee1', '2026-04-22', '2025-09-01'),
];

const described = (index: number): string =>
  `${VERSIONS[index]?.hash} (publication of ${VERSIONS[index]?.about.publication.updated})`;

t.test('by hash', async (t) => {
  t.equal(versionByHash(VERSIONS, 'bbbbbbbb'), VERSIONS[2]);
  t.equal(versionByHash(VERSIONS, VERSIONS[0]?.hash as string), VERSIONS[0]);
  t.throws(
    () => versionByHash(VERSIONS, 'aaaaaaaa'),
    new VersionUnknownError(
      `"aaaaaaaa" begins the hash of 2 versions: ${described(0)}, ${described(1)}; give more digits`,
    ),
  );
  t.throws(
    () => versionByHash(VERSIONS.slice(0, 1), '99999999'),
    new VersionUnknownError(
      `no version of the rulebook with the hash "99999999" is kept; the versions kept are ${described(0)}`,
    ),
  );
  t.throws(() => versionByHash([], '99999999'), /the store keeps no version$/);
});

t.test('by publication', async (t) => {
  const cases: [string, string, number][] = [
    ['only one follows it', '2024-04-22', 0],
    ['several: the one that was last in effect; withdrawn ones and those to come do not count', '2025-04-22', 1],
    ['the day in other forms', '04/22/2025', 1],
    ['none was ever in effect: the one kept last', '20260422', 5],
  ];
  for (const [title, day, index] of cases) t.equal(versionByPublication(VERSIONS, day, AT), VERSIONS[index], title);
  t.equal(
    versionByPublication(VERSIONS, '2025-04-22', '2026-06-01T00:00:00.000Z'),
    VERSIONS[3],
    'when its time has come',
  );
  for (const day of ['2023-04-22', 'yesterday', ''])
    t.throws(() => versionByPublication(VERSIONS, day, AT), {
      name: 'VersionUnknownError',
      message: new RegExp(`^no version that follows the publication of "${day}" is kept; the versions kept are `),
    });
});
