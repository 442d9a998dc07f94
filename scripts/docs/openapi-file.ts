/**
 * Writes the API document to openapi/openapi.json: `node scripts/docs/openapi-file.ts`. The same sources give the same
 * bytes; CI prints it again and compares.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { loadRulebook } from '#rulebook/load/load';
import { buildApp } from '#service/app';
import { DEFAULT_CONFIG } from '#service/config';
import type { Store } from '#store/store';

const PROJECT = resolve(import.meta.dirname, '../..');
export const OPENAPI_FILE = join(PROJECT, 'openapi', 'openapi.json');

/** The API document as text. Nothing is stored or listened to for it. */
export async function openapiText(): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { version: string };
  const never = () => Promise.reject(new Error('only the document is wanted'));
  const noJobs = { resume: () => 0, nextPending: () => undefined, list: () => [] };
  const idle = {
    jobs: () => noJobs,
    forLEAs: () => idle,
    activations: () => [],
    versions: () => [],
    forgetAnswers: () => {},
  } as unknown as Store;
  const app = await buildApp(
    { ...DEFAULT_CONFIG, storeDir: join(tmpdir(), 'cenr-no-store') },
    {
      store: idle,
      rulebook: loadRulebook(),
      clock: () => new Date(0),
      loadUpload: never,
      writeExtract: never,
      writeImpact: never,
      reconcile: never,
      ssidWork: { match: never, list: never, search: never },
      checkDraft: never,
      version,
    },
  );
  await app.ready();
  const text = `${JSON.stringify(await app.apiDocument(), null, 2)}\n`;
  await app.close();
  return text;
}

if (import.meta.main) {
  mkdirSync(join(PROJECT, 'openapi'), { recursive: true });
  writeFileSync(OPENAPI_FILE, await openapiText());
}
