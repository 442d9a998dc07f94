/**
 * Generated rule files: well-formed, and nothing a policy officer would write. Conditions nest at random over
 * everything that can be asked for; looks and calculations of their own are declared beside the shipped ones; some
 * fields read others.
 */
import fc from 'fast-check';
import { WEEKDAYS, withDashes } from '#records/days';
import type { OutputLayout } from '#records/layout';
import type { Aggregate } from '#rulebook/aggregates/aggregate';
import { AGGREGATES } from '#rulebook/aggregates/index';
import { assemble, type Rulebook } from '#rulebook/load/assemble';
import type {
  CalculationJson,
  ConditionJson,
  FactJson,
  FieldJson,
  LeafJson,
  LookJson,
  OrderJson,
  ParameterJson,
  Reference,
  SourceFile,
} from '#rulebook/load/declarations';
import { OUTPUT } from '#rulebook/load/layout-findings';
import { rowsFile } from '#rulebook/load/reference-files';
import { OPERATORS } from '#rulebook/operators/index';
import { isQuestion, type Operator } from '#rulebook/operators/operator';
import type { ValueType } from '#rulebook/tree/values';
import { DAYS, shipped } from './histories.ts';

/** Draws one value after another; fast-check shrinks what was drawn. */
type Draw = fc.GeneratorValue;

interface Typed {
  readonly type: ValueType;
  readonly ref: Reference;
}

/** What may be named at a place. */
interface Scope {
  /** Record type of the candidate of a look. */
  readonly record?: string;
  /** Params of the fact that is being written. */
  readonly args?: Readonly<Record<string, 'parameter' | 'text'>>;
  readonly fields: readonly string[];
  readonly facts: readonly Known[];
  /** Calculations over the candidate may be used in a where, and not in an order. */
  readonly inWhere?: boolean;
}

/**
 * A declared fact and what it gives; `over` is the record type it works on when it is a calculation over a candidate.
 */
interface Known {
  readonly json: FactJson;
  readonly type: ValueType;
  readonly over?: string;
}

/** Columns that the generated histories fill, and one that they never do. */
const FILLED = new Set([
  'reportingLEA',
  'schoolOfAttendance',
  'academicYearID',
  'localRecordID',
  'enrollmentStatusCode',
  'gradeLevelCode',
  'studentExitReasonCode',
  'enrollmentStartDate',
  'enrollmentExitDate',
  'studentHispanicEthnicityIndicator',
  'studentRace1Code',
  'studentRace2Code',
  'studentInitialUSSchoolEnrollmentDateK12',
  'parentGuardian1HighestEducationLevelCode',
  'effectiveStartDate',
  'effectiveEndDate',
  'educationProgramCode',
  'educationProgramMembershipCode',
  'educationProgramMembershipStartDate',
  'educationProgramMembershipEndDate',
  'englishLanguageAcquisitionStatusCode',
  'englishLanguageAcquisitionStatusStartDate',
  'correctionReasonCode',
  'specialEducationStatusCode',
  'specialEducationStatusEffectiveStartDate',
]);
const TEXTS = [
  '',
  '10',
  '30',
  '14',
  'Y',
  'EL',
  'RFEP',
  '1',
  '191',
  '185',
  '201',
  '1000001',
  '2000001',
  '05',
  'N470',
  '2023-2024',
  'Asian',
  'firstEL',
];
const FORMS = ['99', '999', 'AA', '9999999', '9999-9999', 'A', '', '1[9]1', '[A]99', '[10]', '[1000]999', '[Y]'];
const RECORD_TYPES = shipped.schemas.layouts.map((l) => l.recordType);
const COLUMNS = new Map(
  shipped.schemas.layouts.map((layout): [string, { path: string; type: ValueType }[]] => [
    layout.recordType,
    [
      ...layout.columns
        .filter((c) => FILLED.has(c.key))
        .map((c) => ({ path: `$.${c.key}`, type: c.type === 'DT' ? ('day' as const) : ('text' as const) })),
      { path: '$.uploaded', type: 'day' },
      { path: '$.lastUpdated', type: 'day' },
      { path: '$.loaded', type: 'number' },
      ...shipped.declared.intervals
        .filter((i) => i.json.of === layout.recordType)
        .map((i) => ({ path: `$.${i.json.name}`, type: 'interval' as const })),
    ],
  ]),
);

