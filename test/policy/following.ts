/** Following a page of `docs/policy`: a folder as a person has it, and the commands as the page writes them. */
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { RulebookTexts } from '#rulebook/load/load';
import type { Ran } from '../cli/cenr.ts';

export const PROGRAM = join(import.meta.dirname, '../../bin/cenr.mjs');

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
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: dir,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', ...env },
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (file !== undefined) writeFileSync(join(dir, file), out);
  return { code: await ended, out, err };
}
