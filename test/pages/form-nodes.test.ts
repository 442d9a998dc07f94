/** Forms of rule files as pages, without a browser: how large they are, and what they say of what is wrong. */
import t from 'tap';
import { type FormNode, formOf, nodesIn } from '#authoring/forms/form';
import { knownOf, understood } from '#authoring/forms/known';
import { isLong, nameLists, place, wrongApart } from '#pages/policy/form-nodes';
import { shipped } from '../support/histories.ts';

const texts = shipped.files.map(({ path, text = '' }) => ({ path, text }));
const understanding = understood(texts);
/** What the rest of the page takes, and the address of a draft. */
const FRAME = 5_000;
const MOST = 100_000 - FRAME;

const HOMELESS_RULES = 'rules/fields/40-homeless-program-eligible.json';

const formAt = (path: string, at = ''): FormNode =>
  formOf(path, JSON.parse(texts.find((file) => file.path === path)?.text ?? ''), at) as FormNode;

const pageOf = (path: string, form: FormNode, known = knownOf(texts, path, understanding)): string => {
  const address = `/drafts/draft_0/form/${path}`;
  const shown = { known, address, given: () => undefined, unread: [], isFolded: isLong(form), mayEdit: true };
  return nameLists(known, form) + place(form, shown);
};

t.test('no form takes 100 kB, and what it folds neither', async (t) => {
  for (const { path } of texts) {
    const whole = formAt(path);
    const known = knownOf(texts, path, understanding);
    t.ok(pageOf(path, whole, known).length < MOST, path);
    if (!isLong(whole)) continue;
    const folded = [...nodesIn(whole)].filter(({ among, input }) => among !== undefined && input === 'object');
    for (const { pointer } of folded.filter((node) => /^\/[^/]+\/\d+$/.test(node.pointer)))
      t.ok(pageOf(path, formAt(path, pointer), known).length < MOST, `${path} ${pointer}`);
  }
});

t.test('a group says all that it holds, once', async (t) => {
  const path = 'rules/fields/45-provisional-ltel-start-date.json';
  const page = pageOf(path, formAt(path));
  t.match(page, /<p class="says">All of these hold: the English Language Acquisition Status Code/);
  t.notMatch(page, /<p class="says">At least one of these holds/, 'the group in it is said by it');
});

t.test('a thing of a long list is moved, copied and taken out on its own page', async (t) => {
  const path = 'rules/examples/40-homeless-program-eligible.json';
  const page = pageOf(path, formAt(path, '/cases/1'));
  for (const deed of ['up', 'down', 'copy', 'remove']) t.match(page, `value="${deed} /cases/1"`);
});

t.test('places have the words of people, which the grammar has, and not the keys of files', async (t) => {
  const page = pageOf(HOMELESS_RULES, formAt(HOMELESS_RULES));
  for (const words of ['Looks at', 'Asked with', 'Comparison', 'Compared with', 'The value is', 'When'])
    t.match(page, new RegExp(`<(?:label[^>]*|p class="key")>${words}<`), words);
  t.notMatch(page, />(?:Params|Path|Fact|Operator|Event|Conditions)</);
  t.match(page, '<option value="notEqual">is not</option>', 'a comparison is called what sentences call it');
  const facts = 'rules/facts/programs.json';
  const [fact] = [...nodesIn(formAt(facts))].filter(({ key, among }) => key === '0' && among !== undefined);
  const one = pageOf(facts, formAt(facts, fact?.pointer));
  t.match(
    one,
    /Part of it<\/label> <input[^>]* value="\$\.educationProgramCode"[^>]*> <small>Education Program Code<\/small>/,
  );
  for (const { path, text } of texts)
    for (const { key, title } of nodesIn(formAt(path)))
      if (['params', 'path', 'fact', 'operator', 'event'].includes(key)) t.ok(title, `${path} ${key} ${text.length}`);
});

t.test('what is wrong is said without the words of grammars', async (t) => {
  const form = formOf('rules/facts/x.json', { facts: [{ name: '', says: 'A', from: 'x', gives: 'any' }] }) as FormNode;
  t.equal(
    wrongApart(form, '/facts/0/name', 'found ""; it must match pattern "^[a-z]$"'),
    '1, Name: Nothing is written here yet.',
  );
  const from = wrongApart(form, '/facts/0/from', 'found "x"; it must match pattern "^[A-Z]"');
  t.match(from, /^1, Record type: Found “x”\. Expected: /);
  t.notMatch(from, 'pattern');
  t.equal(wrongApart(form, '/facts/0/no', 'something else'), 'Something else.');
});
