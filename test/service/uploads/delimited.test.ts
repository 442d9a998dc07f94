/** A file as another system writes it, sent over REST: known by its first line, whatever it is sent as. */
import t from 'tap';
import { desk } from '../../support/desk.ts';
import { LEA, line } from '../../support/service.ts';

t.setTimeout(900_000);

t.test('commas and names of columns', async (t) => {
  const { ask, key } = await desk(t);
  const headers = { ...key('vendor', 'all') };
  const send = async (payload: string, type: string) => {
    const answer = await ask({
      method: 'POST',
      url: '/v1/uploads?reportingLEA=all',
      headers: { ...headers, 'content-type': type, prefer: 'wait=60' },
      payload,
    });
    return answer;
  };
  const enrolled = await send(`${line('SENR', { reportingLEA: LEA })}\n`, 'text/plain');
  t.ok(enrolled.status < 300, enrolled.text);
  const csv = await send('Result,SSID,Academic Year\nS,9900000001,2025-2026\n', 'text/csv');
  t.ok(csv.status < 300, csv.text);
  t.match(csv.body, { counts: { added: 1, rejected: 0 }, blankLines: 1 });
  const misfit = await send('Result,SSID,Year\nS,9900000001,2025-2026\n', 'text/csv');
  t.match(misfit.text, /is not a file of DCERT records: its first line names no column \\"Academic Year\\"/);
});
