/** Two opinions of one row held against each other, without an engine. */
import t from 'tap';
import { compareOpinions, compareSelections } from '#explain/opinions';
import type { SourceRecord } from '#records/record';
import { shipped } from '../support/histories.ts';

const library = { name: 'another', version: '9' };
const selection = compareSelections({ version: '1', library, first: [], second: [] });
const fields = shipped.extract.fields.filter(({ number }) => number === '40' || number === '46');
const rulesOf = (number: string): number => fields.find((field) => field.number === number)?.rules.length ?? 0;
const first = new Map([
  ['40', { value: 'Y', rule: 'eligible' }],
  ['46', { value: 'N', rule: 'otherwise' }],
]);

t.test('fields that differ come in the order of their numbers, whichever way they were decided', async (t) => {
  const second = {
    fields: new Map([['40', { value: 'Y', rule: 'otherwise' }]]),
    rulesEvaluated: rulesOf('40') + rulesOf('46'),
    laws: new Map(),
  };
  const shown = compareOpinions({ fields, selection, first, second, asked: undefined, laws: [] });
  t.equal(shown.agree, false);
  t.same(shown.differences, [
    { field: '40', first: 'Y', second: 'Y', firstRule: 'eligible', secondRule: 'otherwise' },
    { field: '46', first: 'N', second: '', firstRule: 'otherwise', secondRule: '' },
  ]);
});

t.test('of one field asked about, only that field and its rules count', async (t) => {
  const second = {
    fields: new Map([['46', { value: 'N', rule: 'otherwise' }]]),
    rulesEvaluated: rulesOf('46'),
    laws: new Map(),
  };
  t.same(compareOpinions({ fields, selection, first, second, asked: ['46', '8'], laws: [] }), {
    first: { engine: 'cenr', version: '1' },
    second: { engine: 'another', version: '9' },
    agree: true,
    rows: { first: 0, second: 0 },
    rulesEvaluated: rulesOf('46'),
    rulesInFiles: rulesOf('46'),
    differences: [],
  });
});

t.test('two selections agree when the same enrollments are rows, in the same order', async (t) => {
  const [one, other] = [{ loaded: 0 }, { loaded: 1 }] as unknown as readonly [SourceRecord, SourceRecord];
  const compare = (first: readonly SourceRecord[], second: readonly SourceRecord[]) =>
    compareSelections({ version: '1', library, first, second });
  t.match(compare([one, other], [one, other]), { agree: true, rows: { first: 2, second: 2 } });
  t.match(compare([one], [other]), { agree: false, rows: { first: 1, second: 1 } });
  t.match(compare([one, other], [one]), { agree: false, rows: { first: 2, second: 1 } });
  t.match(compare([], [one]), { agree: false });
  const differ = compareOpinions({
    fields: [],
    selection: compare([one], [other]),
    first: new Map(),
    second: { fields: new Map(), rulesEvaluated: 0, laws: new Map() },
    asked: undefined,
    laws: [],
  });
  t.match(differ, { agree: false, differences: [] }, 'rows that differ are a disagreement, whatever their fields say');
});

t.test('a law that one finds broken and the other does not is a disagreement', async (t) => {
  const compare = (broken: readonly string[], held: boolean) =>
    compareOpinions({
      fields: [],
      selection,
      first: new Map(),
      second: { fields: new Map(), rulesEvaluated: 0, laws: new Map([['law', held]]) },
      asked: undefined,
      laws: broken,
    });
  t.match(compare(['law'], true), { agree: false, laws: { first: ['law'], second: [] } });
  t.match(compare([], false), { agree: false, laws: { first: [], second: ['law'] } });
  t.match(compare(['law'], false), { agree: true, laws: undefined });
  t.match(compare(['law about other fields'], true), { agree: true }, 'one that was not asked does not count');
});
