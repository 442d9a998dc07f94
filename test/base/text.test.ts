/** The small words of sentences. */
import t from 'tap';
import { capital, counted, countedOrNo, cut, grouped, plural, series, shortList, spaced } from '#base/text';

t.test('how many', async (t) => {
  t.same(
    [0, 1, 2, 1234].map((n) => counted(n, 'row')),
    ['0 rows', '1 row', '2 rows', '1234 rows'],
  );
  t.same(
    [0, 1, 2].map((n) => countedOrNo(n, 'error')),
    ['no errors', '1 error', '2 errors'],
  );
  t.equal(`${grouped(1234567)} ${plural(1234567, 'value')}`, '1,234,567 values');
});

t.test('several in one sentence', async (t) => {
  t.same(
    [[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map((parts) => series(parts)),
    ['', 'a', 'a and b', 'a, b and c'],
  );
  t.equal(series(['a', 'b'], 'or'), 'a or b');
  t.equal(shortList(['a', 'b'], 2), 'a, b');
  t.equal(shortList(['a', 'b', 'c', 'd'], 2), 'a, b and 2 more');
});

t.test('a text as it is shown', async (t) => {
  t.equal(capital('ends on a day'), 'Ends on a day');
  t.equal(capital(''), '');
  t.equal(cut('12345', 5), '12345');
  t.equal(cut('123456', 5), '12345…');
});

t.test('names in files become words', async (t) => {
  for (const [name, words] of [
    ['otherwise', 'otherwise'],
    ['juvenileCourt', 'juvenile court'],
    ['academicYearID', 'academic year ID'],
    ['firstParent of field 38, as CALPADS says', 'first parent of field 38, as CALPADS says'],
  ] as const)
    t.equal(spaced(name), words);
});
