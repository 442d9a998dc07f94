/** What answers for the rules: sentences of the publication, worked examples, mutants. No data of students is in them. */
import { Type } from 'typebox';
import type { ExampleRequest, Expectation } from '#authoring/examples/cases';
import type { MadeExample } from '#authoring/examples/from-student';
import { closed, moment, oneOf, type Shape } from '#base/shape';
import type { StudentHistory } from '#explain/explanation';

/** Whose rules are meant. */
export const WhoseRules = {
  draft: Type.Optional(Type.String({ maxLength: 128, description: 'Those of this draft' })),
  version: Type.Optional(
    Type.String({
      pattern: '^[0-9a-f]{64}$',
      description: 'Those of the version with this SHA-256 (default: the version in effect)',
    }),
  ),
};

export const WhoseRulesQuery = Type.Object(WhoseRules, { additionalProperties: false });

const rulebook = Type.String({ description: 'SHA-256 of the rules' });
const place = { file: Type.String(), pointer: Type.String({ description: 'JSON pointer in the file' }) };
const of = Type.String({ description: 'A field by its number, "selection", or a check by its code' });

const Cited = Type.Object(
  {
    ...place,
    kind: oneOf(['field', 'selection', 'parameter', 'layout', 'example']),
    name: Type.String({ description: 'Number of the field, name of the parameter, or what the example is of' }),
    says: Type.String(),
    reading: Type.Optional(Type.String({ description: 'The interpretation chosen there' })),
  },
  closed,
);
export type Cited = Shape<typeof Cited>;

const Sentence = Type.Object(
  {
    id: Type.String(),
    about: Type.String({ description: 'What the sentence says, in few words; the page is not repeated' }),
    rules: Type.Array(Cited),
    examples: Type.Array(Cited),
    needsNone: Type.Optional(Type.String({ description: 'Why it needs no rule and no example' })),
    needsNoExample: Type.Optional(Type.String({ description: 'Why it needs no example' })),
    sameAs: Type.Optional(Type.String({ description: 'The earlier sentence with the same words' })),
  },
  closed,
);

export const LedgerView = Type.Object(
  {
    rulebook,
    pages: Type.Array(
      Type.Object(
        {
          file: Type.String(),
          page: Type.String(),
          updated: Type.String(),
          elements: Type.Array(
            Type.Object({ id: Type.String(), title: Type.String(), sentences: Type.Array(Sentence) }, closed),
          ),
        },
        closed,
      ),
      { description: 'Published pages; none when the rulebook has no ledger' },
    ),
    findings: Type.Array(Type.Object({ ...place, message: Type.String() }, closed), {
      description: 'Sentences that no rule or no example covers, and do not say why',
    }),
  },
  { ...closed, description: 'What answers for each sentence of the published pages' },
);
export type LedgerView = Shape<typeof LedgerView>;

const Gap = Type.Object(
  {
    ...place,
    outcome: Type.Optional(
      oneOf(['true', 'false', 'absent'], { description: 'Of a condition; absent when it is about a rule' }),
    ),
    says: Type.String(),
    because: Type.Optional(Type.String({ description: 'Why nothing can reach it' })),
  },
  closed,
);

/** As the example writes it. */
const asked = {
  request: Type.Optional(
    Type.Unsafe<ExampleRequest>(Type.Record(Type.String(), Type.Unknown(), { description: 'Absent for checks' })),
  ),
  runDate: Type.Optional(Type.String()),
};

const ListedExample = Type.Object(
  {
    ...place,
    title: Type.String(),
    ...asked,
    expect: Type.Unsafe<Expectation>(
      Type.Record(Type.String(), Type.Unknown(), { description: 'A value, rows, or findings' }),
    ),
    passed: Type.Boolean(),
    message: Type.Optional(Type.String({ description: 'What was expected and what was found' })),
  },
  closed,
);
export type ListedExample = Shape<typeof ListedExample>;

