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
import { fileHash } from '#rulebook/load/texts';
import type { VersionFiles } from '#service/schemas/version';
import { draftFilePath, draftPath, print, type Revision, revisionOption, seenOf } from './draft-service.ts';
import { summaryLine } from './shown-draft.ts';

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
      'Sends one file, or every changed file of a folder. With a folder, files that the folder does not have are removed from the draft.',
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
  let seen = await seenOf(ask, id, revision);
  let changed = 0;
  const send = async (path: string, text?: string): Promise<void> => {
    const answer = await ask(draftFilePath(id, path), {
      ...(text === undefined ? { method: 'DELETE' } : { method: 'PUT', body: text }),
      seen,
    });
    const now = answer.headers.get('etag') ?? '';
    if (now !== seen) {
      print([`${text === undefined ? 'removed' : 'sent'}  ${path}`]);
      changed++;
    }
    seen = now;
  };
  if (file !== undefined) await send(as ?? rulebookPath(file), readFileSync(file, 'utf8'));
  else {
    const texts = textsOf(dir as string);
    // Files that the folder does not have are taken out of the draft: of the wrong folder, all.
    if (!texts.some(({ path }) => path === 'rules/rulebook.json'))
      throw new UserError(`"${dir}" is not a folder of rules: it has no rulebook.json`);
    const { files } = (await ask(draftPath(id, '/files'))).json<VersionFiles>();
    const there = new Map(files.map(({ path, sha256 }) => [path, sha256]));
    for (const { path, text } of texts) if (there.get(path) !== fileHash(text)) await send(path, text);
    const isOfDir = (path: string): boolean =>
      path.startsWith('rules/') || texts.some((text) => text.path.startsWith('schemas/'));
    for (const { path } of files) if (isOfDir(path) && !texts.some((text) => text.path === path)) await send(path);
  }
  say([changed === 0 ? 'the draft already has these files' : `the draft is at revision ${seen.replaceAll('"', '')}`]);
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
function textsOf(dir: string): ReturnType<typeof readTexts> {
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
