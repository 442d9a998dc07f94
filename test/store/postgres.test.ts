/** The store in PostgreSQL, on a real server: the contract. */
import t, { type Test } from 'tap';
import { keepLine } from '#records/record';
import { openStore } from '#store/open';
import type { Store } from '#store/store';
import { type PostgresServer, postgresServer, SERVERS, WITH_POSTGRES } from '../support/postgres-server.ts';
import { line } from '../support/service.ts';
import { anomalyContract } from './anomaly-contract.ts';
import { storeContract } from './contract.ts';
import { ssidContract } from './ssid-contract.ts';

/** Each case asks a server thousands of times. */
const FEW = 8;

// A busy machine is slow.
t.setTimeout(900_000);

/** Opens a database that is made when it is first opened: a copy of one that was set up once. */
const opens = (server: PostgresServer, setUp: string): (() => Promise<Store>) => {
  let address: Promise<string> | undefined;
  return async () => {
    address ??= server.database(setUp);
    return openStore(await address);
  };
};

for (const which of SERVERS)
  t.test(`a store in PostgreSQL, ${which}`, WITH_POSTGRES, async (t) =>
    contracts(t, await postgresServer(t, { which })),
  );

async function contracts(t: Test, server: PostgresServer): Promise<void> {
  const setUp = await server.database();
  await (await openStore(setUp)).close();
  const body = keepLine({ source: 1, line: 1, uploaded: '20260302', lastUpdated: '20260302' }, line('SENR'));
  t.test('the contract of a store', (t) => {
    storeContract(t, opens(server, setUp), () => opens(server, setUp), FEW);
    t.end();
  });
  t.test('the contract of SSIDs', (t) => {
    ssidContract(t, () => opens(server, setUp)(), body);
    t.end();
  });
  t.test('the contract of anomalies', (t) => {
    anomalyContract(t, () => opens(server, setUp)(), body);
    t.end();
  });
}
