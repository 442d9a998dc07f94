/** The shipped rulebook with other examples or other files, without going by way of folders. */
import type { Rulebook } from '#rulebook/load/assemble';
import { loadRulebook } from '#rulebook/load/load';

export const shipped = loadRulebook();

/** The rulebook with one file changed; examples and reasons only, since nothing is assembled again. */
export function withFile(path: string, change: (json: object) => object, rulebook: Rulebook = shipped): Rulebook {
  if (!rulebook.files.some((file) => file.path === path)) throw new Error(`there is no ${path}`);
  return {
    ...rulebook,
    files: rulebook.files.map((file) => (file.path === path ? { path, json: change(file.json as object) } : file)),
  };
}

interface Case {
  readonly title: string;
}
interface Example {
  readonly of: string;
  readonly cases: readonly Case[];
}

/** The rulebook without the examples that have this title. */
export function withoutCase(of: string, title: string): Rulebook {
  let removed = 0;
  const rest = <T extends Example>(example: T): T => {
    if (example.of !== of) return example;
    const cases = example.cases.filter((each) => each.title !== title);
    removed += example.cases.length - cases.length;
    return { ...example, cases };
  };
  const files = shipped.files.map((file) => {
    if (!/^rules\/examples\/(?!defaults)/.test(file.path)) return file;
    const json = file.json as Example | { readonly examples: readonly Example[] };
    return { path: file.path, json: 'examples' in json ? { ...json, examples: json.examples.map(rest) } : rest(json) };
  });
  if (removed !== 1) throw new Error(`${removed} examples of ${of} are called "${title}"`);
  return { ...shipped, files };
}

export const EQUIVALENTS = 'rules/equivalent-mutants.json';
