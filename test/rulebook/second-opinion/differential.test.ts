/**
 * The compiled rulebook and json-rules-engine, which knows nothing of it, must agree on every field's value and
 * deciding rule: shipped rules and generated ones.
 */
import fc from 'fast-check';
import t from 'tap';
import { type CompiledRulebook, compileRulebook } from '#extract/extractor';
import { type ExtractRequest, requestFacts } from '#extract/request';
import { historyOf, readRecords } from '#records/record';
import type { Reference, SourceFile } from '#rulebook/load/declarations';
import { verify } from '#rulebook/load/load';
import { LIBRARY } from '#rulebook/second-opinion/library';
import { type SecondOpinion, secondOpinion } from '#rulebook/second-opinion/second-opinion';
import { type LibraryEvaluator, libraryEvaluator } from '../../../bench/library-evaluator.ts';
import { agree } from '../../support/agreement.ts';
import { compiled, readHistory } from '../../support/extracts.ts';
import { bodyFrom, history, holds, request, runDate, SSID, shipped, type TestRecord } from '../../support/histories.ts';
import { assembled, generatedFiles, rulebookFiles } from '../../support/rulebooks.ts';

// A busy machine is slow.
t.setTimeout(900_000);

const compare = (
  rulebook: CompiledRulebook,
  second: SecondOpinion,
  records: readonly TestRecord[],
  asked: ExtractRequest,
  day: string,
): Promise<void> => agree(rulebook, second, readHistory(SSID, records, rulebook), asked, day);

t.test('generated rule files follow the grammar', async (t) => {
  await holds(
    t,
    'a generated rulebook loads',
    15,
    fc.property(generatedFiles, (files) => {
      verify(rulebookFiles(files).map(({ path, json }) => ({ path, text: JSON.stringify(json) })));
    }),
  );
});

t.test('the shipped rules', async (t) => {
  const second = secondOpinion(shipped);
  t.match(second.library, { name: 'json-rules-engine', version: /^\d+\.\d+\.\d+$/ });
  await holds(
    t,
    `compiled and ${LIBRARY.name} ${LIBRARY.version} agree`,
    150,
    fc.asyncProperty(history, request, runDate, (records, asked, day) =>
      compare(compiled, second, records, asked, day),
    ),
  );
});

t.test('generated rules', async (t) => {
  await holds(
    t,
    `compiled and ${LIBRARY.name} ${LIBRARY.version} agree`,
    300,
    fc.asyncProperty(generatedFiles, history, request, runDate, (files, records, asked, day) => {
      const rulebook = assembled(files);
      return compare(compileRulebook(rulebook), secondOpinion(rulebook), records, asked, day);
    }),
  );
});

t.test('a field that a look reads by way of its order is worked out first', async (t) => {
  const value = (v: string | Reference) => ({ type: 'value', params: { value: v } }) as const;
  const field = (number: string, v: string | Reference): SourceFile => {
    const shippedField = shipped.declared.fields.find((f) => f.json.field === number)?.json;
    return {
      path: `rules/fields/${number}.json`,
      json: { ...shippedField, rules: [{ name: 'otherwise', event: value(v) }] },
    };
  };
  const look = {
    name: 'preferred',
    says: 'a look whose order reads a field',
    from: 'SPRG',
    order: [
      {
        preferring: {
          fact: 'record',
          path: '$.educationProgramCode',
          operator: 'equal',
          value: { fact: 'field', params: { number: '48' } },
        },
      },
      { loaded: 'first' },
    ],
    gives: 'record',
  };
  const rulebook = assembled([
    { path: 'rules/facts/generated.json', json: { facts: [look] } },
    ...shipped.declared.fields.map((f) => field(f.json.field, '')).filter((f) => !/3[67]|48/.test(f.path)),
    field('36', { fact: 'preferred', path: '$.educationProgramCode' }),
    field('37', ''),
    // The number says nothing about the order: field 36 is read after field 48.
    field('48', '191'),
  ]);
  const compiledRules = compileRulebook(rulebook);
  await holds(
    t,
    'field 36 comes after field 48',
    60,
    fc.asyncProperty(history, request, runDate, (records, asked, day) =>
      compare(compiledRules, secondOpinion(rulebook), records, asked, day),
    ),
  );
});

t.test('a day of the academic year, on each side of its first day', async (t) => {
  const field = (number: string, fact: string): SourceFile => {
    const shippedField = shipped.declared.fields.find((f) => f.json.field === number)?.json;
    const value = fact === '' ? '' : { fact };
    return {
      path: `rules/fields/${number}.json`,
      json: { ...shippedField, rules: [{ name: 'otherwise', event: { type: 'value', params: { value } } }] },
    };
  };
  const numbers = shipped.declared.fields.map((f) => f.json.field);
  const monthDays = ['06-30', '07-01', '07-02', '02-29', '08-15', '12-31', '01-01'];
  const facts = monthDays.map((monthDay, i) => ({
    name: `day${i}`,
    says: 'a day of the academic year',
    calculate: 'dayOfAcademicYear',
    day: { fact: 'enrollment', path: '$.enrollmentStartDate' },
    monthDay,
  }));
  const rulebook = assembled([
    { path: 'rules/facts/generated.json', json: { facts } },
    ...numbers.map((number, i) => field(number, i < facts.length ? `day${i}` : '')),
  ]);
  const compiledRules = compileRulebook(rulebook);
  await holds(
    t,
    'both agree',
    60,
    fc.asyncProperty(history, request, runDate, (records, asked, day) =>
      compare(compiledRules, secondOpinion(rulebook), records, asked, day),
    ),
  );
});

/** The benchmark's evaluators must compute what they are measured at. */
async function compareLibrary(
  rulebook: CompiledRulebook,
  evaluator: LibraryEvaluator,
  records: readonly TestRecord[],
  asked: ExtractRequest,
  day: string,
): Promise<void> {
  const facts = requestFacts(asked, rulebook.rulebook);
  const answers = async ({ program }: Pick<LibraryEvaluator, 'program'>, evaluate: LibraryEvaluator['evaluate']) => {
    const x = program.newEvaluation();
    const student = historyOf(SSID, readRecords(bodyFrom(records), program.plan), program.plan);
    program.begin(x, facts, day);
    program.select(x, student);
    const found: string[] = [];
    for (const enrollment of student.byType[program.rowType] ?? []) {
      await evaluate(x, enrollment);
      found.push(`${x.fields.join('^')} ${x.decided}`);
    }
    return found.join('\n');
  };
  const own = await answers(rulebook, async (x, enrollment) => {
    rulebook.program.evaluate(x, enrollment);
    return 0;
  });
  const other = await answers(evaluator, evaluator.evaluate);
  if (own !== other) throw new Error(`compiled\n${own}\n${LIBRARY.name} with compiled facts\n${other}`);
}

for (const reuse of [true, false])
  t.test(`the library with compiled facts, its engine ${reuse ? 'reused' : 'fresh'}`, async (t) => {
    const evaluator = libraryEvaluator(shipped, { reuse });
    await holds(
      t,
      'agrees on the shipped rules',
      150,
      fc.asyncProperty(history, request, runDate, (records, asked, day) =>
        compareLibrary(compiled, evaluator, records, asked, day),
      ),
    );
    await holds(
      t,
      'agrees on generated rules',
      40,
      fc.asyncProperty(generatedFiles, history, request, runDate, (files, records, asked, day) => {
        const rulebook = assembled(files);
        return compareLibrary(compileRulebook(rulebook), libraryEvaluator(rulebook, { reuse }), records, asked, day);
      }),
    );
  });
