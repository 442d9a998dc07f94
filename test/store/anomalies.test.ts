/** Anomalies on SQLite: the contract. */
import t from 'tap';
import { keepLine } from '#records/record';
import { openSqliteStore } from '#store/sqlite';
import { folder } from '../support/folders.ts';
import { line } from '../support/service.ts';
import { anomalyContract } from './anomaly-contract.ts';

t.test('the contract', (t) => {
  const body = keepLine({ source: 1, line: 1, uploaded: '20260302', lastUpdated: '20260302' }, line('SENR'));
  anomalyContract(t, async () => openSqliteStore(folder(t)), body);
  t.end();
});
