/** Following a page of `docs/policy`: a folder as a person has it, and the commands as the page writes them. */
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Test } from 'tap';
import type { RulebookTexts } from '#rulebook/load/load';
import { cenrIn, PROGRAM, type Ran } from '../cli/cenr.ts';

/** Writes a rulebook as a folder with `rules` and `schemas`; what the folder held before is gone. */
export function writeTexts(dir: string, texts: RulebookTexts): void {
  for (const root of ['rules', 'schemas']) rmSync(join(dir, root), { recursive: true, force: true });
  for (const { path, text } of texts) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
}

/** The lines of the shell blocks of a text that call `cenr`. */
export const commandsIn = (markdown: string): string[] =>
  [...markdown.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block = '']) =>
    block.split('\n').filter((line) => line.startsWith('npx cenr ')),
  );

/** Runs a line such as `npx cenr key add --name "an author" > author.key` in a folder. */
export async function run(dir: string, command: string, env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const [words = '', file] = command.split(' > ');
  const args = Array.from(words.matchAll(/"([^"]*)"|\S+/g), ([word, quoted]) => quoted ?? word).slice(2);
  const ran = await cenrIn({ dir, env }, ...args);
  if (file !== undefined) writeFileSync(join(dir, file), ran.out);
  return ran;
}

/** Starts a service with the store `data` of a folder, as a process; gives its address. */
export async function serve(t: Test, dir: string): Promise<string> {
  const child = spawn(process.execPath, [PROGRAM, 'serve', '--store', 'data', '--port', '0'], {
    cwd: dir,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.teardown(() => void child.kill('SIGTERM'));
  for await (const line of createInterface(child.stderr)) {
    const address = /listens on (http:\S+?),/.exec(line)?.[1];
    if (address === undefined) continue;
    child.stdout.resume();
    child.stderr.resume();
    return address;
  }
  throw new Error('the service did not start');
}
