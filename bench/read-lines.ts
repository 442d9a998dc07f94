/**
 * A process that reads student histories from a table of SSID and lines as one BLOB, the form in which stores kept them
 * once: what an extract from a store is held to.
 */
import { DatabaseSync } from 'node:sqlite';

const db = new DatabaseSync(process.argv[2] as string, { readOnly: true });
let bytes = 0;
for (const { lines } of db.prepare('SELECT ssid, lines FROM history ORDER BY ssid').iterate())
  bytes += (lines as Uint8Array).length;
process.stdout.write(`${bytes}\n`);
