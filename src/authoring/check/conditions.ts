/**
 * What is proven of conditions: those that always or never hold, those that add nothing, and rules that never decide.
 */
import type { Rulebook } from '#rulebook/load/assemble';
import { Identities } from '#rulebook/tree/identity';
import type { CalculationNode, Condition, Field, LookNode, Order, Place, Rule } from '#rulebook/tree/nodes';
import { conditionsOf, leavesIn } from '#rulebook/tree/walk';
import { type Glossary, glossaryOf, leafWords, saysOf } from '#rulebook/words/words';
import { below, type Note, note, quotedNames } from './note.ts';
import { type Assumptions, type Formula, MOST_LEAVES, newBudget, Prover } from './prover.ts';
import type { RowsOfExamples } from './witness.ts';

/** A condition that stands for itself: nothing outside it says when it is tried. */
interface Root {
  readonly condition: Condition;
  /** A sentence's end when all of it always or never holds. */
  readonly whenTrue: string;
  readonly whenFalse: string;
  /** Whether that is an error. */
  readonly gravely: { readonly true: boolean; readonly false: boolean };
  readonly anyText: boolean;
  /** The rule whose conditions they are, and the field's number. */
  readonly rule?: { readonly number: string; readonly name: string };
}

/** Every finding about conditions of a rulebook. */
export function conditionNotes(rulebook: Rulebook, rows: RowsOfExamples): Note[] {
  const terms = new Identities();
  const fields = new Map(rulebook.extract.fields.map((field) => [field.number, field]));
  const assumptions: Assumptions = { fields, budget: newBudget() };
  const glossary = glossaryOf(rulebook);
  const notes: Note[] = [];
  for (const alike of byPlace(rootsOf(rulebook, glossary))) {
    const different = new Map(alike.map((root) => [terms.condition(root.condition), root]));
    const found = [...different.values()].map((root) =>
      examine(root, terms, { ...assumptions, anyText: root.anyText }, glossary, rows),
    );
    // A fact that is asked with several params, or a check of many columns, is at fault where it is so for each.
    const [first = [], ...others] = found;
    notes.push(
      ...first.filter((one) =>
        others.every((other) => other.some((n) => n.kind === one.kind && n.pointer === one.pointer)),
      ),
    );
  }
  for (const field of rulebook.extract.fields)
    notes.push(...idleRules(field, rulebook, terms, assumptions, rows), ...rulesLikeTheLast(field, terms));
  if (assumptions.budget.left <= 0)
    notes.push(
      note(
        'not-examined',
        { file: 'rules/rulebook.json', pointer: '' },
        'the rules are so many and so large that the check stopped before it knew which conditions can hold; split them',
      ),
    );
  return notes;
}

function rootsOf({ extract, checks }: Rulebook, glossary: Glossary): Root[] {
  const { selection } = extract;
  const preferring = (order: readonly Order[]): Root[] =>
    order.flatMap((entry) =>
      entry.kind === 'preferring'
        ? [
            {
              condition: entry.condition,
              whenTrue: ', so it prefers no record to another',
              whenFalse: ', so it prefers no record to another',
              gravely: { true: false, false: false },
              anyText: false,
            },
          ]
        : [],
    );
  const looks = [...extract.facts, ...checks.facts].filter((fact): fact is LookNode => fact.kind === 'look');
  return [
    {
      condition: selection.where,
      whenTrue: ', so every enrollment of every LEA is selected',
      whenFalse: ', so no enrollment is ever selected',
      gravely: { true: true, false: true },
      anyText: false,
    },
    ...preferring(selection.order),
    ...extract.fields.flatMap(({ number, rules }) =>
      rules.flatMap(({ name, condition }): Root[] =>
        condition
          ? [
              {
                condition,
                whenTrue: `, so rule "${name}" of field ${number} decides for everybody and no rule after it does`,
                whenFalse: `, so rule "${name}" of field ${number} never decides`,
                gravely: { true: true, false: true },
                anyText: false,
                rule: { number, name },
              },
            ]
          : [],
      ),
    ),
    ...looks.flatMap((look): Root[] => [
      ...(look.where
        ? [
            {
              condition: look.where,
              whenTrue: `, so every ${look.from} record counts as ${saysOf(look, glossary)}`,
              whenFalse: `, so the fact "${look.name}" never finds a record`,
              gravely: { true: false, false: true },
              anyText: false,
            },
          ]
        : []),
      ...preferring(look.order),
    ]),
    ...[...extract.facts, ...checks.facts].flatMap((fact) =>
      fact.kind === 'calculation' ? (fact.conditions ?? []).map((condition) => rootOfFact(fact, condition)) : [],
    ),
    ...checks.checks.map(
      ({ json, condition }): Root => ({
        condition,
        whenTrue: `, so check ${json.code} reports every record`,
        whenFalse: `, so check ${json.code} never reports a problem`,
        gravely: { true: true, false: true },
        anyText: json.examines === 'values' || json.examines === 'lines',
      }),
    ),
  ];
}

