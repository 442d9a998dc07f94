/** Evidence behind a value: conditions as they came out, records that were used and passed over, both opinions. */

import { capital } from '#base/text';
import type { FieldExplanation, RowExplanation, SecondOpinionShown, ShownCondition } from '#explain/explanation';
import { html } from '../html.ts';
import { day, ruleWords } from '../words.ts';
import { type Named, recordLines } from './records.ts';

const OUTCOMES: Readonly<Record<string, string>> = {
  true: 'met',
  false: 'not met',
  notReached: 'not looked at',
};

const outcomeWords = ({ outcome, holds }: ShownCondition): string =>
  OUTCOMES[outcome] ?? (holds ? 'met: there is nothing to compare' : 'not met: there is nothing to compare');

const GROUPS = { all: 'All of these', any: 'At least one of these', not: 'Not this' } as const;

/** A condition and those in it, each with what it came to and the values that were compared. */
export function conditionTree(condition: ShownCondition): string {
  const outcome = html`<span class="outcome ${condition.outcome}">${outcomeWords(condition)}</span>`;
  if (condition.kind === 'leaf') return html`<li>!${outcome} ${condition.says}!${comparedWords(condition)}</li>`;
  const of = condition.kind === 'not' ? [condition.of] : condition.of;
  return html`<li>!${outcome} ${GROUPS[condition.kind]}:<ul>!${of.map(conditionTree)}</ul></li>`;
}

type Leaf = Extract<ShownCondition, { kind: 'leaf' }>;

/** The values of both sides; a side that says its own value is not said twice, nor that what is asked for is there. */
function comparedWords({ outcome, left, right }: Leaf): string {
  if (outcome === 'notReached') return '';
  const sides = [left, right].flatMap(({ says, value, isDay }) => {
    const words = valueWords(value, isDay === true);
    return typeof value === 'boolean' || words === says || String(value) === says
      ? []
      : [html`${says}: <code>${words}</code>`];
  });
  return sides.length === 0 ? '' : html` <span class="compared">!${sides.join('; ')}</span>`;
}

function valueWords(value: Leaf['left']['value'], isDay: boolean): string {
  if (value === null) return 'absent';
  if (value === '') return 'blank';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ');
  if (typeof value === 'object') {
    const { start, end } = value as { start: string; end: string };
    return end === '' ? `${day(start)}, still open` : `${day(start)} to ${day(end)}`;
  }
  return isDay ? day(String(value)) : String(value);
}

/** Where evidence leads: the student's page, and what records are called. */
export interface Around {
  readonly named: Named;
  /** Address of the student's page. */
  readonly student: string;
}

const part = (title: string, content: string): string => (content === '' ? '' : html`<h4>${title}</h4>!${content}`);

const list = (items: readonly string[], kind: 'ul' | 'ol' = 'ul'): string =>
  items.length === 0 ? '' : `<${kind}>${items.map((item) => `<li>${item}</li>`).join('')}</${kind}>`;

/** `40 Homeless Program`, its value and what that means. */
export const fieldName = ({ field, name, value, meaning }: FieldExplanation): string =>
  html`<strong>${field} ${name}</strong> <code>${value === '' ? 'blank' : value}</code>${meaning === undefined ? '' : ` ${meaning}`}`;

/** Why a field has its value, and behind that all that was looked at. */
export function fieldEvidence(
  field: FieldExplanation,
  around: Around,
  opinion: SecondOpinionShown | undefined,
): string {
  const { named, student } = around;
  const { rule, rules = [], facts = [], parameters = [], whyNot = [], whatWouldChangeIt } = field;
  const looked = facts.flatMap(({ says, candidates = [] }) => candidates.map((candidate) => ({ ...candidate, says })));
  const used = looked.filter(({ taken }) => taken);
  const passed = looked.filter(({ taken }) => !taken);
  return html`<p class="answer">${field.sentence}</p>
!${opinion ? html`<p>${opinionWords(opinion, field)}</p>` : ''}
!${part('The rules, in their order', ruleList(rules))}
!${part(
    'Records that were used',
    list(used.map(({ record, says }) => html`${says}: !${recordLines(record, named, student)}`)),
  )}
!${part(
    'Records that were passed over',
    list(
      passed.map(
        ({ record, says, passedOver }) =>
          html`${says}: !${recordLines(record, named, student)}<p>${passedOver?.sentence ?? ''}</p>`,
      ),
    ),
  )}
!${part('Why not another value', list(whyNot.map(({ sentence }) => html`${sentence}`)))}
!${part('What would change it', whatWouldChangeIt ? html`<p>${whatWouldChangeIt.sentence}</p>` : '')}
!${part(
    'Values that the rules name',
    list(
      parameters.map(
        ({ says, value, isDay, on }) =>
          html`${says}: <code>${valueWords(value, isDay === true)}</code>${on === undefined ? '' : ` on ${day(on)}`}`,
      ),
    ),
  )}
!${
    rule
      ? html`<p class="hint">Published: ${rule.source.page}, element ${rule.source.element}${rule.source.updated === undefined ? '' : `, updated ${rule.source.updated}`}; last compared ${rule.source.lastCompared}. Rule ${rule.name} in ${rule.file}.</p>`
      : ''
  }`;
}

const CAME = {
  decided: 'it decided',
  passed: 'passed over, since its conditions do not hold',
  notReached: 'not looked at, since an earlier one decided',
} as const;

const ruleList = (rules: NonNullable<FieldExplanation['rules']>): string =>
  list(
    rules.map(
      ({ name, came, conditions }) =>
        html`<strong>${capital(ruleWords(name))}</strong>: ${CAME[came]}!${conditions ? html`<ul class="tree">!${conditionTree(conditions)}</ul>` : ''}`,
    ),
    'ol',
  );

/** What both programs say of a field. */
function opinionWords({ second, differences }: SecondOpinionShown, { field, value, rule }: FieldExplanation): string {
  const other = `${second.engine} ${second.version}`;
  const differs = differences.find((each) => each.field === field);
  const of = (what: string, by: string): string =>
    `${what === '' ? 'blank' : what}${by === '' ? '' : ` by rule “${ruleWords(by)}”`}`;
  return differs
    ? `The two opinions differ: cenr says ${of(differs.first, differs.firstRule)}, ${other} says ${of(differs.second, differs.secondRule)}. Tell whoever runs the service.`
    : `Both opinions agree: cenr and ${other}, another program, each came to ${of(value, rule?.name ?? '')}.`;
}

/** What both programs say of the row. */
export const rowOpinionWords = ({ second, agree }: SecondOpinionShown): string =>
  agree
    ? `${second.engine} ${second.version}, another program, worked out the same from the same rules.`
    : `${second.engine} ${second.version}, another program, worked out something else from the same rules: tell whoever runs the service.`;

/** What a page of evidence is known by. */
export const identification = (
  extract: string,
  { rulebook, runDate, window }: Pick<RowExplanation, 'rulebook' | 'runDate' | 'window'>,
): string =>
  html`Window ${day(window.start)} to ${day(window.end)}, made as of ${day(runDate)}, by ${rulebook.name} ${rulebook.version}, <code>${rulebook.sha256}</code>, extract <code>${extract}</code>.`;

/** Where a field that no rule makes comes from. */
export function copiedFrom({ copied }: FieldExplanation): string {
  if (copied?.from === 'record') return `${copied.columnNumber} ${copied.columnName}`;
  return copied?.from === 'layout' ? 'the same in every row' : 'the loading of the record';
}
