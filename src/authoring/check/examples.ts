/** Worked examples that fail, and rules that none of them reaches. */
import { counted, shortList } from '#base/text';
import type { Rulebook } from '#rulebook/load/assemble';
import type { ExampleCase } from '../examples/cases.ts';
import { type FailingEdit, failedByEdit } from '../examples/edits.ts';
import type { ExampleResult } from '../examples/run.ts';
import type { Witness } from './finding.ts';
import { type Note, note } from './note.ts';
import type { RowsOfExamples } from './witness.ts';

export function exampleNotes(rulebook: Rulebook, rows: RowsOfExamples, from?: Rulebook): Note[] {
  const byEdit = from && from.hash !== rulebook.hash ? failedByEdit(from, rulebook, rows.results) : undefined;
  return [
    ...edited(byEdit?.edits ?? [], rows),
    ...failing(rows, byEdit?.others),
    ...breaking(rulebook, rows),
    ...missing(rulebook, rows),
  ];
}

const subjectWords = (of: string): string =>
  of === 'selection' ? 'the selection' : `${/^\d+$/.test(of) ? 'field' : 'check'} ${of}`;

const witnessOf = ({ file, pointer, request, runDate, given, records }: ExampleCase, shows: string): Witness => ({
  from: `${file} ${pointer}`,
  ...(request && { request }),
  ...(runDate !== undefined && { runDate }),
  records: [...given, ...records],
  shows,
});

/** So many examples of one edit are named. */
const MOST_NAMED = 5;

function* edited(edits: readonly FailingEdit[], { cases, results }: RowsOfExamples): Generator<Note> {
  for (const { file, pointer, sentence, examples } of edits) {
    const named = examples.map(({ of, title }) => `"${title}" of ${subjectWords(of)}`);
    const first = cases[results.indexOf(examples[0] as ExampleResult)];
    yield note(
      'examples-fail',
      { file, pointer },
      `this edit makes ${examples.length} worked examples fail: ${sentence}. They are ${shortList(named, MOST_NAMED)}; correct the edit, or the examples that are no longer true`,
      first && { witness: witnessOf(first, examples[0]?.message ?? '') },
    );
  }
}

/** @param told elsewhere are all others; all are told here when absent */
function* failing({ cases, results }: RowsOfExamples, told: readonly ExampleResult[] = results): Generator<Note> {
  for (const [i, result] of results.entries()) {
    const { file, pointer, of, title, asExpected, message = '' } = result;
    const example = cases[i];
    if (asExpected || !example || !told.includes(result)) continue;
    yield note(
      'examples-fail',
      { file, pointer },
      `the example "${title}" of ${subjectWords(of)} fails: ${message}; correct the rule or the example`,
      { witness: witnessOf(example, message) },
    );
  }
}

/** A law that the rows of many examples break is said once, with the first of them. */
function* breaking({ declared }: Rulebook, { cases, results }: RowsOfExamples): Generator<Note> {
  for (const { file, pointer, json } of declared.laws) {
    const broken = [...results.keys()].filter((i) => results[i]?.laws?.includes(json.name));
    const first = cases[broken[0] ?? -1];
    if (!first) continue;
    yield note(
      'law-broken',
      { file, pointer },
      `the rows of ${counted(broken.length, 'worked example')} break the law "${json.name}", such as "${first.title}" of ${subjectWords(first.of)}; correct the rules of the fields that it names: ${json.says.replace(/\.$/, '')}`,
      { witness: witnessOf(first, `its row breaks the law "${json.name}"`) },
    );
  }
}

function* missing({ declared, extract }: Rulebook, rows: RowsOfExamples): Generator<Note> {
  const { results } = rows;
  for (const field of extract.fields.toSorted((a, b) => Number(a.number) - Number(b.number))) {
    const own = results.filter(({ of }) => of === field.number);
    if (own.length === 0) {
      yield note(
        'examples-miss-a-rule',
        field,
        `field ${field.number} has no worked examples; add a file for it to rules/examples`,
      );
      continue;
    }
    const reached = new Set(own.map(({ found }) => (found?.kind === 'field' ? found.rule : undefined)));
    for (const rule of field.rules)
      if (!reached.has(rule.name))
        yield note(
          'examples-miss-a-rule',
          rule,
          `no worked example of field ${field.number} is decided by rule "${rule.name}"; add a case to rules/examples`,
          {
            witness: rows.decidedBy(field.number, rule.name),
          },
        );
  }
  const selection = results.flatMap(({ of, found }) =>
    of === 'selection' && found?.kind === 'rows' ? [found.rows.length > 0] : [],
  );
  const lacking = [
    ...(selection.includes(true) ? [] : ['has a row']),
    ...(selection.includes(false) ? [] : ['has no row']),
  ];
  if (lacking.length)
    yield note(
      'examples-miss-a-rule',
      extract.selection,
      `no worked example of the selection ${lacking.join(', and none ')}; add a case to rules/examples`,
    );
  for (const { json, ...place } of declared.checks) {
    const outcomes = results.flatMap(({ of, found }) =>
      of === json.code && found?.kind === 'findings' ? [found.findings.some(({ code }) => code === json.code)] : [],
    );
    const absent = [...(outcomes.includes(true) ? [] : ['with']), ...(outcomes.includes(false) ? [] : ['without'])];
    if (absent.length)
      yield note(
        'examples-miss-a-rule',
        place,
        `check ${json.code} has no worked example ${absent.join(', and none ')} a finding; add a case to rules/examples`,
      );
  }
}
