/** Worked examples that fail, and rules that none of them reaches. */
import type { Rulebook } from '#rulebook/load/assemble';
import { type Note, note } from './note.ts';
import type { RowsOfExamples } from './witness.ts';

export function exampleNotes(rulebook: Rulebook, rows: RowsOfExamples): Note[] {
  return [...failing(rows), ...missing(rulebook, rows)];
}

function* failing({ cases, results }: RowsOfExamples): Generator<Note> {
  for (const [i, { file, pointer, of, title, passed, message, laws }] of results.entries()) {
    const example = cases[i];
    if (passed || !example) continue;
    const { request, runDate, given, records } = example;
    const subject = of === 'selection' ? 'the selection' : `${/^\d+$/.test(of) ? 'field' : 'check'} ${of}`;
    yield note(
      laws ? 'law-broken' : 'examples-fail',
      { file, pointer },
      `the example "${title}" of ${subject} fails: ${message}; correct the rule${laws ? '' : ' or the example'}`,
      {
        witness: {
          from: `${file} ${pointer}`,
          ...(request && { request }),
          ...(runDate !== undefined && { runDate }),
          records: [...given, ...records],
          shows: message ?? '',
        },
      },
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