/** Parameters with gaps, boundaries and every type, beside the shipped ones. */
const PARAMETERS: readonly ParameterJson[] = [
  {
    name: 'testProgram',
    says: 'a program',
    type: 'text',
    values: [
      { value: '191', through: '2023-06-30' },
      { value: '135', from: '2023-07-02', through: '2024-06-07' },
      { value: '127', from: '2024-06-08' },
    ],
  },
  {
    name: 'testNumber',
    says: 'a number',
    type: 'number',
    values: [
      { value: 1, through: '2023-08-15' },
      { value: 3, from: '2023-08-16' },
    ],
  },
  {
    name: 'testMonthDay',
    says: 'a month and day',
    type: 'text',
    values: [
      { value: '08-15', through: '2023-08-15' },
      { value: '02-29', from: '2023-08-17' },
    ],
  },
  { name: 'testDay', says: 'a day', type: 'day', values: [{ value: '2023-08-15', from: '2020-07-01' }] },
  {
    name: 'testFlag',
    says: 'a flag',
    type: 'flag',
    values: [
      { value: true, from: '2023-07-01', through: '2024-06-30' },
      { value: false, from: '2024-07-01' },
    ],
  },
  {
    name: 'testCodes',
    says: 'some codes',
    type: 'list',
    values: [
      { value: '10', through: '2023-08-15' },
      { value: 'EL' },
      { value: '191', from: '2023-08-15', through: '2024-02-29' },
    ],
  },
  {
    name: 'testPilot',
    says: 'a number that differs by LEA',
    type: 'number',
    differsBy: { says: 'LEA', form: '9999999' },
    values: [
      { value: 2 },
      { value: 3, for: ['1000001', '2000001'], from: '2023-08-15' },
      { value: 4, for: ['2000001'], through: '2023-08-14' },
    ],
  },
  {
    name: 'testGrades',
    says: 'codes that differ by grade',
    type: 'list',
    differsBy: { says: 'grade', form: '99' },
    values: [{ value: '10' }, { value: 'EL', for: ['05', '09'] }],
  },
  {
    name: 'testCounty',
    says: 'a word that only some counties have',
    type: 'text',
    differsBy: { says: 'county', form: '99' },
    values: [
      { value: 'Asian', for: ['10'], from: '2023-07-01' },
      { value: '191', for: ['20', '10'], through: '2023-06-30' },
    ],
  },
  {
    name: 'testLabels',
    says: 'labels with days, some of them of one grade',
    type: 'table',
    differsBy: { says: 'grade', form: '99' },
    values: [
      { key: '10', value: 'Ten' },
      { key: 'EL', value: 'Learner', from: '2023-08-15' },
      { key: 'EL', value: 'English Learner', through: '2023-08-14' },
      { key: '10', value: 'Asian', for: ['05'], through: '2024-02-29' },
    ],
  },
  { name: 'testChoice', says: 'a choice', type: 'choice', choices: ['left', 'right'], values: [{ value: 'right' }] },
];
/** What only checks can ask for: generated rulebooks have none of the shipped checks. */
const ONLY_FOR_CHECKS = /^rules\/(checks\/|facts\/anomalies\.)/;

/** What shipped files declare that no field is to ask for: facts of such checks, and how persons are compared. */
const NOT_FOR_FIELDS = new Set(
  shipped.files
    .filter(({ path }) => ONLY_FOR_CHECKS.test(path) || path === 'rules/parameters/ssid.json')
    .map(({ json }) => json as { readonly facts?: readonly FactJson[]; readonly parameters?: readonly ParameterJson[] })
    .flatMap(({ facts = [], parameters = [] }) => [...facts, ...parameters].map(({ name }) => name)),
);

const ALL_PARAMETERS = [
  ...[...shipped.declared.parameters.values()].map((p) => p.json).filter(({ name }) => !NOT_FOR_FIELDS.has(name)),
  ...PARAMETERS,
];
const TEXT_PARAMETERS = ALL_PARAMETERS.filter((p) => !p.differsBy && (p.type === 'text' || p.type === 'choice'));

