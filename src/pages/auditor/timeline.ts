/**
 * A student as lines of time: a line for each kind of record, the window shaded, what a field used drawn strong. Every
 * bar is a link to its record's line in the table below, which says the same in words.
 */
import type { StudentHistory, StudentRecord } from '#explain/explanation';
import { addYears, daysCounted } from '#records/days';
import { html } from '../html.ts';
import { day } from '../words.ts';

/** What a field made of a record. */
export interface Use {
  readonly is: 'used' | 'passed';
  /** `passed over: its Exit Date 2023-05-31 is before the enrollment began` */
  readonly says: string;
}

/** The days that are drawn, and where each stands. */
interface Scale {
  readonly from: string;
  readonly through: string;
  place(day: string): number;
}

interface Bar {
  readonly number: number;
  readonly record: StudentRecord & { readonly days: NonNullable<StudentRecord['days']> };
  readonly from: number;
  readonly to: number;
  readonly goesOn: boolean;
  /** What it takes of its line, with its label: from where, and where the next one may begin. */
  readonly begin: number;
  readonly end: number;
}

const WIDTH = 1100;
const LEFT = 125;
const RIGHT = 20;
const HEAD = 44;
const FOOT = 22;
const TRACK = 34;
/** A bar can be hit with a finger. */
const LEAST = 28;
const GAP = 6;
const LETTER = 8.6;
/** Records of longer ago begin at the edge. */
const MOST_YEARS = 15;

export const recordAnchor = (number: number): string => `record-${String(number)}`;

export function timeline(history: StudentHistory, uses: ReadonlyMap<StudentRecord, Use>): string {
  const { lanes, records, window, runDate } = history;
  const scale = scaleOf(history);
  const bars = records.flatMap((record, number) =>
    record.days ? [barOf({ ...record, days: record.days }, number, scale)] : [],
  );
  let top = HEAD;
  const drawn = lanes.flatMap((lane) => {
    const tracks = tracksOf(bars.filter(({ record }) => record.days.lane === lane));
    if (tracks.length === 0) return [];
    const at = top;
    top += tracks.length * TRACK;
    return [
      html`<g><line class="rule" x1="0" x2="${n(WIDTH)}" y1="${n(at)}" y2="${n(at)}"/><text x="0" y="${n(at + 21)}" class="lane">${lane}</text>!${tracks.map(
        (track, i) =>
          track.map((bar) => barShape(bar, at + i * TRACK, uses.get(records[bar.number] as StudentRecord))).join(''),
      )}</g>
`,
    ];
  });
  if (drawn.length === 0) return '';
  const [start, end] = [scale.place(window.start), scale.place(window.end)];
  const run = scale.place(runDate);
  return html`<div class="timeline" role="region" aria-label="Line of time" tabindex="0"><svg viewBox="0 0 ${n(WIDTH)} ${n(top + FOOT)}" role="group" aria-label="Records of the student from ${day(scale.from)} to ${day(scale.through)}; the table below says the same">
<rect class="window" x="${n(start)}" y="${n(HEAD - 22)}" width="${n(Math.max(2, end - start))}" height="${n(top - HEAD + 22)}"/>
<text class="note" x="${n(isLate(start) ? WIDTH : start)}" y="${n(HEAD - 28)}" text-anchor="${isLate(start) ? 'end' : 'start'}">Window ${day(window.start)} to ${day(window.end)}</text>
!${yearsOf(scale).map(
    (year) =>
      html`<line class="year" x1="${n(scale.place(year))}" x2="${n(scale.place(year))}" y1="${n(HEAD - 20)}" y2="${n(top)}"/><text class="note" x="${n(scale.place(year) + 3)}" y="${n(HEAD - 8)}">${year.slice(0, 4)}</text>`,
  )}
!${drawn}<line class="run" x1="${n(run)}" x2="${n(run)}" y1="${n(HEAD - 20)}" y2="${n(top + 4)}"/><text class="note" x="${n(run)}" y="${n(top + 17)}" text-anchor="${run > WIDTH - 90 ? 'end' : 'middle'}">Run date ${day(runDate)}</text>
</svg></div>`;
}

