/** Explanations as text for a terminal: sentences, and drawn trees of conditions, facts and records. */
import type {
  FieldExplanation,
  MissingExplanation,
  OutcomeWord,
  RowExplanation,
  SecondOpinionShown,
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
  /** Whether to use ANSI colours; marks say the same in words. */
  readonly colours: boolean;
  /** Whether to draw the selection's conditions for every enrollment too; the sentence tells the one that decided. */
  readonly selection?: boolean;
}

type Colour = 'bold' | 'dim' | 'green' | 'red' | 'yellow';

const CODES: Readonly<Record<Colour, number>> = { bold: 1, dim: 2, green: 32, red: 31, yellow: 33 };

/** A piece of a drawn tree. The mark stands before the text. */
interface Branch {
  readonly mark?: string;
  readonly colour?: Colour;
  readonly text: string;
  readonly below?: readonly Branch[];
}

/** Lines are broken here; most terminals are wider. */
const WIDTH = 110;
const LEAST_WIDTH = 40;

/** A row and its fields as text; the last line ends with a line feed. */
export function explanationText(explanation: RowExplanation, options: TextOptions): string {
  const { reportingLEA, school, grade, qualification, otherEnrollments, fields, secondOpinion } = explanation;
  const drawn = new Drawing(options);
  drawn.heading(`Student ${explanation.ssid}, reporting LEA ${reportingLEA}, school ${school}, grade ${grade}`);
  head(drawn, explanation);
  for (const field of fields) fieldText(drawn, field);
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

/** Why a student has no row, as text; the last line ends with a line feed. */
export function missingText(explanation: MissingExplanation, options: TextOptions): string {
  const drawn = new Drawing(options);
  drawn.heading(`Student ${explanation.ssid}`);
  head(drawn, explanation);
  drawn.paragraph(explanation.sentence);
  if (explanation.enrollments.length) {
    drawn.heading('Enrollments of the student');
    drawn.tree(explanation.enrollments.map((enrollment) => enrollmentBranch(enrollment, options)));
  }
  return drawn.text();
}

function head(drawn: Drawing, { runDate, window, rulebook }: RowExplanation | MissingExplanation): void {
  drawn.paragraph(`Run date ${dayWords(runDate)}, window ${intervalWords(window)}.`);
  drawn.paragraph(`Rulebook ${rulebook.name}, version ${rulebook.version}, SHA-256 ${rulebook.sha256}.`);
}

function fieldText(drawn: Drawing, field: FieldExplanation): void {
  const { rule, rules = [], facts = [], parameters = [], whyNot = [], whatWouldChangeIt } = field;
  drawn.heading(`${field.field} ${field.name}: ${field.value === '' ? '(blank)' : field.value}`);
  drawn.paragraph(field.sentence);
  if (!rule) return;
  const { page, updated, element } = rule.source;
  drawn.paragraph(
    `Rule "${rule.name}", ${rule.file} ${rule.pointer}. Source: ${page}${updated ? `, updated ${updated}` : ''}, element ${element}.`,
  );
  drawn.tree([
    { text: 'Rules', below: rules.map(ruleBranch) },
    ...(facts.length ? [{ text: 'Facts', below: facts.map(factBranch) }] : []),
    ...(parameters.length ? [{ text: 'Parameters', below: parameters.map(parameterBranch) }] : []),
    ...(whyNot.length ? [{ text: 'Why not', below: whyNot.map(({ sentence }) => ({ text: sentence })) }] : []),
    ...(whatWouldChangeIt ? [{ text: 'What would change it', below: [{ text: whatWouldChangeIt.sentence }] }] : []),
  ]);
}

const CAME: Readonly<Record<ShownRule['came'], { readonly mark: string; readonly colour: Colour }>> = {
  decided: { mark: '✓ decided', colour: 'green' },
  passed: { mark: '✗ passed', colour: 'red' },
  notReached: { mark: '· not reached', colour: 'dim' },
};

const ruleBranch = ({ name, came, conditions }: ShownRule): Branch => ({
  ...CAME[came],
  text: name,
  ...(conditions && { below: [conditionBranch(conditions)] }),
});

const GROUPS = { all: 'all of these', any: 'at least one of these', not: 'not this' } as const;

const groupWords = (kind: keyof typeof GROUPS, isAsked: boolean): string => `${GROUPS[kind]}${isAsked ? '' : ' …'}`;

function conditionBranch(condition: ShownCondition): Branch {
  const mark = markOf(condition.outcome, condition.holds);
  // What stands below a group that nobody asked is in the rule file.
  const isAsked = condition.outcome !== 'notReached';
  switch (condition.kind) {
    case 'all':
    case 'any':
      return {
        ...mark,
        text: groupWords(condition.kind, isAsked),
        below: isAsked ? condition.of.map(conditionBranch) : [],
      };
    case 'not':
      return { ...mark, text: groupWords('not', isAsked), below: isAsked ? [conditionBranch(condition.of)] : [] };
    case 'leaf':
      return {
        ...mark,
        text: condition.says,
        below: isAsked ? [sideBranch(condition.left), sideBranch(condition.right)].filter(tellsMore) : [],
      };
  }
}

function markOf(outcome: OutcomeWord, holds: boolean | undefined): { mark: string; colour: Colour } {
  switch (outcome) {
    case 'true':
      return { mark: '✓ true', colour: 'green' };
    case 'false':
      return { mark: '✗ false', colour: 'red' };
    case 'absent':
      return { mark: `? absent, so ${holds}`, colour: 'yellow' };
    case 'notReached':
      return { mark: '· not reached', colour: 'dim' };
  }
}

const sideBranch = ({ says, value }: ShownSide): Branch => ({ text: `${says} = ${valueText(value)}` });

/** A value written out in the rule says itself. */
const tellsMore = ({ text }: Branch): boolean => {
  const [says, value] = text.split(' = ');
  return says?.replaceAll('"', '') !== value;
};

function factBranch({ id, says, value, candidates, operands }: ShownFact): Branch {
  const below = [
    ...(candidates?.length === 0
      ? [{ text: 'there is no record of this type' }]
      : (candidates ?? []).map(candidateBranch)),
    ...(operands ?? []).map(sideBranch),
  ];
  return { text: `${id} = ${valueText(value)}: ${says}`, below };
}

function candidateBranch({ record, taken, passedOver }: ShownCandidate): Branch {
  const mark = taken
    ? ({ mark: '✓ taken', colour: 'green' } as const)
    : ({ mark: '✗ passed over', colour: 'red' } as const);
  return { ...mark, text: recordText(record), below: passedOver ? [{ text: passedOver.sentence }] : [] };
}

const parameterBranch = ({ parameter, says, on, value }: ShownParameter): Branch => ({
  text: `${parameter}${on ? ` on ${dayWords(on)}` : ''} = ${valueText(value)}: ${says}`,
});

function enrollmentBranch(
  { record, inExtract, sentence, conditions }: ShownEnrollment,
  { selection }: TextOptions,
): Branch {
  const mark = inExtract
    ? ({ mark: '✓ in the extract', colour: 'green' } as const)
    : ({ mark: '✗ not in the extract', colour: 'red' } as const);
  return {
    ...mark,
    text: recordText(record),
    below: [{ text: sentence }, ...(selection ? [conditionBranch(conditions)] : [])],
  };
}

/** A record by place and filled columns. */
function recordText({ recordType, sent, values }: ShownRecord): string {
  const place = sent
    ? ` (${sent.upload === undefined ? '' : `upload ${sent.upload}, `}${sent.file}, line ${sent.line})`
    : '';
  const columns = Object.entries(values).flatMap(([key, value]) => (value === '' ? [] : [`${key} ${value}`]));
  return `${recordType}${place} ${columns.join(', ')}`;
}

function opinionBranches({
  first,
  second,
  agree,
  rulesEvaluated,
  rulesInFiles,
  differences,
}: SecondOpinionShown): Branch[] {
  const engines = `${first.engine} ${first.version} and ${second.engine} ${second.version}`;
  return [
    agree ? { mark: '✓ agree', colour: 'green', text: engines } : { mark: '✗ disagree', colour: 'red', text: engines },
    { text: `${rulesEvaluated} of ${rulesInFiles} rules evaluated` },
    ...differences.map(
      (d): Branch => ({
        mark: '✗',
        colour: 'red',
        text: `field ${d.field}: ${first.engine} has "${d.first}" by rule "${d.firstRule}", ${second.engine} has "${d.second}" by rule "${d.secondRule}"`,
      }),
    ),
  ];
}

function valueText(value: Shown): string {
  if (value === null) return 'absent';
  if (value === '') return 'blank';
  if (typeof value !== 'object') return String(value);
  return 'start' in value ? intervalWords(value) : value.join(', ') || 'none';
}

/** Lines as they are put together. */
class Drawing {
  readonly #lines: string[] = [];
  readonly #colours: boolean;

  constructor({ colours }: TextOptions) {
    this.#colours = colours;
  }

  heading(text: string): void {
    if (this.#lines.length) this.#lines.push('');
    this.#lines.push(...broken(text, WIDTH).map((line) => this.#painted(line, 'bold')));
  }

  paragraph(text: string): void {
    this.#lines.push(...broken(text, WIDTH));
  }

  tree(branches: readonly Branch[], indent = ''): void {
    for (const [i, { mark, colour, text, below = [] }] of branches.entries()) {
      const isLast = i === branches.length - 1;
      const inner = `${indent}${isLast ? '   ' : '│  '}`;
      const [first = '', ...more] = broken(
        mark === undefined ? text : `${mark}  ${text}`,
        Math.max(WIDTH - inner.length - 3, LEAST_WIDTH),
      );
      this.#lines.push(
        `${indent}${isLast ? '└─ ' : '├─ '}${mark !== undefined && colour ? this.#painted(mark, colour) + first.slice(mark.length) : first}`,
      );
      for (const line of more) this.#lines.push(`${inner}${below.length ? '│  ' : '   '}${line}`);
      this.tree(below, inner);
    }
  }

  text(): string {
    return `${this.#lines.join('\n')}\n`;
  }

  #painted(text: string, colour: Colour): string {
    return this.#colours ? `\u001b[${CODES[colour]}m${text}\u001b[0m` : text;
  }
}

/** A text in lines of at most so many characters; longer words stay whole. */
function broken(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  // Two blanks stand between a mark and its text, and stay.
  for (const word of text.split(/(?<! ) (?! )/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
