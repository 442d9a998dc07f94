import { middleNameOf } from './people.ts';
import type { LEA, Places } from './places.ts';
import type { Picker, Random } from './random.ts';
import { textPicker } from './random.ts';
import type { Identities, Recipe } from './recipe.ts';
import type { Enrollment, Student } from './student.ts';

/** Records that say the same of who their student is. A person has one of them, or several. */
export interface Appearance {
  readonly student: Student;
  readonly enrollments: readonly Enrollment[];
  /** Whether a number is asked for: the records have no SSID, and go to the file of requests. */
  readonly isRequest: boolean;
  readonly truth: Truth;
}

/** Who a student really is. */
export interface Truth {
  readonly person: string;
  /** What happens to the person's numbers. */
  readonly kind: string;
  /** How the names or the birth date differ from those that the person was first known by. */
  readonly difference: string;
  /** The person who was born with this one; blank for others. */
  readonly twinOf: string;
}

/** Takes a student as the sample makes them, and gives all that appears in the records instead. */
export type MakeIdentities = (
  random: Random,
  ordinal: number,
  student: Student,
  enrollments: readonly Enrollment[],
) => readonly Appearance[];

const SAME = 'same';
const MOST_MONTHS = 12;

/**
 * Takes the recipe, the LEAs, and what gives the SSID of an ordinal; gives a function that makes persons whose identity
 * is hard to tell, so many as the recipe says.
 */
export function prepareIdentities(recipe: Recipe, places: Places, ssidOf: (ordinal: number) => string): MakeIdentities {
  const of = new IdentityMaker(recipe, places, ssidOf);
  return (random, ordinal, student, enrollments) => of.make(random, ordinal, student, enrollments);
}

