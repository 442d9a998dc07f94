/** Real days as numbers of 16 bits, and back: 1900-01-01 is 1, and a blank is 0. */
import { dayAfter, isRealDay } from '../days.ts';

const FIRST = Date.UTC(1900, 0, 1) / 86_400_000;
const MOST = 0xffff;

const numbers = new Map<string, number>([['', 0]]);

/** The number of a real day CCYYMMDD, or of a blank; -1 for a text that has none. */
export function dayCode(text: string): number {
  let code = numbers.get(text);
  if (code !== undefined) return code;
  if (!isRealDay(text)) return -1;
  const day = Date.UTC(Number(text.slice(0, 4)), Number(text.slice(4, 6)) - 1, Number(text.slice(6))) / 86_400_000;
  code = Number(text.slice(0, 4)) < 1900 ? -1 : day - FIRST + 1;
  if (code > MOST) return -1;
  // No more than 65,536 of them.
  if (code > 0) numbers.set(text, code);
  return code;
}

let texts: string[] | undefined;

/** The texts of all numbers. */
export function dayTexts(): readonly string[] {
  if (texts) return texts;
  texts = [''];
  // Day after day: making a date of each number takes twenty times as long.
  for (let day = '19000101'; texts.length <= MOST; day = dayAfter(day)) texts.push(day);
  return texts;
}
