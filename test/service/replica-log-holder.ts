/** A service that writes a chain of the access log until somebody kills it (replica-log.test.ts). */
import { openReplicaLog } from '#service/access-log/replica-log';
import { openStore } from '#store/open';

const [, , address = '', dir = ''] = process.argv;
const { accessChains: chains } = await openStore(address);
if (!chains) throw new Error('this is no database');
const log = await openReplicaLog({ dir, chains, clock: () => new Date(), now: () => performance.now() });
const access = { time: new Date().toISOString(), method: 'GET', route: '/v1/extracts', status: 200 };
await log.enter({ ...access, requestId: 'of the one that is killed' });
process.stdout.write(`${log.chain}\n`);
setInterval(() => {}, 1000);
