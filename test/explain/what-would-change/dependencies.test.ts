/** What fields of the shipped rules depend on. */
import t from 'tap';
import { dependenciesOf } from '#explain/what-would-change/dependencies';
import type { Field } from '#rulebook/tree/nodes';
import { shipped } from '../../support/histories.ts';

const { fields } = shipped.extract;
const fieldOf = (number: string): Field => fields.find((field) => field.number === number) as Field;

t.test('a field depends on the columns, looks and rules that it reads, those of other fields included', async (t) => {
  const homeless = dependenciesOf(fieldOf('40'), fields);
  t.same([...new Set(homeless.looks.map(({ from }) => from))], ['SPRG']);
  t.ok(homeless.targets.some(({ key, recordType }) => key === 'educationProgramCode' && recordType === 'SPRG'));
  t.equal(homeless.rules.length, fieldOf('40').rules.length);
  t.equal(dependenciesOf(fieldOf('40'), fields), homeless, 'worked out once');

  const [reading, read] = [dependenciesOf(fieldOf('46'), fields), dependenciesOf(fieldOf('45'), fields)];
  t.ok(read.rules.every((rule) => reading.rules.includes(rule)));
  t.ok(read.looks.every((look) => reading.looks.includes(look)));
});
