/** Mixed traffic for a while; `npm run attack` keeps it up for ten minutes. */
import { existsSync } from 'node:fs';
import t from 'tap';
import { soak } from './soak.ts';

t.setTimeout(900_000);

// Memory and descriptors of a process are asked of Linux.
if (existsSync('/proc/self/fd'))
  t.test('under mixed traffic nothing fails, and nothing grows', async (t) => {
    const { statuses, memory, descriptors, faults } = await soak(t, { requests: 600 }, 1);
    t.comment(`${JSON.stringify(statuses)}, ${memory.join(', ')} MB, descriptors ${descriptors.join(', ')}`);
    t.same(faults, []);
  });
