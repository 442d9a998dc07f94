/** Explanations as text for a terminal: in short, or with drawn trees of conditions, facts and records. */
import { counted } from '#base/text';
import { layoutOf, type Schemas } from '#records/layout';
import { passedOverInWords } from '#records/record';
import { columnName, columnOf } from '#rulebook/words/words';
import { type Branch, type Color, Drawing } from './drawing.ts';
import type {
  FieldExplanation,
  MissingExplanation,
  OutcomeWord,
  RowExplanation,
  SecondOpinionShown,
  SelectionOpinion,
  Shown,
  ShownCandidate,
  ShownCondition,
  ShownEnrollment,
  ShownFact,
  ShownParameter,
  ShownRecord,
  ShownRule,
  ShownSide,
} from './explanation.ts';
import { dayWords, intervalWords } from './words/values-in-words.ts';

export interface TextOptions {
  /** Whether to use ANSI colors; marks say the same in words. */
  readonly colors: boolean;
  /** Where columns have their names. */
  readonly schemas: Schemas;
  /** Whether to draw everything, and not only say it in short. */
  readonly isFull: boolean;
  /** Whether to draw the selection's conditions for every enrollment too; the sentence tells the one that decided. */
  readonly selection?: boolean;
}

/** A row and its fields as text; the last line ends with a line feed. */
export function explanationText(explanation: RowExplanation, options: TextOptions): string {
  const { reportingLEA, school, grade, qualification, otherEnrollments, fields, secondOpinion } = explanation;
  const drawn = new Drawing(options);
  drawn.heading(`Student ${explanation.ssid}, reporting LEA ${reportingLEA}, school ${school}, grade ${grade}`);
  head(drawn, explanation);
  for (const { sentence } of explanation.laws ?? []) drawn.paragraph(sentence);
  if (!options.isFull) return inShort(drawn, explanation, options);
  for (const field of fields) fieldText(drawn, field, options);
  drawn.heading('Why this enrollment is in the extract');
  drawn.tree([enrollmentBranch(qualification, options)]);
  if (otherEnrollments.length) {
    drawn.heading('Other enrollments of the student');
    drawn.tree(otherEnrollments.map((enrollment) => enrollmentBranch(enrollment, options)));
  }
  if (secondOpinion) {
    drawn.heading('Second opinion');
    drawn.tree(opinionBranches(secondOpinion));
  }
  return drawn.text();
}

/** Of so many fields that no rule makes, nobody wants a line each. */
const FEW_COPIED = 3;

/** A line for each field that a rule makes and for each enrollment; all other fields stand together. */
function inShort(drawn: Drawing, explanation: RowExplanation, options: TextOptions): string {
  const { fields, qualification, otherEnrollments, secondOpinion } = explanation;
  const copied = fields.filter(({ rule }) => !rule);
  const isCompact = copied.length > FEW_COPIED;
  const apart = isCompact ? fields.filter(({ rule }) => rule) : fields;
  if (apart.length) drawn.heading('Fields');
  for (const { field, name, short } of apart) drawn.entry(`${field} ${name} =`, short);
  if (isCompact) copiedText(drawn, copied, qualification, options);
  drawn.heading('Why this enrollment is in the extract');
  enrollmentEntry(drawn, qualification, options);
  if (otherEnrollments.length) drawn.heading('Other enrollments of the student');
  for (const enrollment of otherEnrollments) enrollmentEntry(drawn, enrollment, options);
  if (secondOpinion) {
    drawn.heading('Second opinion');
    drawn.tree(opinionBranches(secondOpinion));
  }
  return drawn.text();
}

/** The fields that have their values from the enrollment, then those that are blank. */

