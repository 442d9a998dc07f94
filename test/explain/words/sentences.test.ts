/**
 * The sentences of explanations, word for word, by worked example (sentences.json). After a deliberate change of words
 *
 *     CENR_UPDATE=1 node test/explain/words/sentences.test.ts
 *
 * writes the file anew: one example for each kind of sentence, so that the file stays short enough to be read. Read
 * what changed.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { shipped } from '../../support/histories.ts';
import { explainerOf, fieldCases, selectionCases, subjectsOf } from '../subjects.ts';

const FILE = join(import.meta.dirname, 'sentences.json');
const UPDATE = process.env['CENR_UPDATE'] === '1';

interface Said {
  /** Field and example, or `selection` and example; of several rows or enrollments also which. */
  readonly of: string;
  readonly rule: string;
  readonly short: string;
  readonly sentence: string;
}

const numbered = (name: string, of: readonly unknown[], i: number): string =>
  of.length > 1 ? `${name} (${i + 1})` : name;

/** What is said of the field of an example, row by row. */
const ofFields: readonly Said[] = fieldCases.flatMap((example) => {
  const explainer = explainerOf(example);
  const rows = subjectsOf(example).flatMap((subject) =>
    explainer
      .rows(subject)
      .flatMap(
        (key) => explainer.row(subject, key, { fields: [example.of], whyNot: false, changes: false })?.fields ?? [],
      ),
  );
  return rows.map(({ rule, short, sentence }, i) => ({
    of: numbered(`${example.of}: ${example.title}`, rows, i),
    rule: rule?.name ?? '',
    short,
    sentence,
  }));
});

/** What is said of the enrollments of an example. */
const ofSelection: readonly Said[] = selectionCases.flatMap((example) => {
  const explainer = explainerOf(example);
  const enrollments = subjectsOf(example).flatMap((subject) => explainer.missing(subject).enrollments);
  return enrollments.map(({ inExtract, short, sentence }, i) => ({
    of: numbered(`selection: ${example.title}`, enrollments, i),
    rule: inExtract ? 'in the extract' : 'not in the extract',
    short,
    sentence,
  }));
});

const all = [...ofFields, ...ofSelection];

/** Sentences that differ in values alone are of one kind. */
const kindOf = ({ of, rule, sentence }: Said): string =>
  `${of.split(':')[0]} ${rule} ${sentence.replaceAll(/\([^()]*\)|\d[\d-]*|\b[A-Z]{2,}\b/g, '')}`;

if (UPDATE) {
  const chosen = new Map<string, Said>();
  for (const said of all) if (!chosen.has(kindOf(said))) chosen.set(kindOf(said), said);
  writeFileSync(
    FILE,
    `${JSON.stringify(Object.fromEntries([...chosen.values()].map(({ of, short, sentence }) => [of, { short, sentence }])), null, 2)}\n`,
  );
}

const golden = JSON.parse(readFileSync(FILE, 'utf8')) as Readonly<Record<string, Pick<Said, 'short' | 'sentence'>>>;

t.test('every sentence is the one agreed on', async (t) => {
  const said = new Map(all.map(({ of, short, sentence }) => [of, { short, sentence }]));
  for (const [of, words] of Object.entries(golden)) t.same(said.get(of), words, of);
});

t.test('there is a sentence for every rule of every field', async (t) => {
  const covered = new Set(ofFields.flatMap(({ of, rule }) => (of in golden ? [`${of.split(':')[0]} ${rule}`] : [])));
  for (const { number, rules } of shipped.extract.fields)
    for (const { name } of rules) t.ok(covered.has(`${number} ${name}`), `rule ${name} of field ${number}`);
});

t.test('every field that looks for a record has a sentence for when there is none', async (t) => {
  const sentences = Object.entries(golden);
  for (const { number } of shipped.extract.fields) {
    const says = (pattern: RegExp) =>
      sentences.some(([of, { sentence }]) => of.startsWith(`${number}: `) && pattern.test(sentence));
    t.ok(says(/there is no |has no |is blank/), `field ${number}`);
  }
});

t.test(
  'there is a sentence for enrollments in the extract, for those that do not qualify, and for those that another one wins over',
  async (t) => {
    for (const pattern of [
      /^This enrollment is in the extract, because/,
      /^This enrollment is not in the extract, because its/,
      /comes first: /,
    ])
      t.ok(
        Object.values(golden).some(({ sentence }) => pattern.test(sentence)),
        String(pattern),
      );
  },
);
