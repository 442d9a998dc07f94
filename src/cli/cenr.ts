#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { AccessLogError } from '#audit/access-log/access-log';
import { removeTempFiles } from '#base/temp-files';
/**
 * The command line. One file a verb; this one only names them and turns what went wrong into a sentence and an exit
 * code.
 */
import { UserError } from '#base/user-error';
import { SnapshotGoneError, StoreBusyError } from '#store/store';
import { auditVerb } from './commands/audit.ts';
import { checkVerb } from './commands/check.ts';
import { explainVerb } from './commands/explain.ts';
import { extractVerb } from './commands/extract.ts';
import { forgetVerb } from './commands/forget.ts';
import { keyVerb } from './commands/key.ts';
import { loadVerb } from './commands/load.ts';
import { rulesVerb } from './commands/rules.ts';
import { sampleVerb } from './commands/sample.ts';
import { serveVerb } from './commands/serve.ts';
import { verifyVerb } from './commands/verify.ts';
import { VERSION } from './version.ts';

/**
 * Exit codes: 0 done, 1 records were rejected (`check`), examples failed (`rules test`), the published page is not held
 * or is another (`rules ledger`) or the access log has a fault (`audit`), 2 wrong usage or unreadable input, 3 a fault
 * of the program.
 */
const WRONG_USAGE = 2;
const FAULT = 3;

/** Errors whose message is written for the person at the keyboard. */
const EXPECTED = [UserError, StoreBusyError, AccessLogError, SnapshotGoneError];

const program = new Command('cenr')
  .description(
    "Computes California's Cumulative Enrollment Extract (CENR) from CALPADS files, by rules that live in files.",
  )
  .version(VERSION)
  .showHelpAfterError('(cenr --help, or cenr VERB --help, shows what can be given)')
  .configureHelp({ showGlobalOptions: false })
  .addHelpText(
    'after',
    '\nExample:\n  cenr sample --students 1000 --out sample\n  cenr extract sample --lea 9900001 --academic-year 2023-2024 --out cenr.txt',
  );

for (const verb of [
  sampleVerb,
  checkVerb,
  extractVerb,
  explainVerb,
  verifyVerb,
  loadVerb,
  rulesVerb,
  serveVerb,
  keyVerb,
  forgetVerb,
  auditVerb,
])
  program.addCommand(verb());

/**
 * Every command, its subcommands included, throws where commander would end the process: one place decides about exit
 * codes.
 */
function throwInsteadOfExit(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) throwInsteadOfExit(child);
}
throwInsteadOfExit(program);

// A reader that has seen enough (`| head`) closes the pipe; that is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : FAULT);
});

// The service ends itself in good order; every other verb ends at once, and leaves nothing half done behind.
program.hook('preAction', (_, verb) => {
  if (verb.name() === 'serve') return;
  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const)
    process.once(signal, () => {
      removeTempFiles();
      process.exit(128 + number);
    });
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : WRONG_USAGE;
  else if (EXPECTED.some((known) => error instanceof known) || isFileError(error)) {
    process.stderr.write(`cenr: ${(error as Error).message}\n`);
    process.exitCode = WRONG_USAGE;
  } else {
    process.stderr.write(`cenr: a fault in the program; please report it.\n${(error as Error).stack}\n`);
    process.exitCode = FAULT;
  }
}

/** A folder that is not there, a disk that is full: the system's own sentence says it. */
function isFileError(error: unknown): boolean {
  return (
    typeof (error as NodeJS.ErrnoException).syscall === 'string' &&
    typeof (error as NodeJS.ErrnoException).code === 'string'
  );
}
