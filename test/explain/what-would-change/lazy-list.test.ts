/** A list that is worked out only as far as it is read. */
import t from 'tap';
import { LazyList } from '#explain/what-would-change/lazy-list';

t.test('nothing is worked out before it is read, and nothing twice', async (t) => {
  let made = 0;
  const list = new LazyList(function* () {
    for (const item of ['a', 'b', 'c']) {
      made++;
      yield item;
    }
  });
  t.equal(made, 0);
  t.equal(list.at(1), 'b');
  t.equal(made, 2);
  t.equal(list.at(0), 'a');
  t.equal(list.count(2), 2);
  t.equal(made, 2);
  t.equal(list.count(9), 3, 'no more than there are');
  t.equal(list.count(0), 0);
  t.equal(list.at(3), undefined);
  t.equal(made, 3);
});