/** Fields that have their values from the enrollment or from the layout, then those among them that are blank. */
function copiedText(
  drawn: Drawing,
  fields: readonly FieldExplanation[],
  { record }: ShownEnrollment,
  { schemas }: TextOptions,
): void {
  const isDay = (field: string): boolean => schemas.output.columns.find(({ no }) => no === field)?.type === 'DT';
  const filled = fields.filter(({ value }) => value !== '');
  const blank = fields.filter(({ value }) => value === '');
  drawn.heading(`Fields copied from the enrollment${placeText(record)}, or the same in every row`);
  drawn.paragraph(
    `${filled.map(({ field, name, value }) => `${field} ${name} = ${valueText(value, isDay(field))}`).join('; ')}.`,
  );
  if (blank.length) drawn.paragraph(`Blank: ${blank.map(({ field, name }) => `${field} ${name}`).join('; ')}.`);
}

const enrollmentEntry = (drawn: Drawing, { record, short }: ShownEnrollment, { schemas }: TextOptions): void =>
  drawn.entry(`${typeText(record, schemas)}${placeText(record)}:`, short);

/** Why a student has no row, as text; the last line ends with a line feed. */
export function missingText(explanation: MissingExplanation, options: TextOptions): string {
  const drawn = new Drawing(options);
  drawn.heading(`Student ${explanation.ssid}`);
  head(drawn, explanation);
  drawn.paragraph(explanation.sentence);
  const { enrollments, rejections } = explanation;
  if (enrollments.length) drawn.heading('Enrollments of the student');
  if (options.isFull) drawn.tree(enrollments.map((enrollment) => enrollmentBranch(enrollment, options)));
  else for (const enrollment of enrollments) enrollmentEntry(drawn, enrollment, options);
  if (rejections.length) drawn.heading('Rejected records of the student');
  for (const { recordType, sent, code, message } of rejections)
    drawn.entry(`${recordType}${placeText({ sent })}:`, `${code} ${message}`);
  if (explanation.secondOpinion) {
    drawn.heading('Second opinion');
    drawn.tree(selectionBranches(explanation.secondOpinion));
  }
  return drawn.text();
}

function head(
  drawn: Drawing,
  { formerly = [], runDate, asOfUpload, window, rulebook, passedOver }: RowExplanation | MissingExplanation,
): void {
  for (const { ssid, until } of formerly) drawn.paragraph(`Until ${dayWords(until)} this was ${ssid}.`);
  if (passedOver)
    drawn.paragraph(
      `Passed over, since this version of the rules does not know their record type: ${passedOverInWords(passedOver)}.`,
    );
  drawn.paragraph(`Run date ${dayWords(runDate)}, window ${intervalWords(window)}.`);
  if (asOfUpload !== undefined) drawn.paragraph(`Records of the store as of upload ${asOfUpload}.`);
  drawn.paragraph(`Rulebook ${rulebook.name}, version ${rulebook.version}, SHA-256 ${rulebook.sha256}.`);
}

function fieldText(drawn: Drawing, field: FieldExplanation, { schemas }: TextOptions): void {
  const { rule, rules = [], facts = [], parameters = [], whyNot = [], whatWouldChangeIt } = field;
  drawn.heading(`${field.field} ${field.name}: ${field.value === '' ? '(blank)' : field.value}`);
  drawn.paragraph(field.short);
  if (field.sentence !== field.short) drawn.paragraph(field.sentence);
  if (!rule) return;
  const { page, updated, element } = rule.source;
  drawn.paragraph(
    `Rule "${rule.name}" in ${rule.file}. Source: ${page}${updated ? `, updated ${updated}` : ''}, element ${element}.`,
  );
  const looks = new Set(facts.flatMap(({ id, candidates }) => (candidates ? [id] : [])));
  drawn.tree([
    { text: 'Rules', below: rules.map((of) => ruleBranch(of, looks)) },
    ...(facts.length ? [{ text: 'Facts', below: facts.map((fact) => factBranch(fact, schemas)) }] : []),
    ...(parameters.length ? [{ text: 'Parameters', below: parameters.map(parameterBranch) }] : []),
    ...(whyNot.length ? [{ text: 'Why not', below: whyNot.map(({ sentence }) => ({ text: sentence })) }] : []),
    ...(whatWouldChangeIt ? [{ text: 'What would change it', below: [{ text: whatWouldChangeIt.sentence }] }] : []),
  ]);
}

