/** A full disk at every write: `npm run attack` does the same, and fills a small file system besides. */
import t from 'tap';
import { fullDisk } from './full-disk.ts';

t.setTimeout(900_000);

t.test('a disk that is full at any write loses nothing that was acknowledged', async (t) => {
  const { writes, answers, faults } = await fullDisk(t);
  t.comment(`full ${writes} times: ${JSON.stringify(answers)}`);
  t.same(faults, []);
  t.ok(writes > 50, `${writes}`);
  t.ok((answers['507 CENR_DISK_FULL'] ?? 0) > 5);
});
