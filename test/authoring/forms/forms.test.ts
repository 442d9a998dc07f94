/** The form of every shipped rule file, without a browser. */
import t from 'tap';
import { applyForm, FIELDS } from '#authoring/forms/apply';
import { type FormNode, formOf, nodesIn } from '#authoring/forms/form';
import { knownOf } from '#authoring/forms/known';
import { keyFor, type NewField, newFieldFiles } from '#authoring/forms/new-field';
import { blankFile } from '#authoring/forms/new-file';
import { outputColumns } from '#records/layout';
import { grammarOf } from '#rulebook/load/assemble';
import { grammarFindings } from '#rulebook/load/grammar';
import { grammarSchema } from '#rulebook/load/grammar-schemas';
import { verify } from '#rulebook/load/load';
import { shipped } from '../../support/histories.ts';

const texts = shipped.files.map(({ path, text = '' }) => ({ path, text }));
const textOf = (path: string): string => texts.find((file) => file.path === path)?.text ?? '';
const nothing = (): undefined => undefined;
const FIELD = 'rules/fields/40-homeless-program-eligible.json';
const CONDITIONS = '/rules/0/conditions';

/** What a browser sends for a place that nobody touched. */
const asShown = ({ input, value }: FormNode): string | undefined => {
  if (input === 'lines') return (value as string[]).join('\r\n');
  return input === 'object' || input === 'list' || input === 'fixed' ? undefined : String(value);
};

t.test('every file has a form, and an untouched form changes no character', async (t) => {
  for (const { path, text } of texts) {
    const form = formOf(path, JSON.parse(text));
    t.ok(form, path);
    const nodes = [...nodesIn(form as FormNode)];
    t.same(
      nodes.filter(({ input }) => input === 'json').map(({ pointer }) => pointer),
      [],
      `${path}: nothing is left to be written as JSON`,
    );
    const sent = new Map(
      nodes.flatMap((node): [string, string | undefined][] => [
        [`${FIELDS.value}${node.pointer}`, asShown(node)],
        [`${FIELDS.kind}${node.pointer}`, node.kind],
      ]),
    );
    t.same(
      applyForm(path, text, '', (name) => sent.get(name)),
      { text, at: '', unread: [] },
    );
  }
});

t.test('operators are those of the grammar', async (t) => {
  const form = formOf(FIELD, JSON.parse(textOf(FIELD))) as FormNode;
  const operator = [...nodesIn(form)].find(({ key }) => key === 'operator');
  t.same(operator?.choices, grammarSchema('condition').definitions?.['operator']?.enum);
});

t.test('what is added or made another kind follows the grammar, but for blanks', async (t) => {
  const broken = (path: string, text: string): string[] =>
    grammarFindings(path, grammarOf(path) as string, JSON.parse(text)).flatMap(({ message }) =>
      /found ""|fewer than|pattern/.test(message) ? [] : [message],
    );
  for (const path of [
    FIELD,
    'rules/facts/programs.json',
    'rules/facts/english-learner.json',
    'rules/checks/SENR0018.json',
  ]) {
    const text = textOf(path);
    for (const node of nodesIn(formOf(path, JSON.parse(text)) as FormNode)) {
      for (const { key } of node.more) {
        const { text: more } = applyForm(path, text, '', nothing, `add ${node.pointer} ${key}`);
        t.not(more, text, `${path} ${node.pointer}: ${key} is added`);
      }
      if (node.input === 'list')
        t.same(broken(path, applyForm(path, text, '', nothing, `add ${node.pointer}`).text), []);
      for (const kind of node.kinds ?? []) {
        const typed = (name: string): string | undefined =>
          name === `${FIELDS.kind}${node.pointer}` ? kind : undefined;
        const { text: other } = applyForm(path, text, '', typed);
        t.same(
          broken(path, other).filter((message) => !/"(value|rules)"|otherwise|found/.test(message)),
          [],
          `${path} ${node.pointer}: ${kind}`,
        );
      }
    }
  }
});

t.test('a copy has a name of its own, and a new item is of the kind that the list has', async (t) => {
  const facts = 'rules/facts/programs.json';
  const { text: copied, at } = applyForm(facts, textOf(facts), '', nothing, 'copy /facts/0');
  t.equal(at, '/facts/1');
  t.equal(JSON.parse(copied).facts[1].name, 'programAtSchool2');
  const { text: again } = applyForm(facts, copied, '', nothing, 'copy /facts/1');
  t.equal(JSON.parse(again).facts[2].name, 'programAtSchool3');
  t.equal(
    knownOf(
      texts.map((file) => (file.path === facts ? { ...file, text: again } : file)),
      facts,
    ).findings.length,
    0,
  );
  const examples = 'rules/examples/40-homeless-program-eligible.json';
  const { text: added } = applyForm(examples, textOf(examples), '', nothing, 'add /cases');
  t.same(Object.keys(JSON.parse(added).cases.at(-1).expect), ['value'], 'as the case before it expects');
});

