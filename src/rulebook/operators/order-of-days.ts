import type { Operator } from './operator.ts';

/** Later than every day CCYYMMDD: what a blank end stands for. */
const OPEN = '~';

const day = (
  name: string,
  phrase: string,
  passes: (left: string, right: string) => boolean,
  examples: Operator['examples'],
): Operator => ({
  name,
  left: ['day'],
  right: ['day'],
  absent: false,
  phrase,
  holds: (left, right) =>
    left !== undefined && right !== undefined && passes((left as string) || OPEN, (right as string) || OPEN),
  bind: (right) => {
    const to = (right as string) || OPEN;
    return (left) => left !== undefined && passes((left as string) || OPEN, to);
  },
  examples,
});

/**
 * Days compare as texts once they are known to be real; a blank day is later than every day, an absent one compares as
 * false.
 */
export const before = day('before', 'is before', (l, r) => l < r, [
  ['20230630', '20230701', true],
  ['20230701', '20230701', false],
  ['', '20230701', false],
  ['20230701', '', true],
  [null, '20230701', false],
]);
export const onOrBefore = day('onOrBefore', 'is on or before', (l, r) => l <= r, [
  ['20230630', '20230701', true],
  ['20230701', '20230701', true],
  ['20230702', '20230701', false],
  ['20230701', '', true],
  ['', '20230701', false],
  [null, '', false],
]);
export const after = day('after', 'is after', (l, r) => l > r, [
  ['20230702', '20230701', true],
  ['20230701', '20230701', false],
  ['', '20230701', true],
  [null, '20230701', false],
]);
export const onOrAfter = day('onOrAfter', 'is on or after', (l, r) => l >= r, [
  ['20230702', '20230701', true],
  ['20230701', '20230701', true],
  ['20230630', '20230701', false],
  ['', '20230701', true],
  [null, '20230701', false],
]);
