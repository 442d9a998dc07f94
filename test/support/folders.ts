import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new empty folder that is gone when the test ends. */
export function folder(t: { teardown(done: () => void): void }): string {
  const dir = mkdtempSync(join(tmpdir(), 'cenr-test-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}
