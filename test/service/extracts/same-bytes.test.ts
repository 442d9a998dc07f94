/**
 * The service's own loading and extracting, in threads, over a sample with mistakes: the bytes are those that the
 * command line makes of the same files.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { fileOutput } from '#base/output';
import { extractFromFiles } from '#pipeline/from-files';
import { extractFromStore } from '#pipeline/from-store';
import { loadUpload } from '#pipeline/load-upload';
import { writeSample } from '#sample/write';
import { folder } from '../../support/folders.ts';
import { shipped } from '../../support/histories.ts';
import { service, TODAY } from '../../support/service.ts';

t.test('the same request gives the same bytes over REST and straight from files', async (t) => {
  const dir = folder(t);
  await writeSample({ students: 120, seed: 7, leas: 2, style: 'plain' }, dir);
  const files = readdirSync(dir).map((name) => ({ name, path: join(dir, name) }));
  const { ask, key, app, config } = await service(t, {}, () => ({
    loadUpload: (upload) => loadUpload({ storeDir: config.storeDir, ...upload }),
    writeExtract: (work, control) =>
      extractFromStore({ storeDir: config.storeDir, ...work, ...control, out: work.files.rows }),
  }));
  const headers = key('vendor', 'all');
  for (const { path } of files) {
    const sent = await ask({
      method: 'POST',
      url: '/v1/uploads?reportingLEA=all',
      headers: { ...headers, 'content-type': 'text/plain' },
      payload: readFileSync(path),
    });
    t.equal(sent.status, 201);
  }
  for (const request of [
    { reportingLEAs: ['9900001'], academicYear: '2023-2024' },
    { reportingLEAs: 'all' as const, academicYear: '2022-2023', adjusted: true },
    { reportingLEAs: 'all' as const, asOf: '2021-10-06', grades: ['05', '06'] },
    { reportingLEAs: ['9900002'], from: '2019-01-01', through: '2020-12-31', statuses: ['10'] },
  ]) {
    const asked = await ask({ method: 'POST', url: '/v1/extracts', headers, payload: request });
    await app.jobs.extract.idle();
    const overREST = await ask({ url: `${asked.headers['location']}/file`, headers });
    const out = join(dir, 'cenr.txt');
    const { sha256, rows } = await extractFromFiles({
      files,
      rulebook: shipped,
      request,
      runDate: TODAY,
      threads: 0,
      output: await fileOutput(out),
    });
    t.ok(rows > 5, `${rows} rows`);
    t.equal(createHash('sha256').update(overREST.text).digest('hex'), sha256, JSON.stringify(request));
  }
});
