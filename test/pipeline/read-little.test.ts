/**
 * How much an extract from a store reads for each row, on the same students every time: a change that makes it read much
 * more is seen here, on any machine. Numbers that went down may be written down anew.
 */

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { compileRulebook, Extractor } from '#extract/extractor';
import { requestFacts } from '#extract/request';
import { loadUpload } from '#pipeline/load-upload';
import type { History, KeptHistory } from '#records/record';
import { EVERYBODY } from '#records/scope';
import { writeSample } from '#sample/write';
import { openHistories } from '#store/sqlite';
import { folder } from '../support/folders.ts';
import { shipped } from '../support/histories.ts';

t.setTimeout(900_000);

const STUDENTS = 600;
/** What it was when this was written, for each row. */
const WAS = { records: 16.94, values: 154.89, bytes: 258.53 };
const MOST = 1.1;

t.test('an extract reads no more than it did', async (t) => {
  const dir = folder(t);
  await writeSample({ students: STUDENTS, seed: 3, leas: 3, style: 'plain' }, join(dir, 'files'));
  const storeDir = join(dir, 'store');
  const files = ['SENR', 'SINF', 'SPRG', 'SELA', 'SWDS'].map((type) => ({
    name: `${type}.txt`,
    path: join(dir, 'files', `${type}.txt`),
  }));
  const receivedAt = '2024-07-15T00:00:00.000Z';
  await loadUpload({ storeDir, id: 'up_1', sender: 'all', files, receivedAt, loadDay: '20240715', rulebook: shipped });

  const db = new DatabaseSync(join(storeDir, 'students.db'));
  const bytes = Number(db.prepare('SELECT sum(length(hot)) AS bytes FROM block').get()?.['bytes']);
  // Whoever needs one of these columns reads them all.
  db.exec('UPDATE block SET cold = NULL');
  db.close();
  const compiled = compileRulebook(shipped, { recording: false, reading: false });
  const extractor = new Extractor(
    compiled,
    requestFacts({ reportingLEAs: 'all', academicYear: '2023-2024' }, shipped),
    '20240715',
  );
  const read = { records: 0, values: 0 };
  const count = ({ byType }: Pick<History, 'byType'>): void => {
    for (const record of byType.flat()) {
      read.records++;
      read.values += record.values.length;
    }
  };
  const seen = openHistories(storeDir, 'all');
  let rows = 0;
  for (const history of (await Array.fromAsync(seen.histories(EVERYBODY))).flat()) {
    let last: Pick<History, 'byType'> | undefined;
    const counted: KeptHistory = {
      ssid: history.ssid,
      records: (plan) => history.records(plan),
      anyHas: (wanted) => history.anyHas(wanted),
      body: () => history.body(),
      partly(plan, first) {
        const partly = history.partly(plan, first);
        last = partly;
        return partly;
      },
    };
    rows += extractor.rowsOf(counted, (x, enrollment) => void compiled.rows.line(x, enrollment));
    if (last) count(last);
  }
  seen.close();
  t.ok(rows > 100);
  const now = { ...read, bytes };
  for (const what of ['records', 'values', 'bytes'] as const)
    t.ok(
      now[what] / rows <= WAS[what] * MOST,
      `${(now[what] / rows).toFixed(2)} ${what} for each row, was ${WAS[what]}`,
    );
});
