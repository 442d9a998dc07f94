/** A column that extracts have from a later academic year on is new in that year, and not in the report of an earlier one. */
import t from 'tap';
import { reachOf } from '#authoring/impact/reach';
import { verify } from '#rulebook/load/load';
import { storyNames, textsAfter } from '../../policy/stories.ts';
import { shipped } from '../../support/histories.ts';

const story = storyNames.find((name) => name.startsWith('16-')) as string;

t.test('a column from 2026-2027 on', async (t) => {
  const to = verify(textsAfter(story));
  const keys = (academicYear: string) => {
    const request = { reportingLEAs: 'all', academicYear } as const;
    const back = reachOf(to, shipped, request);
    return [reachOf(shipped, to, request).added, back.removed].map((columns) => columns.map(({ key }) => key));
  };
  t.same(keys('2026-2027'), [['virtualInstructionIndicator'], ['virtualInstructionIndicator']]);
  t.same(keys('2025-2026'), [[], []], 'nothing is new, and nothing gone, a year before');
});