/** A condition with a name, or one that chooses a value. */
const rootOfFact = ({ name, calculation }: CalculationNode, condition: Condition): Root => ({
  condition,
  whenTrue: calculation.isCondition
    ? `, so "${name}" is always so`
    : `, so nothing after it in "${name}" is ever given`,
  whenFalse: calculation.isCondition ? `, so "${name}" is never so` : `, so "${name}" never gives what stands with it`,
  gravely: { true: false, false: false },
  anyText: false,
});

const byPlace = (roots: readonly Root[]): Root[][] => [
  ...Map.groupBy(roots, ({ condition }) => `${condition.file} ${condition.pointer}`).values(),
];

function examine(
  root: Root,
  terms: Identities,
  assumptions: Assumptions,
  glossary: Glossary,
  rows: RowsOfExamples,
): Note[] {
  const { condition } = root;
  const repeated = [...repeatedIn(condition, terms)];
  const size = leavesIn([condition]).length;
  if (size > MOST_LEAVES)
    return [
      ...repeated,
      note(
        'not-examined',
        condition,
        `there are ${size} comparisons here; the check handles up to ${MOST_LEAVES}, so split them`,
      ),
    ];
  const prover = new Prover([condition], terms, assumptions);
  const whole = prover.constant(condition);
  const notes = [
    ...constantsIn(
      condition,
      { prover, terms, root, whole, glossary, rows, skip: new Set(repeated.map(({ pointer }) => pointer)) },
      [],
    ),
  ];
  return [...repeated, ...notes];
}

function* repeatedIn(condition: Condition, terms: Identities): Generator<Note> {
  if (condition.kind === 'leaf') return;
  if (condition.kind === 'not') return yield* repeatedIn(condition.of, terms);
  const seen = new Map<number, number>();
  for (const [i, child] of condition.of.entries()) {
    const number = terms.condition(child);
    const first = seen.get(number);
    if (first !== undefined)
      yield note(
        'conditions-repeated',
        child,
        `this condition is the same as number ${first + 1} of this "${condition.kind}"; remove one, or correct the one that is wrong`,
      );
    else seen.set(number, i);
    yield* repeatedIn(child, terms);
  }
}

interface Examination {
  readonly prover: Prover;
  readonly terms: Identities;
  readonly root: Root;
  /** What the whole always comes to. */
  readonly whole: boolean | undefined;
  readonly glossary: Glossary;
  readonly rows: RowsOfExamples;
  readonly skip: ReadonlySet<string>;
}

