import t from 'tap';
import { raised, swapped, valueAt, withItem, without, withValue, wrapped } from '#base/json-edits';

const TEXT = `{
  "name": "a", "list": [
    { "x": 1 },
    { "x": 2 }
  ],
  "none": []
}
`;

t.test('an edit changes its place and nothing else', async (t) => {
  t.equal(withValue(TEXT, '/list/0/x', 7), TEXT.replace('"x": 1', '"x": 7'));
  t.equal(withValue(TEXT, '/list/1/y', ['z']), TEXT.replace('"x": 2', '"x": 2, "y": [ "z" ]'));
  t.equal(withValue(TEXT, '/none/0', 'z'), TEXT.replace('[]', '[ "z" ]'));
  t.equal(withValue(TEXT, '/name/none', 1), TEXT, 'a text holds nothing');
  t.equal(withItem(TEXT, '/list', 0, { x: 0 }), TEXT.replace('{ "x": 1 },', '{ "x": 0 },\n    { "x": 1 },'));
  t.equal(withItem(TEXT, '/list', 2, { x: 3 }), TEXT.replace('{ "x": 2 }', '{ "x": 2 },\n    { "x": 3 }'));
  t.equal(withItem(TEXT, '/name', 0, 1), TEXT, 'only lists have items');
  t.equal(without(TEXT, '/list/0'), TEXT.replace('{ "x": 1 },\n    ', ''));
  t.equal(without(TEXT, '/list/1'), TEXT.replace(',\n    { "x": 2 }', ''));
  t.equal(without(TEXT, '/name'), TEXT.replace('"name": "a", ', ''));
  t.equal(without(TEXT, '/none'), TEXT.replace(',\n  "none": []', ''));
  t.equal(without(TEXT, '/nothing'), TEXT);
  t.equal(without(without(TEXT, '/list/0'), '/list/0').replaceAll(/\s/g, ''), '{"name":"a","list":[],"none":[]}');
  t.equal(swapped(TEXT, '/list', 0, 1), TEXT.replace('1', '9').replace('2', '1').replace('9', '2'));
  t.equal(swapped(TEXT, '/list', 1, 2), TEXT, 'there is no third');
  const around = wrapped(TEXT, '/list/0', '{ "not": ', ' }');
  t.equal(around, TEXT.replace('{ "x": 1 }', '{ "not": { "x": 1 } }'));
  t.equal(raised(around, '/list/0/not', '/list/0'), TEXT);
});

t.test('a value at a place', async (t) => {
  t.equal(valueAt({ 'a/b': [{ c: 1 }] }, '/a~1b/0/c'), 1);
  t.equal(valueAt({ a: 'text' }, '/a/length'), undefined);
  t.equal(valueAt({}, '/constructor'), undefined, 'only what was written is there');
});
