/**
 * Preloaded into a process that is measured: writes its greatest resident memory, in bytes, to the file named by
 * CENR_MEMORY when it ends.
 */
import { writeFileSync } from 'node:fs';

process.on('exit', () => {
  const file = process.env['CENR_MEMORY'];
  if (file) writeFileSync(file, String(process.resourceUsage().maxRSS * 1024));
});
