/**
 * Preloaded into a process that is measured: writes its greatest resident memory, in bytes, to the file named by
 * CENR_MEMORY when it ends.
 */
import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Of this process alone: what the system counts for `resourceUsage` includes what the process had been before it became
 * this one, a copy of whoever started it.
 */
function greatest(): number {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    if (kilobytes !== undefined) return Number(kilobytes) * 1024;
  } catch {
    // Only Linux has it.
  }
  return process.resourceUsage().maxRSS * 1024;
}

process.on('exit', () => {
  const file = process.env['CENR_MEMORY'];
  if (file) writeFileSync(file, String(greatest()));
});