/** @param given what holds whenever it matters what this condition comes to */
function* constantsIn(condition: Condition, examination: Examination, given: readonly Formula[]): Generator<Note> {
  const { prover, skip } = examination;
  const alone = prover.constant(condition);
  // That it always holds in its place is told where it stands beside what it follows from.
  const isIdle = alone === undefined && given.length > 0 && prover.constant(condition, given) === false;
  const inPlace = isIdle ? false : alone;
  if (condition.kind === 'leaf') {
    if (inPlace !== undefined) yield constantNote(condition, inPlace, alone !== undefined, examination);
    return;
  }
  if (condition.kind === 'not') return yield* constantsIn(condition.of, examination, given);
  const children = condition.of.filter((child) => !skip.has(child.pointer));
  const within = children.map((child) => {
    const others = condition.kind === 'all' ? children.filter((other) => other !== child) : [];
    // What is impossible together is said of the group, not again of each of its parts.
    return [
      ...constantsIn(
        child,
        examination,
        inPlace === false ? given : [...given, ...others.filter((other) => prover.constant(other) === undefined)],
      ),
    ];
  });
  const told = within.flat();
  yield* told;
  if (inPlace !== undefined && !told.some(({ kind }) => kind.startsWith('condition-always')))
    yield constantNote(condition, inPlace, alone !== undefined, examination);
  else if (inPlace === undefined && told.length === 0) yield* redundantIn(condition, children, examination, given);
}

function constantNote(
  condition: Condition,
  holds: boolean,
  alone: boolean,
  { root, whole, glossary, terms, rows }: Examination,
): Note {
  const gravely = whole === holds && root.gravely[`${holds}`];
  const so = whole === holds ? (holds ? root.whenTrue : root.whenFalse) : '';
  if (!alone)
    return note(
      'condition-always-false',
      condition,
      `${subject(condition, glossary)} can never hold together with the conditions beside it${so}; correct one of them`,
      {
        other: gravely,
      },
    );
  const kind = holds ? 'condition-always-true' : 'condition-always-false';
  const witness = gravely && holds && root.rule ? rows.decidedBy(root.rule.number, root.rule.name) : undefined;
  if (condition.kind === 'leaf') {
    const itself =
      terms.expression(condition.left) === terms.expression(condition.right)
        ? ', because it is compared with itself'
        : '';
    return note(
      kind,
      condition,
      `${subject(condition, glossary)} ${holds ? 'always' : 'never'} holds${itself}${so}; remove it, or write what was meant`,
      {
        other: gravely,
        witness,
      },
    );
  }
  const group = holds
    ? condition.kind === 'any'
      ? 'one of these conditions always holds'
      : 'these conditions always hold'
    : condition.kind === 'all'
      ? 'these conditions can never hold together'
      : 'none of these conditions can ever hold';
  return note(kind, condition, `${group}${so}; remove them, or write what was meant`, { other: gravely, witness });
}

const subject = (condition: Condition, glossary: Glossary): string =>
  condition.kind === 'leaf' ? `that ${leafWords(condition, glossary)}` : 'this group of conditions';

/**
 * Of conditions that say less than the others beside them, the later ones first, so that of two which say the same one
 * stays.
 */
function* redundantIn(
  group: Extract<Condition, { of: readonly Condition[] }>,
  children: readonly Condition[],
  { prover, glossary }: Examination,
  given: readonly Formula[],
): Generator<Note> {
  let kept = [...children];
  for (const child of children.toReversed()) {
    const others = kept.filter((other) => other !== child);
    if (others.length === 0) return;
    const adds =
      group.kind === 'all' ? [...others, { fails: child }] : [child, ...others.map((other) => ({ fails: other }))];
    if (isGuard(child) || prover.mayHold([...given, ...adds])) continue;
    kept = others;
    yield note(
      'condition-adds-nothing',
      child,
      group.kind === 'all'
        ? `${subject(child, glossary)} follows from the conditions beside it, so it changes nothing; remove it, or write what was meant`
        : `whenever this holds, so does another condition of this "any", so it changes nothing: ${subject(child, glossary)}; remove it, or write what was meant`,
    );
  }
}

/** That something is there is often said for the reader before what is asked of it. */
const isGuard = (condition: Condition): boolean => condition.kind === 'leaf' && condition.operator.asks === 'presence';