class IdentityMaker {
  readonly #recipe: Identities;
  readonly #people: Recipe['students'];
  readonly #places: Places;
  readonly #ssidOf: (ordinal: number) => string;
  readonly #second: number;
  readonly #kind: Picker<string>;
  readonly #difference: Picker<string>;
  readonly #kinds: Readonly<Record<string, (one: One) => readonly Appearance[]>> = {
    'one number': (one) => [one.appearance('one number')],
    'changed on the way': (one) => this.#changed(one),
    'two numbers': (one) => this.#twoNumbers(one),
    twins: (one) => this.#twins(one, false),
    'asks for a number and has one': (one) => this.#asks(one),
    'asks for a number and is new': (one) => [
      one.appearance('asks for a number and is new', { isRequest: true, from: -1 }),
    ],
    'asks for a number whose twin has one': (one) => this.#twins(one, true),
  };

  constructor(recipe: Recipe, places: Places, ssidOf: (ordinal: number) => string) {
    this.#recipe = recipe.identities;
    this.#people = recipe.students;
    this.#places = places;
    this.#ssidOf = ssidOf;
    // The other half of all numbers belongs to second numbers and twins.
    this.#second = 10 ** recipe.students.ssid.digits / 2;
    this.#kind = textPicker(recipe.identities.kinds);
    this.#difference = textPicker(recipe.identities.differences);
    for (const kind of Object.keys(recipe.identities.kinds))
      if (!this.#kinds[kind]) throw new Error(`The recipe has persons of the kind "${kind}", which nothing makes.`);
  }

  make(random: Random, ordinal: number, made: Student, enrollments: readonly Enrollment[]): readonly Appearance[] {
    const student = {
      ...made,
      firstName: this.#name(this.#recipe.firstNames, random),
      lastName: this.#name(this.#recipe.lastNames, random),
    };
    const one = new One(random, ordinal, student, enrollments);
    return (this.#kinds[this.#kind(random)] as (one: One) => readonly Appearance[])(one);
  }

  /** Names are joined of two parts, so that few persons share one. */
  #name({ beginnings, endings }: Identities['firstNames'], random: Random): string {
    return oneOf(beginnings, random) + oneOf(endings, random);
  }

  #differently(student: Student, random: Random): { student: Student; difference: string } {
    const difference = this.#difference(random);
    const make = DIFFERENCES[difference];
    if (!make) throw new Error(`The recipe has the difference "${difference}", which nothing makes.`);
    const changed = make(student, random, () => this.#name(this.#recipe.lastNames, random));
    return changed ? { student: changed, difference } : { student, difference: SAME };
  }

  /** Some records say otherwise who the student is, with one number. */
  #changed(one: One): readonly Appearance[] {
    const at = one.cut();
    if (at === 0) return [one.appearance('one number')];
    const kind = 'changed on the way';
    return [
      one.appearance(kind, { to: at }),
      one.appearance(kind, { from: at, ...this.#differently(one.student, one.random) }),
    ];
  }

  #twoNumbers(one: One): readonly Appearance[] {
    const { random, ordinal, student } = one;
    const at = one.cut();
    if (at === 0) return [one.appearance('one number')];
    const kind = 'two numbers';
    const other = this.#differently(student, random);
    const isMove = random.chance(this.#recipe.secondNumberElsewhere);
    return [
      one.appearance(kind, { to: at }),
      this.#moved(
        one.appearance(kind, { ...other, from: at, student: this.#numbered(other.student, ordinal + this.#second) }),
        isMove ? random : undefined,
      ),
    ];
  }

  /** Two persons with one birth date and one last name; first and middle names are each one's own. */
  #twins(one: One, isAsking: boolean): readonly Appearance[] {
    const { random, ordinal, student } = one;
    const { firstName, lastName } = student;
    const near = random.chance(this.#recipe.twinsWithNearNames);
    const other = near ? misspelt(firstName, random) : this.#name(this.#recipe.firstNames, random);
    const names = { firstName: other, middleName: middleNameOf(this.#people, random), lastName };
    const twin = this.#numbered({ ...student, ...names }, ordinal + this.#second);
    const kind = isAsking ? 'asks for a number whose twin has one' : 'twins';
    const second = one.appearance(kind, { student: twin, isRequest: isAsking, from: isAsking ? -1 : 0 });
    const truth = { ...second.truth, person: personOf(ordinal + this.#second), twinOf: personOf(ordinal) };
    return [one.appearance('twins'), { ...second, truth }];
  }

  /** The last enrollment is at another LEA, which does not know the number. */
  #asks(one: One): readonly Appearance[] {
    const at = one.enrollments.length - 1;
    if (at === 0) return [one.appearance('one number')];
    const kind = 'asks for a number and has one';
    const asked = one.appearance(kind, { from: at, isRequest: true, ...this.#differently(one.student, one.random) });
    return [one.appearance(kind, { to: at }), this.#moved(asked, one.random)];
  }

  #numbered(student: Student, ordinal: number): Student {
    return { ...student, ssid: this.#ssidOf(ordinal), ordinal: String(ordinal) };
  }

  /** The same at another LEA; as it is without `random`. */
  #moved(appearance: Appearance, random: Random | undefined): Appearance {
    const [first] = appearance.enrollments;
    if (!random || !first) return appearance;
    const lea = this.#places.otherLEA(random, first.lea);
    return { ...appearance, enrollments: appearance.enrollments.map((each) => this.#at(lea, each, random)) };
  }

  #at(lea: LEA, enrollment: Enrollment, random: Random): Enrollment {
    // A school that is no LEA's own stands for schools of a kind.
    const isOwn = enrollment.lea.schools.includes(enrollment.school);
    return { ...enrollment, lea, school: isOwn ? this.#places.school(random, lea) : enrollment.school };
  }
}

/** A person on the way to the records. */
class One {
  readonly random: Random;
  readonly ordinal: number;
  readonly student: Student;
  readonly enrollments: readonly Enrollment[];

  constructor(random: Random, ordinal: number, student: Student, enrollments: readonly Enrollment[]) {
    this.random = random;
    this.ordinal = ordinal;
    this.student = student;
    this.enrollments = enrollments;
  }

  /** Before which enrollment something changes; 0 where there is only one. */
  cut(): number {
    const { length } = this.enrollments;
    return length < 2 ? 0 : 1 + this.random.below(length - 1);
  }

  appearance(
    kind: string,
    {
      from = 0,
      to,
      student = this.student,
      isRequest = false,
      difference = SAME,
    }: { from?: number; to?: number; student?: Student; isRequest?: boolean; difference?: string } = {},
  ): Appearance {
    const truth = { person: personOf(this.ordinal), kind, difference, twinOf: '' };
    const enrollments = this.enrollments.slice(from, to);
    return { student: isRequest ? { ...student, ssid: '' } : student, enrollments, isRequest, truth };
  }
}

const personOf = (ordinal: number): string => `P${String(ordinal).padStart(9, '0')}`;

type Difference = (student: Student, random: Random, newName: () => string) => Student | undefined;

/** Ways in which records say otherwise who a student is; `undefined` where the student cannot differ so. */
const DIFFERENCES: Readonly<Record<string, Difference>> = {
  [SAME]: (student) => student,
  'first name misspelt': (student, random) => ({ ...student, firstName: misspelt(student.firstName, random) }),
  'last name misspelt': (student, random) => ({ ...student, lastName: misspelt(student.lastName, random) }),
  'case and accents': (student) => ({
    ...student,
    firstName: student.firstName.toUpperCase(),
    lastName: plain(student.lastName).toUpperCase(),
  }),
  'middle name left out': (student) => (student.middleName === '' ? undefined : { ...student, middleName: '' }),
  'middle name in the first': (student) =>
    student.middleName === ''
      ? undefined
      : { ...student, firstName: `${student.firstName} ${student.middleName}`, middleName: '' },
  'renamed with the former name as alias': (student, _, newName) => ({
    ...student,
    lastName: newName(),
    aliasLastName: student.lastName,
  }),
  renamed: (student, _, newName) => ({ ...student, lastName: newName() }),
  'birth month and day swapped': ({ birthDate, ...student }) => {
    const [year, month, day] = partsOf(birthDate);
    return month === day || Number(day) > MOST_MONTHS ? undefined : { ...student, birthDate: year + day + month };
  },
  'birth day differs': ({ birthDate, ...student }) => {
    const [year, month, day] = partsOf(birthDate);
    return { ...student, birthDate: year + month + (day === '01' ? '02' : '01') };
  },
  'birth year off by one': ({ birthDate, ...student }) => {
    const [year, month, day] = partsOf(birthDate);
    // The year before or after a leap year has no such day.
    return `${month}${day}` === '0229' ? undefined : { ...student, birthDate: String(Number(year) - 1) + month + day };
  },
};

const partsOf = (date: string): readonly [string, string, string] => [
  date.slice(0, 4),
  date.slice(4, 6),
  date.slice(6),
];

const plain = (name: string): string => name.normalize('NFD').replace(/\p{M}/gu, '');

/** The name with one mistake of typing. */
function misspelt(name: string, random: Random): string {
  const letters = [...name];
  const at = 1 + random.below(Math.max(letters.length - 2, 1));
  const [before, here, next, after] = [
    letters.slice(0, at),
    letters[at] ?? '',
    letters[at + 1] ?? '',
    letters.slice(at + 2),
  ];
  const ways = [
    [...before, next, here, ...after],
    [...before, next, ...after],
    [...before, here, here, next, ...after],
    [...before, here === 'e' ? 'a' : 'e', next, ...after],
  ].map((way) => way.join(''));
  const found = ways[random.below(ways.length)] as string;
  // Two letters alike that change places give the name as it was.
  return found === name ? `${name}e` : found;
}

const oneOf = <T>(list: readonly T[], random: Random): T => list[random.below(list.length)] as T;
