/** Every command that `docs/policy` shows exists, with every option that it is given. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { cenr } from '../cli/cenr.ts';
import { commandsIn } from './following.ts';
import { readStory, STORIES, storyNames } from './stories.ts';

t.setTimeout(900_000);

const commandsOf = (markdown: string): string[] =>
  commandsIn(markdown).map((command) => command.slice('npx cenr '.length));

const pages = new Map([
  ['README.md', readFileSync(join(STORIES, 'README.md'), 'utf8')],
  ...storyNames.map((name) => [name, readStory(name, 'README.md')] as const),
]);
const helps = new Map<string, ReturnType<typeof cenr>>();

/** The words of a command before its first option or argument that is not the name of a command. */
const namesOf = (command: string): string[] => {
  const words = command.trim().split(/\s+/);
  const end = words.findIndex((word) => !/^[a-z]+$/.test(word));
  return end < 0 ? words : words.slice(0, end);
};

for (const [page, markdown] of pages)
  t.test(page, async (t) => {
    const commands = commandsOf(markdown);
    t.ok(commands.length > 0);
    for (const command of commands) {
      const names = namesOf(command).join(' ');
      if (!helps.has(names)) helps.set(names, cenr(...names.split(' '), '--help'));
      const { code, out } = (await helps.get(names)) as Awaited<ReturnType<typeof cenr>>;
      t.equal(code, 0, command);
      const [usage = ''] = out.split('\n');
      t.notMatch(usage, /\[command\]/, `${command}: every command exists`);
      for (const [option] of command.matchAll(/(?<=\s)--[a-z-]+/g))
        t.match(out, new RegExp(`${option}[ \\n]`), `${command}: ${option}`);
    }
  });
