/** Two opinions of one row held against each other, without an engine. */
import t from 'tap';
import { compareOpinions } from '#explain/opinions';
import { shipped } from '../support/histories.ts';

const library = { name: 'another', version: '9' };
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
  };
  const shown = compareOpinions({ fields, first, version: '1', second, library, asked: undefined });
  t.equal(shown.agree, false);
  t.same(shown.differences, [
    { field: '40', first: 'Y', second: 'Y', firstRule: 'eligible', secondRule: 'otherwise' },
    { field: '46', first: 'N', second: '', firstRule: 'otherwise', secondRule: '' },
  ]);
});

t.test('of one field asked about, only that field and its rules count', async (t) => {
  const second = { fields: new Map([['46', { value: 'N', rule: 'otherwise' }]]), rulesEvaluated: rulesOf('46') };
  t.same(compareOpinions({ fields, first, version: '1', second, library, asked: ['46', '8'] }), {
    first: { engine: 'cenr', version: '1' },
    second: { engine: 'another', version: '9' },
    agree: true,
    rulesEvaluated: rulesOf('46'),
    rulesInFiles: rulesOf('46'),
    differences: [],
  });
});
