/** Evidence behind a value: conditions as they came out, records that were used and passed over. */
import type { FieldExplanation, ShownCondition, ShownRecord } from '#explain/explanation';
import { html } from '../html.ts';
import { day } from '../words.ts';

const OUTCOMES: Readonly<Record<string, string>> = {
  true: 'met',
  false: 'not met',
  notReached: 'not looked at',
  absent: 'not met: there is nothing to compare',
};

const outcomeWords = ({ outcome, holds }: ShownCondition): string =>
  OUTCOMES[outcome] ?? (holds ? 'met: there is nothing to compare' : 'not met: there is nothing to compare');

const GROUPS = { all: 'All of these', any: 'At least one of these', not: 'Not this' } as const;

/** A condition and those in it, each with what it came to. */
export function conditionTree(condition: ShownCondition): string {
  const outcome = html`<span class="outcome ${condition.outcome}">${outcomeWords(condition)}</span>`;
  if (condition.kind === 'leaf') return html`<li>!${outcome} ${condition.says}</li>`;
  const of = condition.kind === 'not' ? [condition.of] : condition.of;
  return html`<li>!${outcome} ${GROUPS[condition.kind]}:<ul>!${of.map(conditionTree)}</ul></li>`;
}

/** A record: where it was sent, and its values. */
export function recordLines({ recordType, sent, values }: ShownRecord): string {
  const place = sent ? `${sent.file} line ${String(sent.line)}` : 'sent by another LEA';
  const shown = Object.entries(values).filter(([, value]) => value !== '');
  return html`<p><strong>${recordType}</strong>, ${place}</p>
<dl class="values">!${shown.map(([key, value]) => html`<div><dt>${key}</dt><dd><code>${value}</code></dd></div>`)}</dl>`;
}

/** A field: its value and why, and behind that all that was looked at. */
export function fieldEvidence(field: FieldExplanation, isOpen: boolean): string {
  const { rule, rules = [], facts = [], parameters = [], whyNot = [], whatWouldChangeIt } = field;
  const candidates = facts.flatMap(({ candidates = [] }) => candidates);
  const used = candidates.filter(({ taken }) => taken);
  const passed = candidates.filter(({ taken }) => !taken);
  return html`<details id="field-${field.field}"!${isOpen ? ' open' : ''}><summary><strong>${field.field} ${field.name}</strong> <code>${field.value === '' ? 'blank' : field.value}</code></summary>
<p class="answer">${field.sentence}</p>
!${
    used.length > 0
      ? html`<h3>Records that were used</h3><ul>!${used.map(({ record }) => html`<li>!${recordLines(record)}</li>`)}</ul>`
      : ''
  }
!${
    passed.length > 0
      ? html`<h3>Records that were passed over</h3><ul>!${passed.map(
          ({ record, passedOver }) => html`<li>!${recordLines(record)}<p>${passedOver?.sentence ?? ''}</p></li>`,
        )}</ul>`
      : ''
  }
!${
    whyNot.length > 0
      ? html`<h3>Why not another value</h3><ul>!${whyNot.map(({ sentence }) => html`<li>${sentence}</li>`)}</ul>`
      : ''
  }
!${whatWouldChangeIt ? html`<h3>What would change it</h3><p>${whatWouldChangeIt.sentence}</p>` : ''}
!${
    rules.length > 0
      ? html`<h3>The rules, in their order</h3><ol>!${rules.map(
          ({ name, came, conditions }) =>
            html`<li><strong>${name}</strong>: ${CAME[came]}!${conditions ? html`<ul class="tree">!${conditionTree(conditions)}</ul>` : ''}</li>`,
        )}</ol>`
      : ''
  }
!${
    parameters.length > 0
      ? html`<h3>Values that the rules name</h3><ul>!${parameters.map(
          ({ says, value, on }) =>
            html`<li>${says}: <code>${JSON.stringify(value)}</code>${on === undefined ? '' : ` on ${day(on)}`}</li>`,
        )}</ul>`
      : ''
  }
!${
    rule
      ? html`<p class="hint">Published: ${rule.source.page}, element ${rule.source.element}${rule.source.updated === undefined ? '' : `, updated ${rule.source.updated}`}; last compared ${rule.source.lastCompared}. Rule ${rule.name} in ${rule.file}.</p>`
      : ''
  }</details>`;
}

const CAME = {
  decided: 'it decided',
  passed: 'passed over, since its conditions do not hold',
  notReached: 'not looked at, since an earlier one decided',
} as const;