const RESULTS: Readonly<Record<CalculationJson['calculate'], ValueType>> = {
  addDays: 'day',
  addMonths: 'day',
  addYears: 'day',
  firstDayOfAcademicYear: 'day',
  lastDayOfAcademicYear: 'day',
  firstDayOfMonth: 'day',
  lastDayOfMonth: 'day',
  nthWeekday: 'day',
  period: 'interval',
  daysElapsed: 'number',
  age: 'number',
  byCondition: 'day',
  whether: 'flag',
  dayBefore: 'day',
  academicYear: 'text',
  dayOfAcademicYear: 'day',
  earliest: 'day',
  latest: 'day',
  firstPresent: 'day',
  intersection: 'interval',
  daysCounted: 'number',
  labels: 'list',
  countOf: 'number',
  firstOf: 'text',
  partOfText: 'text',
  lookUp: 'text',
  choose: 'day',
};

const resultOf = (json: FactJson): ValueType => {
  if ('calculate' in json) return RESULTS[json.calculate];
  if (json.gives === 'any') return 'flag';
  return json.gives === 'record' ? 'record' : 'number';
};

/** The shipped facts that fields can ask for, and calculations over candidates of a look. */
const SHIPPED_FACTS: readonly Known[] = [...shipped.declared.facts.values()]
  .filter(({ json }) => !NOT_FOR_FIELDS.has(json.name))
  .filter(({ json }) => !JSON.stringify(json).match(/"(incoming|sender|row|nextEnrollmentAtSchool)"|Incoming/))
  .map(({ json }) => ({
    json,
    type: resultOf(json),
    ...('calculate' in json && JSON.stringify(json).includes('"record"') && { over: 'SENR' }),
  }));

const pick = <T>(draw: Draw, items: readonly T[]): T => items[draw(fc.nat, items.length - 1)] as T;
const oneIn = (draw: Draw, n: number): boolean => draw(fc.nat, n - 1) === n - 1;
const upTo = (draw: Draw, most: number): number[] => Array.from({ length: 1 + draw(fc.nat, most - 1) }, (_, i) => i);

/** Something that a reference can ask for. What it is asked with is drawn only when it is chosen. */
interface Offer {
  readonly type: ValueType;
  /** What it belongs to: references are chosen kind by kind, so that the many columns do not crowd out the rest. */
  readonly kind: 'enrollment' | 'record' | 'context' | 'argument' | 'parameter' | 'field' | 'shipped' | 'generated';
  readonly name: string;
  readonly write: () => Reference;
}

/** Columns, intervals and the record itself. */
const partsOf = (
  kind: Offer['kind'],
  name: string,
  recordType: string,
  params: () => Reference['params'] = () => undefined,
): Offer[] => {
  const ref = (): Reference => {
    const given = params();
    return { fact: name, ...(given && { params: given }) };
  };
  return [
    ...(COLUMNS.get(recordType) ?? []).map(
      ({ path, type }): Offer => ({ type, kind, name, write: () => ({ ...ref(), path }) }),
    ),
    { type: 'record', kind, name, write: ref },
  ];
};

const CONTEXTS: readonly Offer[] = (
  [
    ['interval', { fact: 'window' }],
    ['day', { fact: 'window', path: '$.start' }],
    ['day', { fact: 'window', path: '$.end' }],
    ['day', { fact: 'runDate' }],
    ['flag', { fact: 'request', path: '$.adjusted' }],
    ['text', { fact: 'request', path: '$.academicYear' }],
    ['list', { fact: 'request', path: '$.schools' }],
    ['list', { fact: 'request', path: '$.grades' }],
    ['list', { fact: 'request', path: '$.statuses' }],
  ] as const
).map(([type, ref]) => ({ type, kind: 'context', name: ref.fact, write: () => ref }));

