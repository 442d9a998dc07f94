/** The files of a draft: fetched, sent, removed. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { Command } from 'commander';
import { UserError } from '#base/user-error';
import { type ServiceOptions, serviceClient, withService } from '#cli/service-client';
import { say } from '#cli/summary';
import { terminal } from '#cli/terminal';
import { grammarOf } from '#rulebook/load/assemble';
import { readTexts } from '#rulebook/load/load';
import { fileHash, type RulebookTexts } from '#rulebook/load/texts';
import type { VersionFiles } from '#service/schemas/version';
import {
  type Client,
  draftFilePath,
  draftPath,
  print,
  type Revision,
  revisionOption,
  seenOf,
} from './draft-service.ts';
import { summaryLine } from './shown-draft.ts';

/** A byte order mark stays: a file is known by every byte of it. */
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

export const getDraftFilesCommand = (): Command =>
  withService(new Command('get'))
    .description('Prints a file of a draft, byte for byte, or writes all of its files to a folder.')
    .argument('<ID>', 'the id of the draft')
    .argument('[PATH]', 'the path in the rulebook, such as rules/rulebook.json')
    .option('--dir <DIR>', 'write all files below DIR: DIR/rules and DIR/schemas, which must not exist')
    .addHelpText(
      'after',
      '\nExample:\n  cenr rules draft get draft_0mwqvx55dua2uadsc1k rules/rulebook.json > rulebook.json\n  cenr rules draft get draft_0mwqvx55dua2uadsc1k --dir my-change',
    )
    .action(get);

async function get(
  id: string,
  path: string | undefined,
  { dir, ...options }: ServiceOptions & { dir?: string },
): Promise<void> {
  if ((path === undefined) === (dir === undefined))
    throw new UserError('give a path in the rulebook or --dir DIR, not both');
  const ask = serviceClient(options);
  if (path !== undefined) return void terminal.out.write((await ask(draftFilePath(id, path))).bytes);
  for (const name of ['rules', 'schemas'])
    if (existsSync(join(dir as string, name)))
      throw new UserError(
        `"${join(dir as string, name)}" already exists; name another folder, so that nothing is overwritten`,
      );
  const { files } = (await ask(draftPath(id, '/files'))).json<VersionFiles>();
  for (const file of files) {
    const target = join(dir as string, file.path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, (await ask(draftFilePath(id, file.path))).bytes);
  }
  say([`wrote ${files.length} files to ${dir}`]);
}

export const putDraftFilesCommand = (): Command =>
  withService(new Command('put'))
    .description(
      'Sends one file, or a whole folder in one call: all of it or nothing. Files that the folder does not have are removed from the draft.',
    )
    .argument('<ID>', 'the id of the draft')
    .option(
      '--file <FILE>',
      'a file; its path in the rulebook begins with the last folder "rules" or "schemas" of its own path',
    )
    .option('--as <PATH>', 'with --file: the path in the rulebook, such as rules/fields/51-foster-youth.json')
    .option('--dir <DIR>', 'the folder with the rules; a folder "schemas" beside it is sent too')
    .addOption(revisionOption())
    .addHelpText(
      'after',
      '\nExample:\n  cenr rules draft put draft_0mwqvx55dua2uadsc1k --file rules/selection.json\n  cenr rules draft put draft_0mwqvx55dua2uadsc1k --dir my-rules',
    )
    .action(put);

interface PutOptions extends ServiceOptions, Revision {
  readonly file?: string;
  readonly as?: string;
  readonly dir?: string;
}

async function put(id: string, { file, as, dir, revision, ...options }: PutOptions): Promise<void> {
  if ((file === undefined) === (dir === undefined)) throw new UserError('give --file FILE or --dir DIR, not both');
  if (as !== undefined && file === undefined) throw new UserError('--as needs --file');
  const ask = serviceClient(options);
  const seen = await seenOf(ask, id, revision);
  const { changed, now } =
    file === undefined
      ? await putFolder(ask, { id, dir: dir as string, seen })
      : await putFile(ask, { id, file, path: as ?? rulebookPath(file), seen });
  print(changed);
  say([
    changed.length === 0 ? 'the draft already has these files' : `the draft is at revision ${now.replaceAll('"', '')}`,
  ]);
}

