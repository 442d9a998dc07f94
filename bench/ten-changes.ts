/**
 * What the ten changes of docs/policy that reach farthest (stories 9 to 18) cost together: their edits in one rulebook,
 * each student's rows selected and worked out, in turn with the shipped rules.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileRulebook } from '#extract/extractor';
import { requestFacts } from '#extract/request';
import { historyOf, type KeptHistory } from '#records/record';
import type { Rulebook } from '#rulebook/load/assemble';
import { type RulebookTexts, verify } from '#rulebook/load/load';
import { openHistories } from '#store/sqlite';
import { median } from './cpu.ts';
import { REQUEST, RUN_DATE, sampleStore } from './data.ts';
import { type Measured, times } from './measure.ts';

const STORIES = join(import.meta.dirname, '../docs/policy');
const [FIRST, LAST] = [9, 18];
/** Decides no value: every story writes another version, and examples and laws of one need not hold beside the others. */
const DECIDES_NOTHING = /^rules\/(rulebook\.json|laws\.json|examples\/)/;
const OUTPUT = 'schemas/records/CENR.json';
/** The first number that no story gives to a column. */
const FREE = 61;
const ROUNDS = 60;
const MOST = 1.5;

type Edit =
  | { readonly file: string; readonly text: string }
  | { readonly file?: string; readonly folder?: string; readonly replace: readonly [from: string, to: string] };

/** The texts after one edit of a story. @throws RangeError when it does not fit */
function edited(texts: RulebookTexts, edit: Edit): RulebookTexts {
  if ('text' in edit) return [...texts, { path: edit.file, text: edit.text }];
  const { file, folder, replace } = edit;
  const [from, to] = replace;
  let fits = false;
  const next = texts.map(({ path, text }) => {
    if (!(path === file || path.startsWith(`${folder}/`)) || !text.includes(from)) return { path, text };
    fits = true;
    return { path, text: text.replace(from, () => to) };
  });
  if (!fits) throw new RangeError(`nothing in ${file ?? folder} is ${JSON.stringify(from)}`);
  return next;
}

/** `Days Enrolled` is the column `daysEnrolled`. */
const keyOf = (name: string): string =>
  name.toLowerCase().replace(/ (.)/g, (_, letter: string) => letter.toUpperCase());

/** Columns that stories add have one number in several of them; here each has its own, and is in no column set. */
function withNumber(edit: Edit, number: () => number): Edit {
  if ('text' in edit && edit.file.startsWith('rules/fields/'))
    return {
      ...edit,
      text: edit.text.replace(
        /"field": "5[1-9]",(\s*)"name": "([^"]*)"/,
        (_, gap, name) => `"field": "${keyOf(name)}",${gap}"name": "${name}"`,
      ),
    };
  if (edit.file !== OUTPUT || !('replace' in edit)) return edit;
  const [from, to] = edit.replace;
  if (from.trim() === '"columnSets": {') return { file: OUTPUT, replace: [from, from] };
  return { file: OUTPUT, replace: [from, to.replace(/"no": "5[1-9]"/g, () => `"no": "${number()}"`)] };
}

/** The rulebook with all ten changes, and how many there are. */
function withTenChanges({ files }: Rulebook): { rulebook: Rulebook; stories: number } {
  const numbers = readdirSync(STORIES).filter((name) => {
    const number = Number.parseInt(name, 10);
    return number >= FIRST && number <= LAST;
  });
  let texts: RulebookTexts = files
    .map(({ path, text = '' }) => ({ path, text }))
    .filter(({ path }) => path !== 'rules/laws.json');
  let next = FREE;
  for (const name of numbers.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))) {
    const { edits } = JSON.parse(readFileSync(join(STORIES, name, 'changes.json'), 'utf8')) as { edits: Edit[] };
    const ofRules = edits.filter(({ file }) => file === undefined || !DECIDES_NOTHING.test(file));
    texts = ofRules.reduce(
      (before, edit) =>
        edited(
          before,
          withNumber(edit, () => next++),
        ),
      texts,
    );
  }
  return { rulebook: verify(texts), stories: numbers.length };
}

/** Microseconds of CPU for all rows of some students by a rulebook. */
function rowsBy(rulebook: Rulebook, histories: readonly KeptHistory[]): () => number {
  const { program } = compileRulebook(rulebook, { recording: true, reading: false });
  const x = program.newEvaluation();
  program.begin(x, requestFacts(REQUEST, rulebook), RUN_DATE);
  const all = histories.map((kept) => historyOf(kept.ssid, kept.records(program.plan), program.plan));
  return () => {
    const { user } = process.cpuUsage();
    let rows = 0;
    for (let again = 0; again < 10; again++)
      for (const history of all)
        for (const enrollment of program.select(x, history)) {
          program.evaluate(x, enrollment);
          rows++;
        }
    return (process.cpuUsage().user - user) / rows;
  };
}

export async function tenChanges(rulebook: Rulebook, students: number): Promise<Measured[]> {
  const store = openHistories(await sampleStore(students, rulebook), 'all');
  const histories = (await Array.fromAsync(store.histories({ from: '0000000000', through: '9999999999' }))).flat();
  store.close();
  const changed = withTenChanges(rulebook);
  const [shipped, ten] = [rowsBy(rulebook, histories), rowsBy(changed.rulebook, histories)];
  const pairs: { own: number; other: number }[] = [];
  for (let round = 0; round <= ROUNDS; round++) pairs.push({ own: ten(), other: shipped() });
  // The first rounds are compiled while they run.
  const counting = pairs.slice(ROUNDS / 4);
  const ratio = median(counting.map(({ own, other }) => own / other));
  return [
    {
      what: 'a rulebook with all ten changes of the stories : the shipped one, per row',
      result: times(ratio),
      wanted: `at most ${MOST} times, of CPU in pairs`,
      met: ratio <= MOST,
    },
    {
      what: '  a row by each',
      result: `${median(counting.map(({ own }) => own)).toFixed(2)} and ${median(counting.map(({ other }) => other)).toFixed(2)} µs; ${changed.stories} stories`,
    },
  ];
}