const n = (x: number): string => String(Math.round(x * 10) / 10);

/** Whether a line of text that begins there would not fit. */
const isLate = (x: number): boolean => x > WIDTH - 300;

const NEW_YEAR = '0101';

/** From the first record to the last day that anything says, but not into other centuries. */
function scaleOf({ records, window, runDate }: StudentHistory): Scale {
  const days = records.flatMap((record) => record.days ?? []);
  const latest = [window.end, runDate, ...days.map(({ last }) => last)].reduce((a, b) => (a > b ? a : b));
  const least = addYears(window.start, -MOST_YEARS);
  const most = addYears(runDate > window.end ? runDate : window.end, 1);
  const first = days.map(({ first: of }) => of).reduce((a, b) => (a < b ? a : b), window.start);
  const from = first < least ? least : first;
  const through = latest > most ? most : latest;
  const width = daysCounted(from, through);
  return {
    from,
    through,
    place: (of) => {
      const within = of < from ? from : of > through ? through : of;
      return LEFT + ((daysCounted(from, within) - 1) * (WIDTH - LEFT - RIGHT)) / width;
    },
  };
}

function yearsOf({ from, through }: Scale): string[] {
  const years = [];
  for (let at = Number(from.slice(0, 4)) + 1; at <= Number(through.slice(0, 4)); at++) years.push(`${at}${NEW_YEAR}`);
  return years;
}

function barOf(record: Bar['record'], number: number, scale: Scale): Bar {
  const { first, last, label } = record.days;
  const from = Math.min(scale.place(first), WIDTH - RIGHT - LEAST);
  const goesOn = last === '';
  const to = goesOn ? WIDTH - RIGHT : Math.max(scale.place(last), from);
  const width = label.length * LETTER + (label === '' ? 0 : GAP);
  const begin = Math.min(from, WIDTH - width);
  return { number, record, from, to, goesOn, begin, end: Math.max(to, from + LEAST, begin + width) };
}

/** Bars in as few lines as it takes so that none lies on another. */
function tracksOf(bars: readonly Bar[]): Bar[][] {
  const tracks: Bar[][] = [];
  for (const bar of bars.toSorted((a, b) => a.begin - b.begin)) {
    const track = tracks.find((of) => (of.at(-1) as Bar).end <= bar.begin);
    if (track) track.push(bar);
    else tracks.push([bar]);
  }
  return tracks;
}

const SHAPES = { used: 12, passed: 3, plain: 6 } as const;

function barShape({ number, record, from, to, goesOn, begin, end }: Bar, top: number, use: Use | undefined): string {
  const kind = use?.is ?? 'plain';
  const height = SHAPES[kind];
  const middle = top + 25;
  const says = use ? `${record.says}, ${use.says}` : record.says;
  const arrow = `${n(to)},${n(middle - 5)} ${n(to + 7)},${n(middle)} ${n(to)},${n(middle + 5)}`;
  return html`<a href="#${recordAnchor(number)}" class="bar ${kind}"><title>${says}</title><rect class="hit" x="${n(begin)}" y="${n(top + 3)}" width="${n(end - begin)}" height="${n(TRACK - 4)}"/><text x="${n(begin < from ? WIDTH - 2 : from + 2)}" y="${n(top + 16)}"!${begin < from ? ' text-anchor="end"' : ''}>${record.days.label}</text><rect x="${n(from)}" y="${n(middle - height / 2)}" width="${n(Math.max(3, to - from))}" height="${n(height)}"/><circle cx="${n(from + 2)}" cy="${n(middle)}" r="${kind === 'passed' ? '3' : '5'}"/>!${
    goesOn ? html`<polygon points="${arrow}"/>` : ''
  }</a>`;
}
