/** The parameters by which persons are matched (`rules/parameters/ssid.json`); docs/ssid.md explains them. */
import { UserError } from '#base/user-error';
import type { Rulebook } from '#rulebook/load/assemble';
import { parameterOn } from '#rulebook/tree/parameter-values';

/** What is compared, in the order of rank. */
export const PARTS = ['BirthYear', 'FirstName', 'LastName', 'MiddleName', 'BirthMonth', 'BirthDay'] as const;
export type PartName = (typeof PARTS)[number];

/** Columns that a person is read from. */
const PERSON_COLUMNS = [
  ...(['FirstName', 'MiddleName', 'LastName', 'AliasFirstName', 'AliasMiddleName', 'AliasLastName'] as const),
  ...(['BirthDate', 'Gender', 'BirthCountry', 'BirthState'] as const),
] as const;
/** Columns of an enrollment. */
const ENROLLMENT_COLUMNS = ['LocalID', 'School', 'Start', 'Grade', 'Exit', 'ExitReason'] as const;
const NUMBERS = [
  ...(['matchValueButForForm', 'matchValueAlias', 'matchValueNearName', 'matchValueSwapped'] as const),
  ...(['matchValueNearYear', 'matchNearYears', 'matchShortNameLetters', 'matchShortNameEdits'] as const),
  ...(['matchLongNameEdits', 'matchAgreesFrom', 'candidatesFrom', 'mostCandidates'] as const),
] as const;
const TEXTS = ['newSSIDsBeginWith'] as const;

/** The names of all parameters that this program asks for by itself, and no rule does. */
export const MATCH_PARAMETERS: readonly string[] = [
  ...PARTS.flatMap((part) => [`matchWeight${part}`, `matchPart${part}`]),
  ...PERSON_COLUMNS.map((column) => `matchColumn${column}`),
  ...ENROLLMENT_COLUMNS.map((column) => `enrollmentColumn${column}`),
  ...NUMBERS,
  ...TEXTS,
];

type PersonColumn = (typeof PERSON_COLUMNS)[number];
type EnrollmentColumn = (typeof ENROLLMENT_COLUMNS)[number];

/** Plain data. */
export type MatchParameters = Readonly<Record<(typeof NUMBERS)[number], number>> &
  Readonly<Record<(typeof TEXTS)[number], string>> & {
    readonly weights: Readonly<Record<PartName, number>>;
    /** What parts are called. */
    readonly names: Readonly<Record<PartName, string>>;
    /** Keys of columns. */
    readonly person: Readonly<Record<PersonColumn, string>>;
    readonly enrollment: Readonly<Record<EnrollmentColumn, string>>;
  };

/**
 * The parameters of a rulebook.
 * @throws UserError naming the first one that it does not have
 */
export function matchParameters(rulebook: Pick<Rulebook, 'declared'>): MatchParameters {
  const value = (name: string): string | number => {
    const declared = rulebook.declared.parameters.get(name);
    const found = declared && parameterOn(declared.json, '');
    if (typeof found === 'string' || typeof found === 'number') return found;
    throw new UserError(
      `the rules have no parameter "${name}", which matching needs; take it from rules/parameters/ssid.json of this program`,
    );
  };
  const all = <K extends string, T>(keys: readonly K[], of: (key: K) => T): Readonly<Record<K, T>> =>
    Object.fromEntries(keys.map((key) => [key, of(key)])) as Record<K, T>;
  return {
    weights: all(PARTS, (part) => Number(value(`matchWeight${part}`))),
    names: all(PARTS, (part) => String(value(`matchPart${part}`))),
    person: all(PERSON_COLUMNS, (column) => String(value(`matchColumn${column}`))),
    enrollment: all(ENROLLMENT_COLUMNS, (column) => String(value(`enrollmentColumn${column}`))),
    ...all(NUMBERS, (name) => Number(value(name))),
    ...all(TEXTS, (name) => String(value(name))),
  };
}
