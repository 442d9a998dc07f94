import { type Calculation, numberMistakes } from './calculation.ts';

interface Case {
  readonly holds: unknown;
  readonly gives: unknown;
}

/** A value by condition: that of the first whose condition holds, or else the last one. */
export const byCondition: Calculation = {
  name: 'byCondition',
  parts: [
    { kind: 'rules', key: 'when', takes: ['text', 'day', 'number', 'list', 'flag'] },
    { kind: 'operand', key: 'otherwise', takes: ['text', 'day', 'number', 'list', 'flag'] },
  ],
  gives: 'same',
  absentIf: 'anyAbsent',
  mayBeBlank: true,
  lines: (values, { conditions = [] }) => [
    'the first of these whose condition holds:',
    ...conditions.map((condition, i) => `  * ${values[i]}, when ${condition}`),
    `  * otherwise ${values.at(-1)}`,
  ],
  toldBy: 'chosen',
  sql: (values, _, { conditions }) => ({
    sql: `CASE ${conditions.map((condition, i) => `WHEN ${condition} THEN ${values[i]?.sql}`).join(' ')} ELSE ${values.at(-1)?.sql} END`,
  }),
  mistakes: ({ when, otherwise }: { when: readonly Case[]; otherwise: unknown }) => [
    ...when.flatMap(({ gives }, i) => {
      const next = i + 1 < when.length ? when[i + 1]?.gives : otherwise;
      const name = i + 1 < when.length ? `number ${i + 2}` : '"otherwise"';
      return JSON.stringify(next) === JSON.stringify(gives)
        ? []
        : [{ pointer: `/when/${i}/gives`, to: next, says: `Number ${i + 1} gave what ${name} gives` }];
    }),
    ...when.slice(1).map((next, i) => ({
      pointer: `/when/${i}`,
      at: '/when',
      to: when.toSpliced(i, 2, next, when[i] as Case),
      says: `Number ${i + 2} came before number ${i + 1}`,
    })),
    ...when.flatMap(({ gives }, i) => numberMistakes(`/when/${i}/gives`, gives)),
    ...numberMistakes('/otherwise', otherwise),
  ],
  examples: [
    [[6, 7], 6, { conditions: [true] }],
    [[6, 7], 7, { conditions: [false] }],
    [['one', 'two', ''], 'two', { conditions: [false, true] }],
    [['one', 'two', ''], 'one', { conditions: [true, true] }],
    [['one', 'two', ''], '', { conditions: [false, false] }],
    [['20230817', null], null, { conditions: [false] }],
    [['20230817', null], '20230817', { conditions: [true] }],
  ],
};
