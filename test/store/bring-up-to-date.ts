/** A process that opens an older store, and says how far it is (older-store.test.ts). */
import { openSqliteStore } from '#store/sqlite';

const say = (what: string): void => void process.stdout.write(`${what}\n`);
say('begun');
await openSqliteStore(process.argv[2] as string, { onProgress: (fraction) => say(String(fraction)) }).close();
say('done');