const CAME: Readonly<Record<ShownRule['came'], { readonly mark: string; readonly color: Color }>> = {
  decided: { mark: '✓ decided', color: 'green' },
  passed: { mark: '✗ passed', color: 'red' },
  notReached: { mark: '· not reached', color: 'dim' },
};

const ruleBranch = ({ name, came, conditions }: ShownRule, looks: ReadonlySet<string>): Branch => ({
  ...CAME[came],
  text: name,
  ...(conditions && { below: [conditionBranch(conditions, looks)] }),
});

const GROUPS = { all: 'all of these', any: 'at least one of these', not: 'not this' } as const;

const groupWords = (kind: keyof typeof GROUPS, isAsked: boolean): string => `${GROUPS[kind]}${isAsked ? '' : ' …'}`;

/** @param looks ids of facts that look for records: what they did not find is no such record */
function conditionBranch(condition: ShownCondition, looks: ReadonlySet<string>): Branch {
  // What stands below a group that nobody asked is in the rule file.
  const isAsked = condition.outcome !== 'notReached';
  if (condition.kind === 'leaf') return leafBranch(condition, isAsked, looks);
  const of = condition.kind === 'not' ? [condition.of] : condition.of;
  return {
    ...markOf(condition.outcome, condition.holds, 'absent'),
    text: groupWords(condition.kind, isAsked),
    below: isAsked ? of.map((child) => conditionBranch(child, looks)) : [],
  };
}

type Leaf = Extract<ShownCondition, { readonly kind: 'leaf' }>;

function leafBranch(leaf: Leaf, isAsked: boolean, looks: ReadonlySet<string>): Branch {
  const { outcome, holds, says, left, right, facts } = leaf;
  const isMissing = outcome === 'absent' && facts.some((id) => looks.has(id));
  // What was looked for says enough of a record that is not there.
  if (isMissing && says === `found: ${left.says}`) return { ...markOf(outcome, holds, MISSING), text: left.says };
  return {
    ...markOf(outcome, holds, isMissing ? MISSING : 'absent'),
    text: says,
    below: isAsked ? [sideBranch(left), sideBranch(right)].filter(tellsMore) : [],
  };
}

const MISSING = 'no such record';

function markOf(outcome: OutcomeWord, holds: boolean | undefined, absent: string): { mark: string; color: Color } {
  switch (outcome) {
    case 'true':
      return { mark: '✓ true', color: 'green' };
    case 'false':
      return { mark: '✗ false', color: 'red' };
    case 'absent':
      return { mark: `– ${absent}, so ${holds}:`, color: 'yellow' };
    case 'notReached':
      return { mark: '· not reached', color: 'dim' };
  }
}

const sideBranch = ({ says, value, isDay }: ShownSide): Branch => ({ text: `${says} = ${valueText(value, isDay)}` });

/** A value written out in the rule says itself. */
const tellsMore = ({ text }: Branch): boolean => {
  const [says, value] = text.split(' = ');
  return says?.replaceAll('"', '') !== value;
};

function factBranch({ id, says, value, isDay, candidates, operands }: ShownFact, schemas: Schemas): Branch {
  const below = [
    ...(candidates?.length === 0
      ? [{ text: 'there is no record of this type' }]
      : (candidates ?? []).map((candidate) => candidateBranch(candidate, schemas))),
    ...(operands ?? []).map(sideBranch),
  ];
  return { text: `${id} = ${valueText(value, isDay)}: ${says}`, below };
}

function candidateBranch({ record, taken, passedOver }: ShownCandidate, schemas: Schemas): Branch {
  const mark = taken
    ? ({ mark: '✓ taken', color: 'green' } as const)
    : ({ mark: '✗ passed over', color: 'red' } as const);
  return { ...mark, text: recordText(record, schemas), below: passedOver ? [{ text: passedOver.sentence }] : [] };
}

