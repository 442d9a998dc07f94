/** Runs the command of this process's own words; what a process must see to besides: pipes, signals, its exit code. */
import { removeTempFiles } from '#base/temp-files';
import { FAULT, runCommandLine } from './command-line.ts';

// A reader that has seen enough (`| head`) closes the pipe; that is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : FAULT);
});

/** The service ends itself in good order; every other command ends at once, and leaves nothing half done behind. */
function endAtOnce(command: string): void {
  if (command === 'serve') return;
  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const)
    process.once(signal, () => {
      removeTempFiles();
      process.exit(128 + number);
    });
}

const exitCode = await runCommandLine(process.argv.slice(2), endAtOnce);
// The service may have failed to end in good order, and said so, before this.
if (exitCode !== 0) process.exitCode = exitCode;
