/** The chain on the disk, without anybody who waits for it. */
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Access } from '#audit/access-log/chain';
import { ChainWriter } from '#audit/access-log/chain-writer';
import { ACCESS_LOG, type OpenLogFile, openLogFile } from '#audit/access-log/log-file';
import { folder } from '../../support/folders.ts';

const access = (requestId: string): Access => ({
  time: '2024-07-15T19:00:00.000Z',
  requestId,
  method: 'GET',
  route: '/v1/extracts/:id/file',
  status: 200,
});

t.test('after a failure nothing is writable until the files were opened again, which an entry says', async (t) => {
  const dir = folder(t);
  let isFull = false;
  const openFile: OpenLogFile = async (path) => {
    const file = await openLogFile(path);
    return { ...file, write: (at, bytes) => (isFull ? Promise.reject(new Error('full')) : file.write(at, bytes)) };
  };
  const chain = await ChainWriter.open({ dir, openFile, clock: () => new Date('2024-07-15T20:00:00Z') });
  const entries = () =>
    readFileSync(join(dir, ACCESS_LOG), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  await chain.append([access('a'), access('b')]);
  t.match(entries(), [{ requestId: 'a' }, { requestId: 'b' }]);
  isFull = true;
  await t.rejects(chain.append([access('c'), access('d')]), { message: 'full' });
  t.equal(chain.isWritable, false);
  isFull = false;
  appendFileSync(join(dir, ACCESS_LOG), 'half');
  await chain.append([]);
  t.equal(chain.isWritable, true);
  t.match(entries().slice(2), [{ event: 'recovered', time: '2024-07-15T20:00:00.000Z', cutBytes: 4, unentered: 2 }]);
  await chain.append([]);
  t.equal(entries().length, 3, 'with nothing to enter nothing is written');
  await chain.close();
  await t.resolves(chain.close(), 'a chain may be closed twice');
});
