/**
 * Which combination of open readings reproduces most of the state's files: searched over a sample of students whose rows
 * tell readings apart, then counted over all of them. It gives counts and readings; of students it keeps what it is
 * handed, and tells nothing.
 */
import { type CompiledRulebook, compileRulebook } from '#extract/extractor';
import { requestFacts } from '#extract/request';
import type { Alternative, OpenReading } from './open-readings.ts';
import { type Basis, MORE_THAN_CHANCE, TIMES_AS_MANY } from './readings.ts';
import { type Comparison, isSame, type Rows, World } from './views.ts';
import { type ParameterValues, withParameters } from './with-parameters.ts';

/** Of every open reading, the number of the alternative that is taken. */
export type Combination = readonly number[];

/** The rows of a student in one of the files. */
export interface FiledStudent {
  /** The place of the file in the list of bases. */
  readonly file: number;
  readonly ssid: string;
  readonly body: string;
  readonly theirs: Rows;
}

/** What rows say of one alternative, against the one that was found. */
export interface Evidence {
  /** Rows that are more as in the file under the reading that was found, and under this one. */
  for: number;
  against: number;
}

/** Students of whom an alternative is tried, for each alternative. */
const SAMPLE = 150;

/** Worlds under combinations, made when they are asked for. */
export class Calibration {
  readonly open: readonly OpenReading[];
  readonly #bases: readonly Basis[];
  readonly #worlds = new Map<string, World>();
  readonly #compiled = new Map<string, CompiledRulebook>();
  readonly #samples: readonly Sample[];
  /** Students whose rows are not those of the file, whatever makes them so. */
  readonly #differing = new Sample();

  constructor(bases: readonly Basis[], open: readonly OpenReading[]) {
    this.#bases = bases;
    this.open = open;
    this.#samples = this.#others(this.asShipped).map(() => new Sample());
  }

  get asShipped(): Combination {
    return this.open.map(() => 0);
  }

