/** Why a derived field has its value: at length, and in one short sentence. */
import { isRealDay } from '#records/days';
import type { Condition, Field, Rule } from '#rulebook/tree/nodes';
import { MOST_SHORT_WORDS, type Naming, PLAIN, WITH_PLACES, WITHOUT_PLACES, type Words } from './manner.ts';
import type { SentenceWriter, ValueOrigin } from './sentences.ts';
import type { Holds } from './settling.ts';
import { because, clause, clauseOf, type Statement, told } from './statement.ts';
import { valueAtStart } from './values-in-words.ts';

/** An explanation in words. */
export interface InWords {
  /** One or several sentences. */
  readonly sentence: string;
  /** One sentence of few words that is true on its own. */
  readonly short: string;
}

/** A field as it was decided. */
export interface DecidedField {
  readonly field: Field;
  /** The index of the rule that decided. */
  readonly decided: number;
  readonly value: string;
  readonly isDay: boolean;
  /** How a condition came out. */
  readonly holds: (condition: Condition) => boolean;
}

/** Why a derived field has its value. */
export function fieldSentences(decidedField: DecidedField, writer: SentenceWriter): InWords {
  const { field, decided, value, isDay, holds } = decidedField;
  const rule = field.rules[decided] as Rule;
  const head = valueAtStart(value, isDay || isRealDay(value));
  const origin = writer.origin(rule.value);
  const byRule = reasonsByRule(field, decided, holds, writer);
  return {
    sentence: atLength(head, rule, byRule, origin, writer.naming()),
    short: inShort(head, rule, byRule, origin, writer.shortNames()),
  };
}

/** Why the rule decided: its own conditions, or why none of those before it held, rule by rule. */
function reasonsByRule({ rules }: Field, decided: number, holds: Holds, writer: SentenceWriter): Statement[][] {
  const own = rules[decided]?.condition;
  const conditions = own ? [own] : rules.slice(0, decided).flatMap(({ condition }) => condition ?? []);
  return conditions.map((condition) => writer.reasons(condition, holds));
}

function atLength(head: string, rule: Rule, byRule: Statement[][], origin: ValueOrigin, naming: Naming): string {
  const { label, missing, source, what, is } = origin;
  const reasons = byRule.flat();
  const all = missing ? [...reasons, missing] : reasons;
  // That a record was found has been said when the value was taken from it.
  const news = told([...all, ...(source ? [source] : [])])
    .filter((statement) => statement !== source)
    .map((statement) => withoutSource(statement, what?.words, (what ?? is)?.more));
  if (source && news.length === 0)
    return oneAfterOther(naming, (manner) => `${head}, from ${clauseOf(source)(manner)}.`, source);
  const start = rule.condition || label === undefined ? head : `${head} (${label})`;
  const why = because(start, news, naming, rule.condition ? undefined : 'no earlier rule applied');
  const from = source ?? what ?? is;
  if (!from) return why;
  const verb = source ? 'The value comes from' : what ? 'The value is' : undefined;
  const words: Words = (manner) => {
    const text = clauseOf(from)(manner);
    return verb ? `${verb} ${text}.` : `${text.replace(/^it /, 'The value ')}.`;
  };
  return `${why} ${oneAfterOther(naming, words, from)}`.trim();
}

/** Where the value was calculated from, and why, is said of the value itself, and not of a reason too. */
function withoutSource(statement: Statement, source: Words | undefined, more: readonly Words[] = []): Statement {
  if (!statement.more) return statement;
  const said = [...(source ? [source] : []), ...more].map((words) => words(PLAIN));
  return { ...statement, more: statement.more.filter((go) => !said.some((text) => go(PLAIN).includes(text))) };
}

function oneAfterOther(naming: Naming, words: Words, { owner, more = [] }: Statement): string {
  return [naming.say(words), ...more.map((go) => naming.say(go, { it: owner }))]
    .filter((text) => text !== undefined)
    .join(' ');
}

/**
 * One sentence of few words: what decided on the student's records, or as much of it as there is room for. First what
 * is explained in brackets goes, then what values were compared with, then statements: those of a rule behind its
 * first, then all but one; last the record on which a value stands.
 */
function inShort(head: string, rule: Rule, byRule: Statement[][], origin: ValueOrigin, naming: Naming): string {
  const value = origin.missing ?? origin.is;
  const reasons = byRule.map((of) => told(of));
  const all = told(reasons.flat());
  const firsts = rule.condition ? all : told(reasons.flatMap((of) => of.slice(0, 1)));
  const [history, firstsOfHistory] = [ofHistory(all), ofHistory(firsts)];
  const of = history.length > 0 ? history : all;
  const plans: (readonly Statement[])[] = [
    ...(value ? [told([value, ...of]), [value]] : []),
    of,
    firstsOfHistory,
    rule.condition ? of.slice(0, 1) : firstsOfHistory.slice(-1),
    rule.condition ? all.slice(0, 1) : firsts.slice(-1),
  ].filter((plan) => plan.length > 0);
  return (
    shortest(`${head}: `, plans, naming) ??
    `${head}: ${rule.condition ? 'the conditions of its rule hold' : 'no earlier rule applied'}.`
  );
}

/** Statements that depend on more than the enrollment itself. */
const ofHistory = (of: readonly Statement[]): Statement[] => of.filter(({ reach }) => reach === 2);

/** The first of some plans that can be said in few words. */
export function shortest(head: string, plans: readonly (readonly Statement[])[], naming: Naming): string | undefined {
  for (const among of [WITH_PLACES, WITHOUT_PLACES])
    for (const plan of plans) {
      const text = naming.say((manner) => `${head}${clause(plan)(manner)}.`, { most: MOST_SHORT_WORDS, among });
      if (text !== undefined) return text;
    }
  return undefined;
}
