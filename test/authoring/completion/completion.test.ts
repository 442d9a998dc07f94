/** What is suggested while somebody writes a rule file: `|` stands for the cursor. */
import t from 'tap';
import { suggestionsAt } from '#authoring/completion/completion';
import { readGrammar, readTexts } from '#rulebook/load/load';

const texts = readTexts();
const grammars = readGrammar();
const FIELD = 'rules/fields/40-homeless-program-eligible.json';
const FACTS = 'rules/facts/programs.json';

function at(path: string, written: string) {
  const place = written.indexOf('|');
  const text = written.replace('|', '');
  const { from, to, suggestions } = suggestionsAt(grammars, texts, { path, text, at: place });
  const [first] = suggestions;
  return {
    labels: suggestions.map(({ label }) => label),
    says: suggestions.map(({ says }) => says),
    /** The text when the first is taken. */
    taken: first && text.slice(0, from) + first.text + text.slice(to),
  };
}

const condition = (inside: string): string =>
  `{ "field": "40", "rules": [ { "name": "eligible", "conditions": { ${inside} } } ] }`;
const inFact = (inside: string): string =>
  `{ "facts": [ { "name": "n", "says": "s", "from": "SPRG", "where": { ${inside} }, "gives": "any" } ] }`;

t.test('keys that the grammar allows, those that are needed first, and none that is there', async (t) => {
  const { labels, taken } = at(FIELD, '{ "field": "40", "name": "x", | }');
  t.same(labels.slice(0, 2).sort(), ['rules', 'source']);
  t.notOk(labels.includes('field'));
  t.match(taken, /, "(rules|source)": {2}}/);
  t.equal(at(FIELD, condition('"al|"')).labels[0], 'all');
  t.same(at(FIELD, condition('"all": [], "|"')).labels, [], 'a group has nothing beside it');
  t.same(at(FACTS, '{ "facts": [ { "name": "n", "calculate": "dayBefore", "|" } ] }').labels.sort(), [
    'day',
    'params',
    'says',
  ]);
  t.equal(
    at(FIELD, condition('"op|": "equal"')).taken,
    condition('"operator": "equal"'),
    'a colon that is there stays',
  );
});

t.test('names: facts, parameters, operators, columns, codes, code sets, sentences', async (t) => {
  t.equal(at(FIELD, condition('"fact": "programAtS|')).labels[0], 'programAtSchool');
  t.equal(at(FIELD, condition('"fact": "programAtS|"')).taken, condition('"fact": "programAtSchool"'));
  t.ok(at(FIELD, condition('"fact": "|"')).labels.includes('enrollment'), 'built-in facts too');
  t.equal(
    at(FIELD, condition('"fact": "programAtSchool", "params": { "program": "homel|" }')).labels[0],
    'homelessProgram',
  );
  t.same(at(FIELD, condition('"operator": "onOr|"')).labels, ['onOrBefore', 'onOrAfter']);
  t.ok(at(FIELD, condition('"fact": "enrollment", "path": "$.grade|"')).labels.includes('$.gradeLevelCode'));
  const ofRecord = at(FACTS, inFact('"fact": "record", "path": "|"')).labels;
  t.ok(ofRecord.includes('$.educationProgramCode'), 'columns of the type that is looked for');
  t.ok(ofRecord.includes('$.membership'), 'and intervals');
  t.notOk(ofRecord.includes('$.gradeLevelCode'), 'and no other');
  const codes = at(
    FACTS,
    inFact('"fact": "record", "path": "$.educationProgramCode", "operator": "equal", "value": "19|"'),
  );
  t.ok(codes.labels.includes('191'));
  t.match(codes.says.join(), /Homeless/);
  t.equal(at(FACTS, '{ "facts": [ { "from": "SPR|" } ] }').labels[0], 'SPRG');
  t.ok(at(FIELD, '{ "cites": [ "cenr-40|" ] }').labels.includes('cenr-40.1'));
  t.ok(at('schemas/records/SPRG.json', '{ "columns": [ { "codeSet": "Grade|" } ] }').labels.includes('GradeLevel'));
  t.same(at('rules/unknown.txt', '{ "|" }').labels, []);
});

t.test('a file that is not JSON yet, and names that it declares itself', async (t) => {
  t.ok(at(FIELD, '{ "field": "40", "rules": [ { "conditions": { "fact": "prog|').labels.length > 0);
  const own = at(
    FACTS,
    '{ "facts": [ { "name": "brandNew", "says": "s", "from": "SPRG" }, { "where": { "fact": "brand|" } } ] }',
  );
  t.same(own.labels, ['brandNew']);
  for (let place = 0; place < 200; place++) {
    const text = texts.find(({ path }) => path === FIELD)?.text ?? '';
    t.ok(suggestionsAt(grammars, texts, { path: FIELD, text: text.slice(0, place), at: place }).suggestions);
  }
});