/** What can be asked for without asking for something else first. */
const nearOffers = (scope: Scope): Offer[] => [
  ...partsOf('enrollment', 'enrollment', 'SENR'),
  ...(scope.record ? partsOf('record', 'record', scope.record) : []),
  ...CONTEXTS,
  ...Object.entries(scope.args ?? {}).flatMap(([name, kind]): Offer[] =>
    kind === 'text'
      ? [{ type: 'text', kind: 'argument', name, write: () => ({ fact: 'argument', path: `$.${name}` }) }]
      : [],
  ),
];

const isDated = ({ values }: ParameterJson): boolean => values.some((v) => v.from || v.through);

function parameterOffers(draw: Draw, scope: Scope): Offer[] {
  const someDay = (): Reference => choose(draw, nearOffers(scope), ['day']);
  const named = ALL_PARAMETERS.filter((p) => p.type !== 'table').map((p): Offer => {
    const params = () => ({
      name: p.name,
      ...((isDated(p) || oneIn(draw, 5)) && { on: someDay() }),
      ...forWhom(draw, p, scope),
    });
    return {
      type: p.type === 'choice' ? 'text' : (p.type as ValueType),
      kind: 'parameter',
      name: p.name,
      write: () => ({ fact: 'parameter', params: params() }),
    };
  });
  const byArgument = Object.entries(scope.args ?? {}).flatMap(([name, kind]): Offer[] => {
    const params = () => ({ name: { fact: 'argument', path: `$.${name}` }, on: someDay() });
    return kind === 'parameter'
      ? [{ type: 'text', kind: 'argument', name, write: () => ({ fact: 'parameter', params: params() }) }]
      : [];
  });
  return [...named, ...byArgument];
}

/** For whom a parameter is asked: somebody for whom it has values of their own, or anything near. */
const forWhom = (draw: Draw, { differsBy, values }: ParameterJson, scope: Scope): Reference['params'] =>
  differsBy && {
    for: oneIn(draw, 3)
      ? pick(
          draw,
          values.flatMap((value) => value.for ?? []),
        )
      : choose(draw, [...OWNERS, ...nearOffers(scope)], ['text']),
  };

const SCHOOLS_ASKED: readonly Offer[] = [
  {
    type: 'text',
    kind: 'enrollment',
    name: 'school',
    write: () => ({ fact: 'enrollment', path: '$.schoolOfAttendance' }),
  },
];

/** A directory that lacks one of the schools of generated histories. */
const DIRECTORY = rowsFile({
  name: 'schoolDirectory',
  sha256: '0'.repeat(64),
  rows: [
    { school: '2000001', reportingLEA: '1000001', county: 'Asian', grades: 'KN-05', type: 'Y' },
    { school: '2000002', reportingLEA: '9999999', grades: 'TK 06-08' },
  ],
});

const OWNERS: readonly Offer[] = ['reportingLEA', 'schoolOfAttendance', 'gradeLevelCode'].map((key) => ({
  type: 'text',
  kind: 'enrollment',
  name: key,
  write: () => ({ fact: 'enrollment', path: `$.${key}` }),
}));

function factOffers(draw: Draw, scope: Scope): Offer[] {
  return scope.facts.flatMap(({ json, type, over }): Offer[] => {
    if (over !== undefined && (over !== scope.record || !scope.inWhere)) return [];
    const kind = SHIPPED_FACTS.some((f) => f.json === json) ? 'shipped' : 'generated';
    const params = (): Reference['params'] => {
      const given = Object.entries(json.params ?? {}).map(([name, wanted]): [string, string | Reference] => {
        const passed = Object.entries(scope.args ?? {}).find(([, own]) => own === wanted);
        if (passed && oneIn(draw, 2)) return [name, { fact: 'argument', path: `$.${passed[0]}` }];
        return [name, wanted === 'text' ? pick(draw, TEXTS) : pick(draw, TEXT_PARAMETERS).name];
      });
      return given.length ? Object.fromEntries(given) : undefined;
    };
    if ('from' in json && type === 'record') return partsOf(kind, json.name, json.from, params);
    const ref = (): Reference => {
      const given = params();
      return { fact: json.name, ...(given && { params: given }) };
    };
    const ends = type === 'interval' ? ['start', 'end'] : [];
    return [
      { type, kind, name: json.name, write: ref },
      ...ends.map(
        (end): Offer => ({ type: 'day', kind, name: json.name, write: () => ({ ...ref(), path: `$.${end}` }) }),
      ),
    ];
  });
}