/** Rules of a field that never decide. */
function* idleRules(
  { number, rules }: Field,
  { extract }: Rulebook,
  terms: Identities,
  assumptions: Assumptions,
  rows: RowsOfExamples,
): Generator<Note> {
  const { where } = extract.selection;
  const conditions = conditionsOf({ rules });
  const size = leavesIn([...conditions, where]).length;
  if (size > MOST_LEAVES) {
    // One rule that is too large by itself is told of there.
    if (conditions.every((condition) => leavesIn([condition]).length <= MOST_LEAVES))
      yield note(
        'not-examined',
        rules[0] as Place,
        `the rules of field ${number} and the selection make ${size} comparisons; the check handles up to ${MOST_LEAVES}, so split them`,
      );
    return;
  }
  const prover = new Prover([...conditions, where], terms, assumptions);
  if (!prover.mayHold([where])) return;
  for (const [i, rule] of rules.entries()) {
    const { name, condition } = rule;
    const earlier = rules.slice(0, i);
    // Rules whose own conditions always or never hold are told of there.
    if (condition && prover.constant(condition) === false) continue;
    if (earlier.some((other) => prover.constant(other.condition as Condition) === true)) return;
    const mayDecide = (behind: readonly Rule[], given: readonly Formula[]): boolean =>
      prover.mayHold([
        ...(condition ? [condition] : []),
        ...behind.map((other) => ({ fails: other.condition as Condition })),
        ...given,
      ]);
    if (!mayDecide([], [where])) {
      yield note(
        'rule-never-decides',
        below(rule, '/conditions'),
        `rule "${name}" of field ${number} never decides: the selection leaves out every enrollment for which its conditions hold; correct them, or remove the rule`,
      );
      continue;
    }
    // The selection has many conditions: it is only asked when the rules alone settle nothing.
    const given = mayDecide(earlier, []) ? [where] : [];
    if (given.length > 0 && mayDecide(earlier, given)) continue;
    const deciders = fewest(earlier, (list) => !mayDecide(list, given)).map((other) => other.name);
    const one = deciders.length === 1 ? `rule ${quotedNames(deciders)}` : `one of the rules ${quotedNames(deciders)}`;
    yield condition
      ? note(
          'rule-never-decides',
          rule,
          `rule "${name}" of field ${number} never decides: whenever its conditions hold, ${one} before it decides; move it up, or correct one of them`,
          { witness: rows.decidedBefore(number, rule, deciders) },
        )
      : note(
          'rule-never-decides',
          rule,
          `the last rule of field ${number}, "${name}", never decides, because ${one} always does; leave it, or correct the conditions before it`,
          { other: true },
        );
  }
}

/** Rules right before the last one that give the same value as it. */
function* rulesLikeTheLast({ number, rules }: Field, terms: Identities): Generator<Note> {
  const last = rules.at(-1) as Rule;
  const others = rules.slice(0, -1);
  const alike = others.slice(
    others.findLastIndex(({ value }) => terms.expression(value) !== terms.expression(last.value)) + 1,
  );
  const [first] = alike;
  if (!first) return;
  const names = quotedNames(alike.map(({ name }) => name));
  const [give, them] = alike.length === 1 ? [`rule ${names} gives`, 'it'] : [`the rules ${names} give`, 'them'];
  yield note(
    'rules-give-the-same',
    below(first, '/event/params/value'),
    `${give} the same value as "${last.name}" after ${them}, so field ${number} would be the same without ${them}; remove ${them}, or give the value that was meant`,
  );
}

/** As few of the list as suffice, found by leaving out one after the other. */
function fewest<T>(list: readonly T[], suffice: (list: readonly T[]) => boolean): readonly T[] {
  let kept = list;
  for (const item of list) {
    const without = kept.filter((other) => other !== item);
    if (suffice(without)) kept = without;
  }
  return kept;
}
