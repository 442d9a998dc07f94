/** The values of a parameter and their days, as a line of time with its table. */
import { html } from '../html.ts';
import { table } from '../parts.ts';
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
const DAYS_OF_YEAR = 365;
const MS_OF_DAY = 86_400_000;

const valueText = ({ key, value, for: whose }: Value): string =>
  `${key === undefined ? '' : `${key}: `}${String(value)}${whose ? `, for ${whose.join(', ')}` : ''}`;

/** The days of a value in words: `from 2020-07-01 through 2022-06-30`. */
export function daysWords({ from, through }: Value): string {
  if (from === undefined) return through === undefined ? 'always' : `through ${through}`;
  return through === undefined ? `from ${from} on` : `from ${from} through ${through}`;
}

const yearsOf = (day: string): number =>
  Number(day.slice(0, 4)) + (Date.parse(day) - Date.parse(`${day.slice(0, 4)}-01-01`)) / MS_OF_DAY / DAYS_OF_YEAR;

const isDay = (text: string | undefined): text is string => text !== undefined && !Number.isNaN(Date.parse(text));

/**
 * A bar for each value, from its first day through its last, above a line of years; below it the same as a table.
 * @param today with dashes
 */
export function lineOfTime(says: string, values: readonly Value[], today: string): string {
  const days = values.flatMap(({ from, through }) => [from, through]).filter(isDay);
  const years = [...days, today].map(yearsOf);
  const first = Math.floor(Math.min(...years)) - MARGIN;
  const last = Math.ceil(Math.max(...years)) + MARGIN;
  const at = (year: number): number => LABELS + ((year - first) / (last - first)) * (WIDTH - LABELS);
  const height = values.length * LANE + AXIS;
  const step = Math.ceil((last - first) / MOST_YEARS);
  const ticks = Array.from({ length: Math.floor((last - first) / step) }, (_, i) => first + i * step);
  const cut = (text: string): string => (text.length > LETTERS ? `${text.slice(0, LETTERS)}…` : text);
  const bar = (value: Value, i: number): string => {
    const from = isDay(value.from) ? at(yearsOf(value.from)) : LABELS;
    const to = isDay(value.through) ? at(yearsOf(value.through) + 1 / DAYS_OF_YEAR) : WIDTH;
    const y = i * LANE;
    return html`<text x="0" y="${String(y + BAR)}">${cut(valueText(value))}</text><rect x="${from.toFixed(1)}" y="${String(y + 4)}" width="${Math.max(2, to - from).toFixed(1)}" height="${String(BAR)}"><title>${valueText(value)}, ${daysWords(value)}</title></rect>`;
  };
  const axis = values.length * LANE;
  const now = at(yearsOf(today)).toFixed(1);
  return html`!${
    values.length > 0
      ? html`<div class="table" role="region" aria-label="${says}, as a line of time" tabindex="0"><svg class="time" viewBox="0 0 ${String(WIDTH)} ${String(height)}" role="img" aria-label="${says}: ${values.map((value) => `${valueText(value)} ${daysWords(value)}`).join('; ')}. Today is ${today}.">
!${ticks.map((year) => html`<line class="year" x1="${at(year).toFixed(1)}" x2="${at(year).toFixed(1)}" y1="0" y2="${String(axis)}"/><text x="${at(year).toFixed(1)}" y="${String(axis + BAR)}">${String(year)}</text>`)}
!${values.map(bar)}
<line class="today" x1="${now}" x2="${now}" y1="0" y2="${String(axis)}"><title>Today, ${today}</title></line></svg></div>`
      : ''
  }!${table(
    `Values of ${says}`,
    [{ name: 'Value' }, { name: 'Days' }, { name: 'Published sentence' }],
    values.map((value) => [{ html: html`<code>${valueText(value)}</code>` }, daysWords(value), value.source ?? '']),
  )}`;
}