const offersOf = (draw: Draw, scope: Scope): Offer[] => [
  ...nearOffers(scope),
  ...parameterOffers(draw, scope),
  ...factOffers(draw, scope),
  ...scope.fields.map(
    (number): Offer => ({
      type: number === '44' ? 'day' : 'text',
      kind: 'field',
      name: number,
      write: () => ({ fact: 'field', params: { number } }),
    }),
  ),
];

/** A reference of one of the types; there always is one, a parameter if nothing else. */
function choose(draw: Draw, offers: readonly Offer[], types: readonly ValueType[]): Reference {
  return chosen(draw, offers, types).write();
}

function chosen(draw: Draw, offers: readonly Offer[], types: readonly ValueType[]): Offer {
  let left = offers.filter((offer) => types.includes(offer.type));
  for (const key of ['type', 'kind', 'name'] as const) {
    const value = pick(draw, [...new Set(left.map((offer) => offer[key]))]);
    left = left.filter((offer) => offer[key] === value);
  }
  return pick(draw, left);
}

function referenceOf(draw: Draw, scope: Scope, types: readonly ValueType[]): Typed {
  const offer = chosen(draw, offersOf(draw, scope), types);
  return { type: offer.type, ref: offer.write() };
}

const literal = (draw: Draw, type: ValueType, { asks }: Operator, left: ValueType): LeafJson['value'] =>
  asks === 'form' ? pick(draw, FORMS) : writtenOut(draw, type, left);

/** @param left the type of the other side: a list of days has days in it */
function writtenOut(draw: Draw, type: ValueType, left: ValueType = 'text'): LeafJson['value'] {
  switch (type) {
    case 'day':
      return withDashes(pick(draw, DAYS));
    case 'number':
      return draw(fc.nat, 4);
    case 'flag':
      return draw(fc.boolean);
    case 'list':
      return upTo(draw, 3).map(() => (left === 'day' ? withDashes(pick(draw, DAYS)) : pick(draw, TEXTS)));
    default:
      return pick(draw, TEXTS);
  }
}

function leaf(draw: Draw, scope: Scope): ConditionJson {
  const operator = pick(draw, [...OPERATORS.values()]);
  const left = referenceOf(draw, scope, operator.left);
  const wanted = operator.right === 'same' ? [left.type] : operator.right;
  const type = pick(draw, wanted);
  // The grammar wants true or false written out where an operator asks a question.
  const written = isQuestion(operator) || (type !== 'interval' && oneIn(draw, 2));
  const right = written ? undefined : referenceOf(draw, scope, wanted);
  const name = operator.name as LeafJson['operator'];
  return { ...left.ref, operator: name, value: right ? right.ref : literal(draw, type, operator, left.type) };
}

function condition(draw: Draw, scope: Scope, depth: number): ConditionJson {
  const kind = depth === 0 ? 'leaf' : pick(draw, ['leaf', 'leaf', 'all', 'any', 'not'] as const);
  if (kind === 'leaf') return leaf(draw, scope);
  if (kind === 'not') return { not: condition(draw, scope, depth - 1) };
  const children = upTo(draw, 4).map(() => condition(draw, scope, depth - 1));
  return kind === 'all' ? { all: children } : { any: children };
}

function order(draw: Draw, scope: Scope, recordType: string): OrderJson[] {
  const columns = (COLUMNS.get(recordType) ?? []).filter((c) => c.type === 'day' || c.type === 'text');
  const entries = Array.from({ length: draw(fc.nat, 2) }, (): OrderJson => {
    const blank = oneIn(draw, 3) ? ({ blank: 'first' } as const) : {};
    switch (pick(draw, ['greatest', 'least', 'preferring'] as const)) {
      case 'greatest':
        return { greatest: pick(draw, columns).path, ...blank };
      case 'least':
        return { least: pick(draw, columns).path, ...blank };
      default:
        return { preferring: condition(draw, { ...scope, inWhere: false }, 1) };
    }
  });
  return [...entries, { loaded: pick(draw, ['last', 'first'] as const) }];
}