const parameterBranch = ({ parameter, says, on, value, isDay }: ShownParameter): Branch => ({
  text: `${parameter}${on ? ` on ${dayWords(on)}` : ''} = ${valueText(value, isDay)}: ${says}`,
});

function enrollmentBranch(
  { record, inExtract, sentence, conditions }: ShownEnrollment,
  { selection, schemas }: TextOptions,
): Branch {
  const mark = inExtract
    ? ({ mark: '✓ in the extract', color: 'green' } as const)
    : ({ mark: '✗ not in the extract', color: 'red' } as const);
  return {
    ...mark,
    text: recordText(record, schemas),
    below: [{ text: sentence }, ...(selection ? [conditionBranch(conditions, new Set())] : [])],
  };
}

const typeText = ({ recordType }: ShownRecord, schemas: Schemas): string =>
  layoutOf(schemas, recordType)?.name ?? recordType;

/** `, sent with 9900000002`, for a record whose student has another number now; `''` for any other. */
export const sentWithWords = (ssid: string | undefined): string =>
  ssid === undefined ? '' : `, sent ${ssid === '' ? 'without an SSID' : `with ${ssid}`}`;

const placeText = ({ sent }: Pick<ShownRecord, 'sent'>): string =>
  sent
    ? ` (${sent.upload === undefined ? '' : `upload ${sent.upload}, `}${sent.file}, line ${sent.line}${sentWithWords(sent.ssid)})`
    : '';

/** A record by place and filled columns, under their published names. */
function recordText(record: ShownRecord, schemas: Schemas): string {
  const { recordType, values } = record;
  const columns = Object.entries(values).flatMap(([key, value]) => {
    const isDay = (columnOf(recordType, key, schemas)?.type ?? 'DT') === 'DT';
    return value === '' ? [] : [`${columnName(recordType, key, schemas)} ${valueText(value, isDay)}`];
  });
  return `${typeText(record, schemas)}${placeText(record)}: ${columns.join(', ')}`;
}

function selectionBranches({ first, second, agree, rows }: SelectionOpinion): Branch[] {
  const engines = `${first.engine} ${first.version} and ${second.engine} ${second.version}`;
  return [
    agree ? { mark: '✓ agree', color: 'green', text: engines } : { mark: '✗ disagree', color: 'red', text: engines },
    {
      text:
        rows.first === rows.second
          ? `both select ${counted(rows.first, 'row')} of the student`
          : `${first.engine} selects ${counted(rows.first, 'row')} of the student, ${second.engine} ${rows.second}`,
    },
  ];
}

function opinionBranches({
  rulesEvaluated,
  rulesInFiles,
  differences,
  laws,
  ...opinion
}: SecondOpinionShown): Branch[] {
  const { first, second } = opinion;
  return [
    ...selectionBranches(opinion),
    { text: `${rulesEvaluated} of ${rulesInFiles} rules evaluated` },
    ...differences.map(
      (d): Branch => ({
        mark: '✗',
        color: 'red',
        text: `field ${d.field}: ${first.engine} has "${d.first}" by rule "${d.firstRule}", ${second.engine} has "${d.second}" by rule "${d.secondRule}"`,
      }),
    ),
    ...(laws
      ? [
          {
            mark: '✗',
            color: 'red',
            text: `laws broken: ${first.engine} finds ${laws.first.join(', ') || 'none'}, ${second.engine} finds ${laws.second.join(', ') || 'none'}`,
          } satisfies Branch,
        ]
      : []),
  ];
}

function valueText(value: Shown, isDay = false): string {
  if (value === null) return 'absent';
  if (value === '') return 'blank';
  if (typeof value !== 'object') return isDay ? dayWords(String(value)) : String(value);
  return 'start' in value ? intervalWords(value) : value.join(', ') || 'none';
}
