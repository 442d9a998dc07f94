/** Statements about one student, and how several become sentences. */
import { capital } from '#base/text';
import type { SourceRecord } from '#records/record';
import { FULL, type Manner, type Naming, PLAIN, type Words } from './manner.ts';
import { wordCount } from './values-in-words.ts';

/** Something that is so: a clause without a full stop. */
export interface Statement {
  /** The record that it is about; whoever goes on about it says "its". */
  readonly owner?: SourceRecord | undefined;
  /** What is so: "the School of Attendance is 7654322 on the Student Program record of …". */
  readonly head: Words;
  /** What it was compared with, from the comma on; `''` when that goes without saying. */
  readonly tail?: Words | undefined;
  /** Sentences that go on about it. */
  readonly more?: readonly Words[];
  /** How much of the student's history it depends on: 0 nothing, 1 the enrollment, 2 other records. */
  readonly reach: number;
  /** The record of which it says no more than that it was found. */
  readonly finds?: SourceRecord | undefined;
}

export const clauseOf =
  ({ head, tail }: Statement): Words =>
  (manner) =>
    `${head(manner)}${manner.compares ? (tail?.(manner) ?? '') : ''}`;

/** Names a statement whatever the manner it will be told in. */
export const keyOf = (statement: Statement): string => clauseOf(statement)(PLAIN);

/** Statements once each. What says the same of two comparisons is told once: "is 0, not more than 1, and not 1". */
export function told(statements: readonly Statement[]): Statement[] {
  const byHead = new Map<string, Statement>();
  const tails = new Map<string, Set<string>>();
  for (const statement of withoutFound(statements)) {
    let key = statement.head(PLAIN);
    const tail = statement.tail?.(PLAIN) ?? '';
    const known = byHead.get(key);
    if (known && tails.get(key)?.has(tail)) continue;
    const both = known && together(known, statement);
    if (known && !both) key = `${key}${tail}`;
    byHead.set(key, both ?? statement);
    tails.set(key, (tails.get(key) ?? new Set()).add(tail));
  }
  return [...byHead.values()];
}

/** That a record was found goes without saying where something else is said of it. */
function withoutFound(statements: readonly Statement[]): readonly Statement[] {
  const owners = new Set(statements.flatMap(({ owner, finds }) => (owner && !finds ? [owner] : [])));
  return statements.filter(({ finds }) => finds === undefined || !owners.has(finds));
}

const MOST_TOGETHER = 45;

function together(a: Statement, b: Statement): Statement | undefined {
  const tail: Words = (manner) => {
    const [first, second] = [a.tail?.(manner) ?? '', b.tail?.(manner) ?? ''];
    return first === '' || second === '' || first === second
      ? first || second
      : `${first}, and ${second.replace(/^, (and )?/, '')}`;
  };
  const both = { ...a, tail, more: [...(a.more ?? []), ...(b.more ?? [])] };
  return wordCount(keyOf(both)) > MOST_TOGETHER ? undefined : both;
}

/** Statements in one clause: "A, and B", "A; B; and C". Of a record that was named before it is "its". */
export const clause =
  (statements: readonly Statement[], joint = ', and '): Words =>
  (manner) => {
    const parts = saidInTurn(statements, manner);
    if (parts.length < 3) return parts.join(joint);
    return `${parts.slice(0, -1).join('; ')}; and ${parts.at(-1)}`;
  };

/** One after the other: each may call the record of the one before "it". */
function saidInTurn(statements: readonly Statement[], manner: Manner): string[] {
  let { it } = manner;
  return statements.map((statement) => {
    const text = clauseOf(statement)({ ...manner, it });
    it = statement.owner ?? it;
    return text;
  });
}

const MOST_IN_ONE = 40;

/**
 * "HEAD, because A." One reason, or two short ones, stand behind "because"; more of them are sentences of their own.
 * @param lead what comes behind "because" when the reasons are sentences
 * @param it the record that is called "it" throughout
 */
export function because(
  head: string,
  statements: readonly Statement[],
  naming: Naming,
  lead = 'all of these are true',
  it?: SourceRecord,
): string {
  const reasons = told(statements);
  const [first, second] = reasons;
  if (!first) return `${head}.`;
  if (reasons.length <= 2 && !(second && first.more?.length)) {
    const words: Words = (manner) => `${head}, because ${clause(reasons)(manner)}.`;
    // Two reasons are told in one sentence only where nothing has to be left out for it.
    const text = naming.say(words, second ? { it, most: MOST_IN_ONE, among: [FULL] } : { it });
    if (text !== undefined) return [text, ...goneOn(reasons.at(-1) as Statement, naming, new Set())].join(' ');
  }
  return [`${head}, because ${lead}.`, ...sentences(reasons, naming, it)].join(' ');
}

/** Each statement as a sentence, with those that go on about it. */
function sentences(statements: readonly Statement[], naming: Naming, it?: SourceRecord): string[] {
  const said = new Set<string>();
  let about = it;
  return statements.flatMap((statement) => {
    const text = naming.say((manner) => `${capital(clauseOf(statement)(manner))}.`, { it: about });
    about = statement.owner ?? it;
    return [...(text === undefined ? [] : [text]), ...goneOn(statement, naming, said)];
  });
}

function goneOn({ owner, more = [] }: Statement, naming: Naming, said: Set<string>): string[] {
  return more.flatMap((words) => {
    const key = words(PLAIN);
    if (said.has(key)) return [];
    said.add(key);
    return naming.say(words, { it: owner }) ?? [];
  });
}

/** Clauses about "it" in as few sentences as may be, none of them long. */
export function aboutIt(statements: readonly Statement[], it: SourceRecord): Words[] {
  const groups: Statement[][] = [];
  let length = 0;
  for (const statement of told(statements)) {
    const more = wordCount(clauseOf(statement)({ ...PLAIN, it }));
    const last = groups.at(-1);
    if (last && length + more <= MOST_IN_ONE) last.push(statement);
    else groups.push([statement]);
    length = last && groups.at(-1) === last ? length + more : more;
  }
  return groups.map((group) => (manner) => `${capital(clause(group)({ ...manner, it }))}.`);
}
