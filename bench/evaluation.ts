/**
 * The 13 derived fields of a row: compiled rules against json-rules-engine with the same rules. What json-rules-engine
 * is spared: it is given facts that are already compiled, so that only its own work is measured; its results are not
 * turned into a trace. What the compiled rules are not spared: every condition's outcome is recorded. Both work on the
 * same histories in memory, and their values are compared for every row.
 */
import { grouped } from '#base/text';
import { compileRulebook } from '#extract/extractor';
import { requestFacts } from '#extract/request';
import { type History, historyOf, type KeptHistory, type SourceRecord } from '#records/record';
import { EVERYBODY } from '#records/scope';
import type { Evaluation } from '#rulebook/compile/evaluation';
import type { ExtractProgram } from '#rulebook/compile/extract-program';
import type { Rulebook } from '#rulebook/load/assemble';
import { openHistories } from '#store/sqlite';
import { REQUEST, RUN_DATE, sampleStore } from './data.ts';
import { type LibraryEvaluator, libraryEvaluator } from './library-evaluator.ts';
import { type Measured, perSecond, quickest, times } from './measure.ts';

/**
 * Both evaluate the same rows, few enough that the processor's caches hold their records: what is measured is
 * evaluation, not memory.
 */
const ROWS = 1_000;
const REPEATS = 300;

interface Row {
  readonly history: History;
  readonly enrollment: SourceRecord;
}

function rowsOf(histories: readonly KeptHistory[], program: ExtractProgram, x: Evaluation): Row[] {
  return histories
    .flatMap((kept) => {
      const history = historyOf(kept.ssid, kept.records(program.plan), program.plan);
      return program.select(x, history).map((enrollment) => ({ history, enrollment }));
    })
    .slice(0, ROWS);
}

export async function evaluation(rulebook: Rulebook, students: number): Promise<Measured[]> {
  const store = openHistories(await sampleStore(students, rulebook), 'all');
  const histories = (await Array.fromAsync(store.histories(EVERYBODY))).flat();
  store.close();
  const facts = requestFacts(REQUEST, rulebook);

  const compiledRows = (recording: boolean) => {
    const { program } = compileRulebook(rulebook, { recording, reading: false });
    const x = program.newEvaluation();
    program.begin(x, facts, RUN_DATE);
    const rows = rowsOf(histories, program, x);
    const all = (each?: (fields: readonly string[]) => void) => {
      for (const { history, enrollment } of rows) {
        x.history = history;
        program.evaluate(x, enrollment);
        each?.(x.fields);
      }
    };
    return { rows: rows.length, all };
  };
  const recorded = compiledRows(true);
  const values: string[] = [];
  recorded.all((fields) => values.push(fields.join('^')));
  const withOutcomes = (await quickest(REPEATS, () => recorded.all())) / recorded.rows;
  const unrecorded = compiledRows(false);
  const without = (await quickest(REPEATS, () => unrecorded.all())) / unrecorded.rows;

  const library = async (evaluator: LibraryEvaluator): Promise<number> => {
    const { program } = evaluator;
    const x = program.newEvaluation();
    program.begin(x, facts, RUN_DATE);
    const rows = rowsOf(histories, program, x);
    const all = async () => {
      for (const [i, { history, enrollment }] of rows.entries()) {
        x.history = history;
        await evaluator.evaluate(x, enrollment);
        if (x.fields.join('^') !== values[i])
          throw new Error(
            `row ${i}: ${evaluator.library.name} found ${x.fields.join('^')}, the compiled rules ${values[i]}`,
          );
      }
    };
    return (await quickest(5, all)) / rows.length;
  };
  const fresh = await library(libraryEvaluator(rulebook, { reuse: false }));
  const reused = await library(libraryEvaluator(rulebook, { reuse: true }));
  const quicker = Math.min(fresh, reused);
  return [
    { what: 'the 13 fields of a row, compiled, outcomes recorded', result: perSecond(1, withOutcomes) },
    {
      what: 'the same without recording outcomes',
      result: `${perSecond(1, without)} (recording costs ${times(withOutcomes / without)} as much)`,
    },
    { what: 'json-rules-engine, a fresh engine for each row', result: perSecond(1, fresh) },
    { what: 'json-rules-engine, one engine reused', result: perSecond(1, reused) },
    {
      what: 'compiled : json-rules-engine, the quicker of the two',
      result: times(quicker / withOutcomes),
      wanted: 'at least 100 times',
      met: quicker / withOutcomes >= 100,
    },
    { what: '  values compared', result: `${grouped(ROWS)} rows, all equal` },
  ];
}
