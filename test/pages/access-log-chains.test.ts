/** What pages say of a log of several chains: whose number is whose, and which of them has a fault. */
import t from 'tap';
import { view } from '#pages/auditor/access-log';
import { logPart } from '#pages/auditor/log-complete';
import type { Person } from '#pages/sessions';

const person = {
  name: 'A',
  key: { id: 'k', role: 'auditor', leas: 'all' },
  leas: 'all',
  token: 'x',
} as unknown as Person;
const plain = (page: string): string => page.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');

t.test('the search', async (t) => {
  const time = '2024-07-15T19:00:00.000Z';
  const searched = { entries: 3, oldestAt: time, unreadable: 0, missing: 0, before: 0, isAll: true };
  const page = view({
    ...{ person, filters: {}, goesOn: false },
    answer: {
      entries: [
        { chain: '2', number: 7, time, status: 200, does: 'listed uploads', named: {} },
        { number: 1, time, status: 200, does: 'listed uploads', named: {} },
      ],
      searched: {
        ...searched,
        chains: [{ chain: '2', newest: 7, oldest: 6 }, { newest: 1, oldest: 1 }, { chain: '3' }],
      },
    },
  });
  t.match(page, /title="chain 2, log entry 7"/);
  t.match(page, /title="log entry 1"/);
  t.match(
    plain(page),
    /3 log entries were read, back to .*: chain 2 from 7 to 6; the log from before from 1 to 1; chain 3\. There is/,
  );
});

t.test('whether it is complete', async (t) => {
  const whole = { begins: 1, entries: 12 };
  const said = plain(
    logPart(
      person,
      {
        ...{ status: 'Complete', progress: 100, verifiedAt: '2024-07-15T19:00:00.000Z', outcome: 'damaged' },
        chains: [whole, { chain: '2', begins: 1, entries: 4, fault: { entry: 5, reason: 'it was <changed>' } }],
      },
      '/admin',
    ),
  );
  t.match(
    said,
    /Chain 2 No\. Log entry 5 is not valid: it was &#60;changed&#62;\. Log entries 1 to 4 are intact\. Keep/,
  );
  t.match(said, /The log from before Yes\. Log entries 1 to 12 are intact/);
  t.ok(said.indexOf('Chain 2') < said.indexOf('The log from before'), 'what has a fault comes first');
});