/** What was changed of a draft, in a line each, and the tag that it has now. */
interface Changed {
  readonly changed: readonly string[];
  readonly now: string;
}

async function putFile(
  ask: Client,
  { id, file, path, seen }: { id: string; file: string; path: string; seen: string },
): Promise<Changed> {
  const { headers } = await ask(draftFilePath(id, path), { method: 'PUT', body: readFileSync(file, 'utf8'), seen });
  const now = headers.get('etag') ?? '';
  return { changed: now === seen ? [] : [`sent  ${path}`], now };
}

/** Makes a draft what a folder is, in one call: wholly or not at all. */
async function putFolder(ask: Client, { id, dir, seen }: { id: string; dir: string; seen: string }): Promise<Changed> {
  const texts = textsOf(dir);
  // Files that the folder does not have are taken out of the draft: of the wrong folder, all.
  if (!texts.some(({ path }) => path === 'rules/rulebook.json'))
    throw new UserError(`"${dir}" is not a folder of rules: it has no rulebook.json`);
  const { files } = (await ask(draftPath(id, '/files'))).json<VersionFiles>();
  const there = new Map(files.map(({ path, sha256 }) => [path, sha256]));
  // A folder without schemas says nothing about those of the draft.
  const hasSchemas = texts.some(({ path }) => path.startsWith('schemas/'));
  const isOfDir = (path: string): boolean => hasSchemas || path.startsWith('rules/');
  const sent = texts.filter(({ path, text }) => there.get(path) !== fileHash(text));
  const removed = files.filter(({ path }) => isOfDir(path) && !texts.some((text) => text.path === path));
  if (sent.length + removed.length === 0) return { changed: [], now: seen };
  for (const { path } of files)
    if (!isOfDir(path)) texts.push({ path, text: utf8.decode((await ask(draftFilePath(id, path))).bytes) });
  const { headers } = await ask(draftPath(id, '/files'), { method: 'PUT', body: { files: texts }, seen });
  return {
    changed: [...sent.map(({ path }) => `sent  ${path}`), ...removed.map(({ path }) => `removed  ${path}`)],
    now: headers.get('etag') ?? '',
  };
}

/** Where in a rulebook a local file belongs: behind the last folder called rules or schemas. */
function rulebookPath(file: string): string {
  const parts = resolve(file).split(sep);
  const root = parts.findLastIndex((part) => part === 'rules' || part === 'schemas');
  const path = parts.slice(root).join('/');
  if (root < 0 || !grammarOf(path))
    throw new UserError(
      `the path "${file}" does not show where the file belongs in the rulebook; give its path with --as, such as --as rules/fields/41-….json`,
    );
  return path;
}

/** The texts of a folder of rules; of schemas only where they lie beside it. */
function textsOf(dir: string): RulebookTexts[number][] {
  const hasSchemas = existsSync(join(dirname(resolve(dir)), 'schemas', 'records'));
  return readTexts(dir).filter(({ path }) => hasSchemas || path.startsWith('rules/'));
}

export const removeDraftFileCommand = (): Command =>
  withService(new Command('remove'))
    .description('Removes a file of a draft.')
    .argument('<ID>', 'the id of the draft')
    .argument('<PATH>', 'the path in the rulebook')
    .addOption(revisionOption())
    .addHelpText(
      'after',
      '\nExample:\n  cenr rules draft remove draft_0mwqvx55dua2uadsc1k rules/fields/51-foster-youth.json',
    )
    .action(async (id: string, path: string, { revision, ...options }: ServiceOptions & Revision) => {
      const ask = serviceClient(options);
      print([
        summaryLine(
          (await ask(draftFilePath(id, path), { method: 'DELETE', seen: await seenOf(ask, id, revision) })).json(),
        ),
      ]);
    });