const paramsOf = (draw: Draw): Scope['args'] =>
  pick<Scope['args']>(draw, [undefined, undefined, { word: 'text' }, { name: 'parameter' }]);

function look(draw: Draw, name: string, outer: Scope): Known {
  const from = pick(draw, RECORD_TYPES);
  const args = paramsOf(draw);
  const scope: Scope = { ...outer, record: from, ...(args && { args }), inWhere: true };
  const gives = pick(draw, [
    'record',
    'record',
    'record',
    'any',
    'count',
    ...AGGREGATES.keys(),
  ] as const) as LookJson['gives'];
  const given = AGGREGATES.has(gives) ? aggregate(draw, gives, from, scope) : undefined;
  // A record type without an interval has no days to count.
  if (given === 'nothing to ask') return look(draw, name, outer);
  const json: LookJson = {
    name,
    says: 'a generated look',
    ...(args && { params: args }),
    from,
    ...(!oneIn(draw, 5) && { where: condition(draw, scope, 2) }),
    ...(gives === 'record' && { order: order(draw, scope, from) }),
    gives,
    ...given?.asked,
  };
  return { json, type: given?.type ?? resultOf(json) };
}

const asksOfRecord = ({ json }: Known): boolean => JSON.stringify(json).includes('"fact":"record"');

/** What a look that gives something of all its records asks of each. */
function aggregate(
  draw: Draw,
  gives: string,
  from: string,
  scope: Scope,
): { asked: Partial<LookJson>; type: ValueType } | 'nothing to ask' {
  const { takes, gives: type, isWithin } = AGGREGATES.get(gives) as Aggregate;
  const offers = [
    ...partsOf('record', 'record', from),
    ...factOffers(draw, { ...scope, facts: scope.facts.filter((fact) => fact.over === from && asksOfRecord(fact)) }),
  ];
  if (!offers.some((offer) => takes.includes(offer.type))) return 'nothing to ask';
  const value = chosen(draw, offers, takes);
  return {
    asked: { value: value.write(), ...(isWithin && { within: { fact: 'window' } }) },
    type: type === 'same' ? value.type : type,
  };
}

