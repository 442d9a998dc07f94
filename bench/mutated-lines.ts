/**
 * Lines of synthetic students, each spoiled in some way that files have been seen or feared to be spoiled: what must be
 * survived, line by line. The same seed gives the same bytes.
 */
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '#sample/random';
import { writeSample } from '#sample/write';

/** About so many lines come of a student. */
const LINES_A_STUDENT = 10;
const WRITTEN_AT_ONCE = 1 << 20;
const ENORMOUS = 300_000;

type Spoil = (fields: string[], random: Random, line: string) => string;

const anyOf = <T>(random: Random, values: readonly T[]): T => values[random.below(values.length)] as T;
const joined = (fields: readonly string[]): string => fields.join('^');
/** The line with another text instead of `length` characters at some place. */
const spliced = (line: string, random: Random, length: number, text: string): string => {
  const at = random.below(line.length + 1);
  return line.slice(0, at) + text + line.slice(at + length);
};
const withField = (fields: string[], random: Random, change: (value: string) => string): string => {
  const at = random.below(fields.length);
  return joined(fields.with(at, change(fields[at] as string)));
};
const ODD = [
  '\0',
  '\t',
  '\u001a',
  '\u0007',
  '\r',
  '\ufffd',
  '\u0085',
  'é',
  '李',
  '😀',
  '"',
  "'",
  '=',
  '^',
  '\u00a0',
  ' ',
];

/** By what is done to a line. */
const SPOILED: Readonly<Record<string, Spoil>> = {
  'left as it is': (_fields, _random, line) => line,
  'a character gone': (_fields, random, line) => spliced(line, random, 1, ''),
  'a character too many': (_fields, random, line) => spliced(line, random, 0, anyOf(random, ODD)),
  'another character': (_fields, random, line) => spliced(line, random, 1, anyOf(random, ODD)),
  'cut short': (_fields, random, line) => line.slice(0, random.below(line.length + 1)),
  'begun late': (_fields, random, line) => line.slice(random.below(line.length)),
  'a field gone': (fields, random) => joined(fields.toSpliced(random.below(fields.length), 1)),
  'a field twice': (fields, random) => {
    const at = random.below(fields.length);
    return joined(fields.toSpliced(at, 0, fields[at] as string));
  },
  'two fields changed about': (fields, random) => {
    const [a, b] = [random.below(fields.length), random.below(fields.length)];
    return joined(fields.with(a, fields[b] as string).with(b, fields[a] as string));
  },
  'fields too many': (fields, random) => joined([...fields, ...Array.from({ length: random.below(600) }, () => 'x')]),
  'carets at the end': (_fields, random, line) => line + '^'.repeat(1 + random.below(9)),
  'another record type': (fields, random) =>
    joined(
      fields.with(0, anyOf(random, ['SIAD', 'STAS', 'ABCD', 'senr', 'SENR-R', 'SPRG', '', 'CENR-R', '9900000001'])),
    ),
  'another transaction type': (fields, random) => joined(fields.with(1, anyOf(random, ['A', 'D', 'R', 'Z', 'a']))),
  'a value in quotation marks': (fields, random) => withField(fields, random, (value) => `"${value}"`),
  'every value in quotation marks': (fields) => joined(fields.map((value) => `"${value}"`)),
  'another delimiter': (fields, random) => fields.join(anyOf(random, ['\t', ',', '|', ';'])),
  'a long value': (fields, random) => withField(fields, random, (value) => value.padEnd(random.below(5_000), 'x')),
  'every value wrong': (fields) => joined([fields[0] as string, ...fields.slice(1).map(() => '?~\u0007')]),
  'days with slashes': (fields) =>
    joined(fields.map((value) => value.replace(/^(\d{4})(\d\d)(\d\d)$/, (_, y, m, d) => `${+m}/${+d}/${y}`))),
  'leading zeros lost': (fields) => joined(fields.map((value) => value.replace(/^0+(?=\d)/, ''))),
  'leading blanks': (fields, random) => withField(fields, random, (value) => `  ${value}`),
  'one student for all': (fields) => joined(fields.map((value) => value.replace(/^99\d{8}$/, '9900000001'))),
  'no SSID': (fields) => joined(fields.map((value) => value.replace(/^99\d{8}$/, ''))),
  nothing: () => '',
  'blanks only': (_fields, random) => anyOf(random, [' ', '\t', ' \t  ']),
  'carets only': (fields) => '^'.repeat(fields.length),
};
const WAYS = Object.values(SPOILED);
/** One line in so many is enormous. */
const ENORMOUS_EVERY = 5_000;

/**
 * Writes a file of spoiled lines.
 * @param lines how many
 * @returns the same number
 */
export async function writeMutatedLines(path: string, lines: number, seed: number): Promise<number> {
  const random = new Random(seed);
  const dir = mkdtempSync(join(tmpdir(), 'cenr-mutated-'));
  const file = openSync(path, 'w');
  try {
    await writeSample({ students: Math.ceil(lines / LINES_A_STUDENT), seed, leas: 3, style: 'plain' }, dir);
    const whole = readdirSync(dir)
      .sort()
      .flatMap((name) => readFileSync(join(dir, name), 'utf8').split('\r\n').slice(0, -1));
    // The first is whole: a file is known by a line that can be read.
    let text = `${whole[0]}\r\n`;
    for (let n = 1; n < lines; n++) {
      const line = anyOf(random, whole);
      const spoiled =
        n % ENORMOUS_EVERY === 0
          ? line.padEnd(ENORMOUS, 'x')
          : anyOf(random, WAYS)(line.split('^'), random, line).replaceAll('\n', '');
      text += spoiled + anyOf(random, ['\r\n', '\n']);
      if (text.length < WRITTEN_AT_ONCE) continue;
      writeSync(file, text);
      text = '';
    }
    writeSync(file, text);
    return lines;
  } finally {
    closeSync(file);
    rmSync(dir, { recursive: true, force: true });
  }
}
