/** Conditions with a name, written out in the place where they are asked for: the same conditions come of it. */
import t from 'tap';
import { verify } from '#rulebook/load/load';
import { writtenOut } from '#rulebook/tree/named-conditions';
import type { Condition } from '#rulebook/tree/nodes';
import { conditionWords, glossaryOf } from '#rulebook/words/words';
import { patched } from '../texts.ts';

const FIELD = 'rules/fields/40-homeless-program-eligible.json';
const PROGRAM =
  '"conditions": { "fact": "programAtSchool", "params": { "program": "homelessProgram" }, "operator": "equal", "value": true }';
const OPEN = { fact: 'enrollment', path: '$.enrollmentExitDate', operator: 'present', value: false };
const named = (operator: string, value: boolean) => ({ fact: 'isOpen', operator, value });

/** The condition of field 40 when it is this. */
function conditionOf(json: object): { condition: Condition; words: (condition: Condition) => string } {
  const facts = [
    { name: 'isOpen', says: 'the enrollment is open', calculate: 'whether', holds: { all: [OPEN, named2] } },
    { name: 'isAtSchool', says: 'the student is at a school', calculate: 'whether', holds: AT_SCHOOL },
  ];
  const rulebook = verify(
    patched([
      { file: 'rules/facts/zz.json', text: JSON.stringify({ facts }) },
      { file: FIELD, replace: [PROGRAM, `"conditions": ${JSON.stringify(json)}`] },
    ]),
  );
  const { condition } = rulebook.extract.fields.find(({ number }) => number === '40')?.rules[0] ?? {};
  const glossary = glossaryOf(rulebook);
  return { condition: condition as Condition, words: (one) => conditionWords(one, glossary) };
}

const AT_SCHOOL = { fact: 'enrollment', path: '$.schoolOfAttendance', operator: 'present', value: true };
const named2 = { fact: 'isAtSchool', operator: 'equal', value: true };

t.test('a name gives way to what it stands for, a name in it too', async (t) => {
  const { condition, words } = conditionOf({ any: [named('equal', true), AT_SCHOOL] });
  const plain = conditionOf({ any: [{ all: [OPEN, AT_SCHOOL] }, AT_SCHOOL] });
  t.equal(words(writtenOut(condition)), plain.words(plain.condition));
  t.equal(writtenOut(condition), writtenOut(condition), 'the same one each time');
  t.match(words(condition), /^at least one of these holds: it is so that the enrollment is open;/);
});

t.test('that it is not so becomes its opposite', async (t) => {
  for (const json of [named('equal', false), named('notEqual', true), { not: named('equal', true) }]) {
    const { condition, words } = conditionOf(json);
    t.match(words(writtenOut(condition)), /^this does not hold: all of these hold: /, JSON.stringify(json));
  }
  const { condition, words } = conditionOf(named('equal', false));
  t.equal(words(condition), 'it is not so that the enrollment is open');
});

t.test('a condition without names stays as it is', async (t) => {
  const { condition } = conditionOf({ all: [OPEN, { not: AT_SCHOOL }] });
  t.equal(writtenOut(condition), condition);
});