export const ExamplesView = Type.Object(
  {
    rulebook,
    subjects: Type.Array(
      Type.Object(
        {
          of,
          name: Type.String(),
          examples: Type.Integer(),
          failed: Type.Integer(),
          reached: Type.Integer({ description: 'Rules and outcomes of conditions that the examples reach' }),
          total: Type.Integer({ description: 'Those that there are, without what nothing can reach' }),
          gaps: Type.Array(Gap, { description: 'What no example reaches' }),
          unreachable: Type.Array(Gap, { description: 'What nothing can reach, and why' }),
        },
        closed,
      ),
    ),
    examples: Type.Array(ListedExample, { description: 'The examples of what "of" names; none without it' }),
  },
  { ...closed, description: 'Worked examples: what they come to, and what they reach' },
);
export type ExamplesView = Shape<typeof ExamplesView>;

const WrittenRecord = Type.Object(
  {
    recordType: Type.String({ description: 'Blank for a raw line' }),
    line: Type.Optional(Type.String({ description: 'A raw line' })),
    values: Type.Array(
      Type.Object({ name: Type.String(), value: Type.String(), meaning: Type.Optional(Type.String()) }, closed),
      { description: 'Columns that the example names; the others are as rules/examples/defaults.json has them' },
    ),
  },
  closed,
);
export type WrittenRecord = Shape<typeof WrittenRecord>;

export const ExampleView = Type.Object(
  {
    rulebook,
    ...place,
    of,
    name: Type.String(),
    title: Type.String(),
    ...asked,
    records: Type.Array(WrittenRecord, { description: 'As the example writes them, in the order of loading' }),
    expect: ListedExample.properties.expect,
    passed: Type.Boolean(),
    message: Type.Optional(Type.String()),
    students: Type.Array(Type.Unsafe<StudentHistory>(Type.Ref('StudentHistory')), {
      description: 'The made-up students with their records; none for examples of checks',
    }),
  },
  { ...closed, description: 'A worked example' },
);
export type ExampleView = Shape<typeof ExampleView>;

const counts = {
  noticed: Type.Integer({ description: 'Mistakes that an example notices' }),
  equivalent: Type.Integer({ description: 'Those of which rules/equivalent-mutants.json says why nobody can notice' }),
  survived: Type.Integer({ description: 'Those that no example notices' }),
  refused: Type.Integer({ description: 'Those that the loader does not take' }),
};
const mutant = { of, ...place, says: Type.String() };

const MutantsTried = Type.Object(
  {
    subjects: Type.Array(
      Type.Object(
        {
          of,
          failing: Type.Integer({ description: 'Examples that fail as it is: then nothing was tried' }),
          ...counts,
        },
        closed,
      ),
    ),
    files: Type.Array(Type.Object({ file: Type.String(), made: Type.Integer(), ...counts }, closed)),
    survived: Type.Array(Type.Object(mutant, closed)),
    equivalent: Type.Array(Type.Object({ ...mutant, because: Type.String() }, closed)),
  },
  closed,
);
export type MutantsTried = Shape<typeof MutantsTried>;

export const MutantsView = Type.Object(
  {
    rulebook,
    status: oneOf(['None', 'Processing', 'Complete', 'Failed'], { description: 'None: nobody asked lately' }),
    progress: Type.Integer({ description: 'In percent' }),
    triedAt: Type.Optional(moment('When it was complete')),
    failure: Type.Optional(Type.String({ description: 'Why it failed' })),
    tried: Type.Optional(MutantsTried),
  },
  { ...closed, description: 'Small mistakes made in the rules, and whether an example notices each' },
);
export type MutantsView = Shape<typeof MutantsView>;

export const MadeExampleView = Type.Object(
  {
    of,
    name: Type.String(),
    file: Type.Optional(Type.String({ description: 'Where examples of it stand; absent when there are none yet' })),
    pointer: Type.Optional(Type.String({ description: 'JSON pointer of the list of examples in that file' })),
    example: Type.Unsafe<MadeExample['json']>(
      Type.Record(Type.String(), Type.Unknown(), {
        description:
          'The example as a file of examples has it, without its title; what it expects is what the draft gives',
      }),
    ),
    replaced: Type.Array(Type.String(), { description: 'What was replaced by made-up values, and what was left out' }),
    isSame: Type.Boolean({
      description:
        'Whether the made-up student comes to what the student comes to; if not, a name of a place or the day of birth decides',
    }),
    records: Type.Array(WrittenRecord),
    students: Type.Array(Type.Unsafe<StudentHistory>(Type.Ref('StudentHistory'))),
  },
  { ...closed, description: 'An example made from a student' },
);
export type MadeExampleView = Shape<typeof MadeExampleView>;