t.test('a file is begun with blanks, and has a form', async (t) => {
  for (const path of ['rules/facts/new.json', 'rules/checks/NEW0001.json', 'rules/parameters/new.json']) {
    const text = blankFile(path);
    const wrong = grammarFindings(path, grammarOf(path) as string, JSON.parse(text));
    t.same(
      wrong.flatMap(({ message }) => (/found ""|fewer than|pattern/.test(message) ? [] : [message])),
      [],
      path,
    );
    t.ok(formOf(path, JSON.parse(text)));
  }
  t.throws(() => blankFile('notes/new.json'), /no grammar/);
});

t.test('conditions are wrapped, moved, left and taken out', async (t) => {
  const text = textOf(FIELD);
  const press = (now: string, pressed: string): string => applyForm(FIELD, now, '', nothing, pressed).text;
  const conditionsOf = (now: string): unknown => JSON.parse(now).rules[0].conditions;
  const one = conditionsOf(text);
  const wrapped = press(text, `wrap ${CONDITIONS} all`);
  t.same(conditionsOf(wrapped), { all: [one] });
  t.equal(press(wrapped, `unwrap ${CONDITIONS}`), text);
  const two = press(wrapped, `add ${CONDITIONS}/all`);
  t.same(conditionsOf(two), { all: [one, { fact: '', operator: 'equal', value: '' }] });
  t.same(conditionsOf(press(two, `up ${CONDITIONS}/all/1`)), {
    all: [{ fact: '', operator: 'equal', value: '' }, one],
  });
  t.equal(press(two, `remove ${CONDITIONS}/all/1`), wrapped);
  const any = applyForm(FIELD, two, '', (name) => (name === `k${CONDITIONS}` ? 'any' : undefined));
  t.same(conditionsOf(any.text), { any: [one, { fact: '', operator: 'equal', value: '' }] });
  t.same(conditionsOf(press(text, `wrap ${CONDITIONS} not`)), { not: one });
  t.same(
    JSON.parse(press(text, 'add /rules')).rules.map(({ name }: { name: string }) => name),
    ['eligible', '', 'otherwise'],
    'what has to be the last stays the last',
  );
});

t.test('a choice that asks for other keys gets them', async (t) => {
  const path = 'rules/facts/programs.json';
  const kind = applyForm(path, textOf(path), '', (name) => (name === 'k/facts/0' ? 'calculate' : undefined)).text;
  const made = JSON.parse(kind).facts[0];
  t.match(made, { name: 'programAtSchool', calculate: 'addDays', day: { fact: '' } });
  t.notOk('from' in made);
  const age = JSON.parse(applyForm(path, kind, '', (n) => (n === 'v/facts/0/calculate' ? 'age' : undefined)).text);
  t.match(age.facts[0], { calculate: 'age', born: { fact: '' }, on: { fact: '' } });
  t.notOk('day' in age.facts[0]);
});

t.test('what cannot be read is said, and nothing else is lost', async (t) => {
  const path = 'schemas/records/CENR.json';
  const { unread, text } = applyForm(path, textOf(path), '', (name) =>
    name === 'v/columns/0/max' ? 'six' : undefined,
  );
  t.match(unread, [{ pointer: '/columns/0/max', message: 'found "six", expected a number' }]);
  t.equal(text, textOf(path));
});

t.test('a name that cannot stand somewhere is refused with words', async (t) => {
  const path = 'rules/examples/43-gifted-and-talented.json';
  const add = (name: string) =>
    applyForm(
      path,
      textOf(path),
      '',
      (field) => (field === 'n/cases/1/records/0' ? name : undefined),
      'add /cases/1/records/0',
    );
  for (const [name, message] of [
    ['', /no name was written/],
    ['__proto__', /cannot stand here/],
    ['educationProgramCode', /is there already/],
  ] as const) {
    const { text, unread } = add(name);
    t.match(unread, [{ pointer: '/cases/1/records/0', message }]);
    t.equal(text, textOf(path));
  }
  t.same(add('schoolOfAttendance').unread, []);
});