  /** Takes up a student into the samples of those alternatives that change a row, and into that of those who differ. */
  consider(student: FiledStudent): void {
    const usual = this.#rows(this.asShipped, student);
    if (usual && apart(student.theirs, usual, this.#comparison(student)).size > 0) this.#differing.add(student);
    for (const [i, { combination }] of this.#others(this.asShipped).entries()) {
      const rows = this.#rows(combination, student);
      if (rows && usual && apart(rows, usual, this.#comparison(student)).size > 0) this.#samples[i]?.add(student);
    }
  }

  /** The combination that no other alternative of one reading makes better, and none of two together. */
  best(): Combination {
    const sample = [...new Set([...this.#samples, this.#differing].flatMap(({ students }) => students))];
    let best = this.asShipped;
    for (;;) {
      const singles = this.#others(best).map(({ combination }) => combination);
      const found = this.#better(best, singles, sample) ?? this.#betterPair(best, sample);
      if (!found) return best;
      best = found;
    }
  }

  /** Of combinations the one that brings rows nearest to the file, and more of them than it takes away. */
  #better(best: Combination, others: readonly Combination[], sample: readonly FiledStudent[]): Combination | undefined {
    let [found, gained]: [Combination | undefined, number] = [undefined, 0];
    for (const combination of others) {
      const moved = this.#moved(best, combination, sample);
      const isBetter = moved.nearer > moved.farther && moved.nearer >= MORE_THAN_CHANCE;
      if (isBetter && moved.gain > gained) [found, gained] = [combination, moved.gain];
    }
    return found;
  }

  /**
   * Two readings may hide each other in every row: neither changes one alone. Only students whose rows still differ can
   * tell, so that all pairs are tried on these few, and those that bring some nearer on the whole sample.
   */
  #betterPair(best: Combination, sample: readonly FiledStudent[]): Combination | undefined {
    const differing = this.#differing.students.filter((student) => (this.#apartFrom(best, student)?.size ?? 0) > 0);
    if (differing.length < MORE_THAN_CHANCE) return undefined;
    const pairs: Combination[] = [];
    for (const { reading, combination } of this.#others(best))
      for (const other of this.#others(combination)) {
        if (other.reading <= reading) continue;
        const { nearer } = this.#moved(best, other.combination, differing);
        if (nearer >= MORE_THAN_CHANCE) pairs.push(other.combination);
        else this.#forget(other.combination);
      }
    const found = this.#better(best, pairs, sample);
    for (const pair of pairs) if (pair !== found) this.#forget(pair);
    return found;
  }

  #moved(from: Combination, to: Combination, students: readonly FiledStudent[]): Moved {
    const moved: Moved = { nearer: 0, farther: 0, gain: 0 };
    for (const student of students) {
      const [was, is] = [from, to].map((one) => this.#apartFrom(one, student));
      if (was && is) move(moved, was, is);
    }
    return moved;
  }

  /** Of pairs there are many: their rules are not kept. */
  #forget(combination: Combination): void {
    for (const file of this.#bases.keys()) this.#worlds.delete(`${file} ${combination.join()}`);
    this.#compiled.delete(keyOf(this.#valuesOf(combination)));
  }

  /** Counts what one student says of every other alternative; gives how many rows are as in the file, and how many not. */
  weigh(
    best: Combination,
    student: FiledStudent,
    evidence: readonly (readonly Evidence[])[],
  ): { readonly same: number; readonly differing: number } {
    const was = this.#apartFrom(best, student);
    if (!was) return { same: 0, differing: 0 };
    for (const { reading, alternative, combination } of this.#others(best)) {
      const is = this.#apartFrom(combination, student);
      const tally = evidence[reading]?.[alternative];
      if (!is || !tally) continue;
      const moved: Moved = { nearer: 0, farther: 0, gain: 0 };
      move(moved, was, is);
      tally.for += moved.farther;
      tally.against += moved.nearer;
    }
    const differing = [...was.keys()].filter((row) => student.theirs.has(row)).length;
    return { same: student.theirs.size - differing, differing };
  }

  /** No evidence yet: a tally for each alternative of each reading. */
  noEvidence(): Evidence[][] {
    return this.open.map(({ alternatives }) => alternatives.map(() => ({ for: 0, against: 0 })));
  }

  /** Rows as they would be under a combination. */
  rowsUnder(combination: Combination, student: FiledStudent): Rows {
    return this.#rows(combination, student) ?? new Map();
  }

  /** Every combination with one other alternative. */
  #others(from: Combination): { reading: number; alternative: number; combination: Combination }[] {
    return this.open.flatMap(({ alternatives }, reading) =>
      alternatives.flatMap((_, alternative) =>
        alternative === from[reading]
          ? []
          : [{ reading, alternative, combination: from.with(reading, alternative) as Combination }],
      ),
    );
  }

  #comparison({ file }: FiledStudent): Comparison {
    return (this.#bases[file] as Basis).comparison;
  }

  #apartFrom(combination: Combination, student: FiledStudent): ReadonlyMap<string, number> | undefined {
    const rows = this.#rows(combination, student);
    return rows && apart(student.theirs, rows, this.#comparison(student));
  }

  /** `undefined` under values that the rules cannot have together. */
  #rows(combination: Combination, { file, ssid, body }: FiledStudent): Rows | undefined {
    const key = `${file} ${combination.join()}`;
    const world = this.#worlds.get(key) ?? this.#worldOf(file, combination);
    if (!world) return undefined;
    this.#worlds.set(key, world);
    return world.rowsOfBody(ssid, body);
  }

  #taken(combination: Combination): readonly Alternative[] {
    return this.open.flatMap(({ alternatives }, i) => alternatives[combination[i] ?? 0] ?? []);
  }

  #valuesOf(combination: Combination): ParameterValues {
    return new Map(this.#taken(combination).flatMap((one) => [...one.values]));
  }

  #worldOf(file: number, combination: Combination): World | undefined {
    const { rulebook, request, runDate, comparison } = this.#bases[file] as Basis;
    const values = this.#valuesOf(combination);
    const own = this.#taken(combination).find((one) => one.request?.file === file)?.request?.request ?? request;
    const key = keyOf(values);
    let compiled = this.#compiled.get(key);
    if (!compiled) {
      const read = withParameters(rulebook, values);
      if (!read) return undefined;
      compiled = compileRulebook(read, { recording: false, reading: false });
      this.#compiled.set(key, compiled);
    }
    return new World(compiled, requestFacts(own, compiled.rulebook), runDate, comparison);
  }
}

const keyOf = (values: ParameterValues): string => JSON.stringify([...values]);

/** Some students, evenly spread over all that come. */
class Sample {
  students: FiledStudent[] = [];
  #step = 1;
  #seen = 0;

  add(student: FiledStudent): void {
    if (this.#seen++ % this.#step !== 0) return;
    this.students.push(student);
    if (this.students.length < SAMPLE * 2) return;
    this.students = this.students.filter((_, i) => i % 2 === 0);
    this.#step *= 2;
  }
}

/** By row, in how many columns both sides are apart; one that only one side has is apart in all of them. */
function apart(theirs: Rows, ours: Rows, comparison: Comparison): Map<string, number> {
  const found = new Map<string, number>();
  const { columns } = comparison;
  for (const [row, values] of theirs) {
    const own = ours.get(row);
    const n = own
      ? columns.filter(({ key }) => !isSame(values[key] ?? '', own[key] ?? '', key, comparison)).length
      : columns.length;
    if (n > 0) found.set(row, n);
  }
  for (const row of ours.keys()) if (!theirs.has(row)) found.set(row, columns.length);
  return found;
}

/** Rows that come nearer to those of the file, or farther from them, and by how many columns in all. */
interface Moved {
  nearer: number;
  farther: number;
  gain: number;
}

function move(moved: Moved, was: ReadonlyMap<string, number>, is: ReadonlyMap<string, number>): void {
  for (const row of new Set([...was.keys(), ...is.keys()])) {
    const nearer = (was.get(row) ?? 0) - (is.get(row) ?? 0);
    if (nearer > 0) moved.nearer++;
    if (nearer < 0) moved.farther++;
    moved.gain += nearer;
  }
}

/** Whether rows rule an alternative out. */
export const isRuledOut = (evidence: Evidence): boolean =>
  evidence.for >= MORE_THAN_CHANCE && evidence.for >= evidence.against * TIMES_AS_MANY;
