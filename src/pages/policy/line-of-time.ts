/** The values of a parameter and their days, as a line of time with its table. */
import { dayAfter, parseDay } from '#records/days';
import { html } from '../html.ts';
import { table } from '../parts.ts';
import { firstDayOf, timeScale, yearOf } from '../time-scale.ts';
import type { ShownParameter } from './shown.ts';

type Value = ShownParameter['values'][number] & { readonly for?: readonly string[] };

const WIDTH = 720;
const LABELS = 170;
const LANE = 28;
const BAR = 16;
const AXIS = 24;
const LETTERS = 20;
/** So many years are drawn before the first day and after the last one. */
const MARGIN = 1;
/** Beyond so many years only some are written. */
const MOST_YEARS = 9;

const valueText = ({ key, value, for: whose }: Value): string =>
  `${key === undefined ? '' : `${key}: `}${String(value)}${whose ? `, for ${whose.join(', ')}` : ''}`;

/** The days of a value in words: `from 2020-07-01 through 2022-06-30`. */
export function daysWords({ from, through }: Value): string {
  if (from === undefined) return through === undefined ? 'always' : `through ${through}`;
  return through === undefined ? `from ${from} on` : `from ${from} through ${through}`;
}

const isDay = (text: string | undefined): text is string => text !== undefined && parseDay(text) !== undefined;

/**
 * A bar for each value, from its first day through its last, above a line of years; below it the same as a table.
 * @param today with dashes
 */
export function lineOfTime(says: string, values: readonly Value[], today: string): string {
  const days = values.flatMap(({ from, through }) => [from, through]).filter(isDay);
  const years = [...days, today].map(yearOf);
  const scale = timeScale({
    from: firstDayOf(Math.min(...years) - MARGIN),
    through: firstDayOf(Math.max(...years) + 1 + MARGIN),
    left: LABELS,
    right: WIDTH,
    mostYears: MOST_YEARS,
  });
  const height = values.length * LANE + AXIS;
  const at = (day: string): number => scale.place(parseDay(day) ?? day);
  const cut = (text: string): string => (text.length > LETTERS ? `${text.slice(0, LETTERS)}…` : text);
  const bar = (value: Value, i: number): string => {
    const from = isDay(value.from) ? at(value.from) : LABELS;
    const to = isDay(value.through) ? scale.place(dayAfter(parseDay(value.through) ?? '')) : WIDTH;
    const y = i * LANE;
    return html`<text x="0" y="${String(y + BAR)}">${cut(valueText(value))}</text><rect x="${from.toFixed(1)}" y="${String(y + 4)}" width="${Math.max(2, to - from).toFixed(1)}" height="${String(BAR)}"><title>${valueText(value)}, ${daysWords(value)}</title></rect>`;
  };
  const axis = values.length * LANE;
  const now = at(today).toFixed(1);
  return html`!${
    values.length > 0
      ? html`<div class="table" role="region" aria-label="${says}, as a line of time" tabindex="0"><svg class="time" viewBox="0 0 ${String(WIDTH)} ${String(height)}" role="img" aria-label="${says}: ${values.map((value) => `${valueText(value)} ${daysWords(value)}`).join('; ')}. Today is ${today}.">
!${scale.years().map(({ year, at: x }) => html`<line class="year" x1="${x.toFixed(1)}" x2="${x.toFixed(1)}" y1="0" y2="${String(axis)}"/><text x="${x.toFixed(1)}" y="${String(axis + BAR)}">${year}</text>`)}
!${values.map(bar)}
<line class="today" x1="${now}" x2="${now}" y1="0" y2="${String(axis)}"><title>Today, ${today}</title></line></svg></div>`
      : ''
  }!${table(
    `Values of ${says}`,
    [{ name: 'Value' }, { name: 'Days' }, { name: 'Published sentence' }],
    values.map((value) => [{ html: html`<code>${valueText(value)}</code>` }, daysWords(value), value.source ?? '']),
  )}`;
}