t.test('one comparison that is not understood leaves the others their words', async (t) => {
  const path = 'rules/fields/45-provisional-ltel-start-date.json';
  const whole = knownOf(texts, path);
  t.same(whole.findings, []);
  const text = textOf(path).replace('"firstEL"', '"firstEll"');
  const known = knownOf(
    texts.map((file) => (file.path === path ? { path, text } : file)),
    path,
  );
  t.match(known.findings, [{ pointer: /^\/rules\/0\/conditions\/all\/1/, message: /firstEll/ }]);
  t.equal(known.words['/rules/0/conditions/all/0'], whole.words['/rules/0/conditions/all/0']);
  t.equal(known.words['/rules/0/conditions/all/1'], undefined);
});

t.test('a new field can be used as soon as its conditions are', async (t) => {
  const layout = { path: 'schemas/records/CENR.json', text: textOf('schemas/records/CENR.json') };
  const given = {
    name: 'Taught Twice',
    type: 'CS',
    max: '1',
    page: 'A decision',
    updated: '2026-11-02',
    lastCompared: '2026-11-02',
    element: '',
    reading: '',
    rules: [{ name: 'twice', fact: 'participatesInSpecialEducation', value: 'Y' }],
    otherwise: 'N',
    like: '',
  };
  const facts = [{ name: 'participatesInSpecialEducation', says: '', params: [] }];
  const made = newFieldFiles(given, layout, facts, textOf('rules/examples/43-gifted-and-talented.json'));
  if ('problems' in made) return t.fail('it is refused');
  const paths = new Set(made.files.map(({ path }) => path));
  const rulebook = verify([...texts.filter(({ path }) => !paths.has(path)), ...made.files]);
  t.ok(rulebook.extract.fields.some(({ number }) => number === '51'));
  t.match(newFieldFiles({ ...given, max: 'x', updated: '1 July' }, layout, [], ''), {
    problems: [{ at: 'max' }, { at: 'updated' }, { at: 'rules/0/fact' }],
  });
  t.match(newFieldFiles({ ...given, name: 'Gifted and Talented' }, layout, facts, ''), { problems: [{ at: 'name' }] });
  t.equal(keyFor('Title I, Part C'), 'titleIPartC');
});

t.test('a new field stands where it is wanted, and other column sets keep what they have', async (t) => {
  const path = 'schemas/records/CENR.json';
  const given = {
    ...{ type: 'CS', max: '1', page: 'A decision', updated: '2026-11-02', lastCompared: '2026-11-02', element: '' },
    ...{
      reading: '',
      rules: [{ name: 'so', fact: 'participatesInSpecialEducation', value: 'Y' }],
      otherwise: 'N',
      like: '',
    },
  };
  const facts = [{ name: 'participatesInSpecialEducation', says: '', params: [] }];
  const add = (files: readonly { path: string; text: string }[], name: string, beside?: NewField['beside']) => {
    const text = files.find((file) => file.path === path)?.text ?? '';
    const made = newFieldFiles({ ...given, name, beside }, { path, text }, facts, '{}');
    if ('problems' in made) throw new Error(JSON.stringify(made.problems));
    const paths = new Set(made.files.map((file) => file.path));
    return [...files.filter((file) => !paths.has(file.path)), ...made.files];
  };
  const keysOf = (files: readonly { path: string; text: string }[], set: string) =>
    outputColumns(verify(files).schemas.output, set).map(({ key }) => key);
  const before = keysOf(texts, '50');
  const [forty, last] = ['homelessProgramEligible', before.at(-1) as string];
  const at = before.indexOf(forty);
  const one = add(texts, 'One', { side: 'before', column: forty });
  const two = add(one, 'Two', { side: 'after', column: 'one' });
  const three = add(two, 'Three', { side: 'after', column: last });
  const four = add(three, 'Four');
  const five = add(four, 'Five', { side: 'before', column: before[0] as string });
  t.same(keysOf(one, '51'), before.toSpliced(at, 0, 'one'));
  t.same(keysOf(two, '52'), before.toSpliced(at, 0, 'one', 'two'));
  t.same(keysOf(three, '53'), [...before.toSpliced(at, 0, 'one', 'two'), 'three']);
  t.same(keysOf(four, '54'), [...before.toSpliced(at, 0, 'one', 'two'), 'three', 'four']);
  t.same(keysOf(five, '55'), ['five', ...before.toSpliced(at, 0, 'one', 'two'), 'three', 'four']);
  t.same(keysOf(five, '50'), before);
  t.equal(verify(one).schemas.output.columns.at(-1)?.no, '51', 'it has the next number, wherever it stands');
  const unknown = newFieldFiles(
    { ...given, name: 'One', beside: { side: 'after', column: 'x' } },
    { path, text: textOf(path) },
    facts,
    '{}',
  );
  t.match(unknown, { problems: [{ at: 'beside' }] });
});