function calculation(draw: Draw, name: string, outer: Scope): Known {
  const record = oneIn(draw, 2) ? pick(draw, RECORD_TYPES) : undefined;
  const args = paramsOf(draw);
  const scope: Scope = { ...outer, ...(record && { record }), ...(args && { args }), inWhere: true };
  const one = (type: ValueType): Reference => referenceOf(draw, scope, [type]).ref;
  const some = (type: ValueType): Reference[] => upTo(draw, 3).map(() => one(type));
  const says = { name, says: 'a generated calculation', ...(args && { params: args }) };
  const known = (json: CalculationJson, type: ValueType): Known => ({ json, type, ...(record && { over: record }) });
  const choice = pick(
    draw,
    ALL_PARAMETERS.filter((p) => p.type === 'choice'),
  );
  const calculate = pick(draw, Object.keys(RESULTS) as CalculationJson['calculate'][]);
  const number = (least: number, most: number): number | Reference =>
    oneIn(draw, 3)
      ? { fact: 'parameter', params: { name: 'testNumber', on: { fact: 'runDate' } } }
      : least + draw(fc.nat, most - least);
  switch (calculate) {
    case 'addDays':
      return known({ ...says, calculate, day: one('day'), days: number(-40, 400) }, 'day');
    case 'addMonths':
      return known({ ...says, calculate, day: one('day'), months: number(-15, 15) }, 'day');
    case 'addYears':
      return known({ ...says, calculate, day: one('day'), years: number(0, 9) }, 'day');
    case 'nthWeekday': {
      const nth = pick(draw, [1, 2, 3, 4, 5, -1] as const);
      return known({ ...says, calculate, day: one('day'), nth, weekday: pick(draw, WEEKDAYS) }, 'day');
    }
    case 'period': {
      const end = !oneIn(draw, 4) && { end: one('day') };
      return known({ ...says, calculate, start: one('day'), ...end }, 'interval');
    }
    case 'daysElapsed':
      return known({ ...says, calculate, start: one('day'), end: one('day') }, 'number');
    case 'age':
      return known({ ...says, calculate, born: one('day'), on: one('day') }, 'number');
    case 'byCondition':
    case 'whether':
      return byCondition(draw, calculate, says, scope, known);
    case 'firstDayOfAcademicYear':
    case 'lastDayOfAcademicYear':
    case 'firstDayOfMonth':
    case 'lastDayOfMonth':
    case 'dayBefore':
    case 'academicYear':
      return known({ ...says, calculate, day: one('day') }, RESULTS[calculate]);
    case 'dayOfAcademicYear': {
      const monthDay = oneIn(draw, 2)
        ? { fact: 'parameter', params: { name: 'testMonthDay', on: { fact: 'runDate' } } }
        : pick(draw, ['08-15', '07-01', '06-30', '02-29', '12-31', '01-01']);
      return known({ ...says, calculate, day: one('day'), monthDay }, 'day');
    }
    case 'earliest':
    case 'latest':
      return known({ ...says, calculate, of: some('day') }, 'day');
    case 'firstPresent': {
      const type = pick(draw, ['text', 'day', 'number', 'list'] as const);
      return known({ ...says, calculate, of: some(type) }, type);
    }
    case 'intersection':
      return known({ ...says, calculate, of: [one('interval'), one('interval')] }, 'interval');
    case 'daysCounted':
      return known({ ...says, calculate, interval: one('interval') }, 'number');
    case 'labels':
      return known(
        { ...says, calculate, of: some('text'), by: oneIn(draw, 2) ? labels(draw, scope) : 'raceCategory' },
        'list',
      );
    case 'partOfText':
      return known(
        { ...says, calculate, text: one('text'), first: 1 + draw(fc.nat, 3), length: 1 + draw(fc.nat, 2) },
        'text',
      );
    case 'lookUp': {
      const column = pick(draw, ['county', 'reportingLEA', 'school', 'type', 'grades'] as const);
      const key = oneIn(draw, 3) ? one('text') : choose(draw, SCHOOLS_ASKED, ['text']);
      return known({ ...says, calculate, in: 'schoolDirectory', key, column }, column === 'grades' ? 'list' : 'text');
    }
    case 'countOf':
    case 'firstOf':
      return known({ ...says, calculate, list: one('list') }, RESULTS[calculate]);
    case 'choose': {
      const type = pick(draw, ['text', 'day', 'number', 'list', 'flag'] as const);
      const cases = Object.fromEntries((choice.choices ?? []).map((word) => [word, one(type)]));
      const on = isDated(choice) && { on: { fact: 'runDate' } };
      return known(
        { ...says, calculate, by: { fact: 'parameter', params: { name: choice.name, ...on } }, cases },
        type,
      );
    }
  }
}

/** A table with days whose labels differ by grade. */
function labels(draw: Draw, scope: Scope): Reference {
  const table = PARAMETERS.find(({ type }) => type === 'table') as ParameterJson;
  return {
    fact: 'parameter',
    params: {
      name: table.name,
      on: choose(draw, nearOffers(scope), ['day']),
      ...forWhom(draw, table, scope),
    },
  };
}

/** A condition with a name, or values each with one. */
function byCondition(
  draw: Draw,
  calculate: 'byCondition' | 'whether',
  says: Pick<FactJson, 'name' | 'says' | 'params'>,
  scope: Scope,
  known: (json: CalculationJson, type: ValueType) => Known,
): Known {
  if (calculate === 'whether') return known({ ...says, calculate, holds: condition(draw, scope, 2) }, 'flag');
  const type = pick(draw, ['text', 'day', 'number', 'list', 'flag'] as const);
  const value = (): LeafJson['value'] =>
    oneIn(draw, 2) ? writtenOut(draw, type) : referenceOf(draw, scope, [type]).ref;
  const when = upTo(draw, 3).map(() => ({ holds: condition(draw, scope, 1), gives: value() }));
  return known({ ...says, calculate, when, otherwise: value() }, type);
}

const columnName = (number: string): string => shipped.schemas.output.columns.find((c) => c.no === number)?.name ?? '';
const source = { page: 'generated', updated: '2025-04-22', element: 'none', lastCompared: '2026-11-21' };

function field(draw: Draw, number: string, scope: Scope): FieldJson {
  const value = (): string | Reference => {
    const types: ValueType[] = number === '44' ? ['day'] : ['text', 'day', 'number'];
    if (!oneIn(draw, 2)) return referenceOf(draw, scope, types).ref;
    return number === '44' ? pick(draw, ['', ...DAYS.map(withDashes)]) : pick(draw, TEXTS);
  };
  const event = () => ({ type: 'value', params: { value: value() } }) as const;
  const rules = Array.from({ length: draw(fc.nat, 3) }, (_, i) => ({
    name: `rule${i}`,
    conditions: condition(draw, scope, 3),
    event: event(),
  }));
  return { field: number, name: columnName(number), source, rules: [...rules, { name: 'otherwise', event: event() }] };
}

/** The generated rule files: parameters, facts and every field. Fields that are not generated are blank. */
function files(draw: Draw): SourceFile[] {
  // Some fields read others: the first two are written before the later facts, which may read them, and the last two
  // may read everything. Which is which is drawn.
  const numbers = draw(fc.shuffledSubarray, ['36', '37', '40', '44'], { minLength: 4, maxLength: 4 });
  const facts: Known[] = [...SHIPPED_FACTS];
  const written: FieldJson[] = [];
  for (const stage of [0, 1]) {
    for (let n = draw(fc.nat, 3); n > 0; n--) {
      const scope: Scope = { fields: written.map((f) => f.field), facts: [...facts] };
      const name = `generated${facts.length}`;
      facts.push(oneIn(draw, 2) ? look(draw, name, scope) : calculation(draw, name, scope));
    }
    for (const number of numbers.slice(stage * 2, stage * 2 + 2))
      written.push(field(draw, number, { fields: written.map((f) => f.field), facts: [...facts] }));
  }
  const others = shipped.declared.fields.map((f) => f.json).filter((f) => !numbers.includes(f.field));
  const blank = others.map(
    (f): FieldJson => ({ ...f, rules: [{ name: 'otherwise', event: { type: 'value', params: { value: '' } } }] }),
  );
  const generated = facts.slice(SHIPPED_FACTS.length).map((f) => f.json);
  return [
    ...(oneIn(draw, 4) ? [] : [DIRECTORY]),
    {
      path: 'rules/parameters/generated.json',
      json: { $schema: '../../schemas/grammar/parameters.schema.json', parameters: PARAMETERS },
    },
    ...(generated.length
      ? [
          {
            path: 'rules/facts/generated.json',
            json: { $schema: '../../schemas/grammar/facts.schema.json', facts: generated },
          },
        ]
      : []),
    ...[...written, ...blank].map((json) => ({ path: `rules/fields/${json.field}-generated.json`, json })),
  ];
}

/** Generated parameters, facts and fields; `rulebookFiles` puts them among the shipped files. */
export const generatedFiles: fc.Arbitrary<SourceFile[]> = fc.gen().map((draw) => files(draw));

/** The output layout with room for whatever a generated rule writes. */
function roomy(file: SourceFile): SourceFile {
  if (file.path !== OUTPUT) return file;
  const output = file.json as OutputLayout;
  const columns = output.columns.map((column) => (column.rule ? { ...column, max: 255 } : column));
  return { path: file.path, json: { ...output, columns } };
}

/** A whole rulebook's files, ascending by path as they would be read from a folder. */
export const rulebookFiles = (generated: readonly SourceFile[]): SourceFile[] =>
  [
    ...shipped.files
      .filter(({ path }) => !/^rules\/(fields|examples)\//.test(path) && !ONLY_FOR_CHECKS.test(path))
      .map(roomy),
    ...generated,
  ].sort((a, b) => (a.path < b.path ? -1 : 1));

/** @throws RulebookError when the generator wrote a rule that is not well-formed */
export const assembled = (generated: readonly SourceFile[]): Rulebook =>
  assemble({ hash: 'generated', files: rulebookFiles(generated) });
