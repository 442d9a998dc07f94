/**
 * The meaning of the extract lies in `rules/` and `schemas/`, never in `src/`: no program, exit, status, language or
 * race code, no day on which something was retired, no label, no number of a derived field. What is forbidden is read
 * from the rule files themselves, so a code that is added there tomorrow is forbidden here tomorrow. Comments may cite
 * what they like.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import t from 'tap';
import { loadRulebook } from '#rulebook/load/load';

const PROJECT = resolve(import.meta.dirname, '..');
const { declared, schemas } = loadRulebook();

/** Code sets whose codes decide what the extract says. */
const CODE_SETS = [
  'CompletionStatus',
  'EducationProgram',
  'EducationProgramMembership',
  'EducationService',
  'ELAS',
  'EnrollmentStatus',
  'ExitReason',
  'GradeLevel',
  'ParentEducation',
  'Race',
  'SpecialEducationStatus',
  'SpecialSchoolCode',
  'TransactionType',
  'YesNo',
];

/**
 * Places where a forbidden text stands and means something else, and what it means there. An entry that matches nothing
 * any more fails, so the list cannot rot.
 */
const ALLOWED: readonly { readonly file: string; readonly texts: readonly string[]; readonly because: string }[] = [
  {
    file: 'src/rulebook/operators/order-of-days.ts',
    texts: ['20230630', '20230701'],
    because: 'examples of an operator: rows for its test and the manual',
  },
  { file: 'src/rulebook/operators/equality.ts', texts: ['191', '135'], because: 'examples of an operator' },
  {
    file: 'src/rulebook/operators/lists.ts',
    texts: ['10', '20', '30', 'Asian', 'White'],
    because: 'examples of an operator',
  },
  { file: 'src/rulebook/operators/presence.ts', texts: ['EL'], because: 'examples of an operator' },
  { file: 'src/rulebook/operators/form.ts', texts: ['A'], because: 'stands for a capital letter in a form' },
  {
    file: 'src/rulebook/second-opinion/differences.ts',
    texts: ['10'],
    because: 'examples of where json-rules-engine differs',
  },
  {
    file: 'src/authoring/examples/run.ts',
    texts: ['schoolOfAttendance', 'gradeLevelCode'],
    because: 'what a report shows of rows when an example expects none',
  },
  {
    file: 'src/service/schemas/problem.ts',
    texts: ['SENR0018'],
    because: 'shows in the API document what a code looks like',
  },
  { file: 'src/rulebook/words/words.ts', texts: ['birth year'], because: 'plain words of a sentence' },
  { file: 'src/pages/ssid/retire.ts', texts: ['100', 'localStudentID'], because: 'the most that a score can be' },
  {
    file: 'src/pages/ssid/match.ts',
    texts: ['localStudentID', 'enrollmentStartDate'],
    because: 'keys of what a match answers, whose names are those of the file that was sent',
  },
  { file: 'src/pages/ssid/shown.ts', texts: ['1'], because: 'the value of a part that is equal' },
  { file: 'src/service/schemas/replacement.ts', texts: ['100'], because: 'the most that a score can be' },
  {
    file: 'src/sample/identities.ts',
    texts: ['first name', 'last name', 'middle name', 'birth month', 'birth day', 'birth year', '01', '02'],
    because: 'how made-up persons are written otherwise, and days of a month',
  },
  { file: 'src/service/http/turns.ts', texts: ['30'], because: 'seconds, in the header Retry-After' },
  { file: 'src/service/jobs/job-queue.ts', texts: ['30'], because: 'seconds, in the header Retry-After' },
  { file: 'src/service/routes/v1/uploads/load.ts', texts: ['202'], because: 'a status of HTTP' },
  { file: 'src/service/plugins/problem-details.ts', texts: ['30'], because: 'seconds, in the header Retry-After' },
  { file: 'src/service/plugins/stopping.ts', texts: ['30'], because: 'seconds, in the header Retry-After' },
  { file: 'src/service/routes/health/ready.ts', texts: ['10'], because: 'seconds, in the header Retry-After' },
];

/** Every forbidden text, and what it is in the rule files. */
const forbidden = new Map<string, string>();
const forbid = (text: string, what: string): void => {
  if (text !== '' && !forbidden.has(text)) forbidden.set(text, what);
};
const forbidDay = (day: string | undefined, what: string): void => {
  if (day === undefined) return;
  const [, month, ofMonth] = day.split('-');
  for (const form of [day, day.replaceAll('-', ''), `${month}-${ofMonth}`, `${month}${ofMonth}`]) forbid(form, what);
};

/** What operators of intervals ask, whatever the choices of a parameter are called. */
const WORDS_OF_OPERATORS: readonly unknown[] = ['overlap'];

for (const { json } of declared.parameters.values())
  for (const { value, key, from, through } of json.values) {
    if (json.type === 'choice' && WORDS_OF_OPERATORS.includes(value)) continue;
    const what = `parameter ${json.name}`;
    if (json.type === 'day') forbidDay(String(value), what);
    else if (json.type !== 'flag' && json.type !== 'number') forbid(String(value), what);
    if (json.name === 'academicYearFirstDay') forbidDay(`2000-${value}`, what);
    if (key !== undefined) forbid(key, what);
    forbidDay(from, what);
    forbidDay(through, what);
  }
for (const name of CODE_SETS) {
  const set = schemas.codeSets.find(({ codeSet }) => codeSet === name);
  for (const { code, from, through } of set?.codes ?? []) {
    forbid(code, `code set ${name}`);
    forbidDay(from, `code set ${name}`);
    forbidDay(through, `code set ${name}`);
  }
}
for (const { json } of declared.fields) {
  forbid(json.field, 'the number of a derived field');
  forbid(json.name, 'the name of a derived field');
}
for (const { json } of declared.checks) forbid(json.code, 'the code of a check');
/**
 * Columns that every file has and the program handles itself (src/records/layout.ts); all others are known to rules and
 * layouts only.
 */
const KNOWN_COLUMNS = ['recordTypeCode', 'transactionTypeCode', 'reportingLEA', 'ssid'];
for (const { columns } of [...schemas.layouts, schemas.output])
  for (const { key } of columns)
    if (!KNOWN_COLUMNS.includes(key) && key !== 'uploaded' && key !== 'lastUpdated') forbid(key, 'the key of a column');

interface Token {
  readonly kind: 'text' | 'number';
  readonly text: string;
  readonly line: number;
}

const TOKEN =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|(?<=[(,=:[!&|?{};]\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\n])*\]|[^/\n])+\/[a-z]*|'((?:\\.|[^'\\\n])*)'|"((?:\\.|[^"\\\n])*)"|`((?:\\.|[^`\\])*)`|(?<![\w.])(\d[\d_]*)(?![\w.])/g;

/** The texts and numbers of a TypeScript source; comments and regular expressions left out. */
function* tokens(source: string): Generator<Token> {
  for (const match of source.matchAll(TOKEN)) {
    const text = match[1] ?? match[2] ?? match[3];
    const line = source.slice(0, match.index).split('\n').length;
    if (text !== undefined) yield { kind: 'text', text, line };
    else if (match[4] !== undefined) yield { kind: 'number', text: match[4].replaceAll('_', ''), line };
  }
}

/** The longer ones, where they stand as a word. */
const forbiddenWords = [...forbidden.keys()]
  .filter((word) => word.length >= 3)
  .map((word) => ({ word, asWord: new RegExp(`(?<![\\w-]|\\d\\.)${RegExp.escape(word)}(?![\\w-]|\\.\\d)`) }));

/**
 * The forbidden texts in a token: the whole of it, and in longer texts those that stand there as a word of three
 * characters or more.
 */
function* forbiddenIn({ kind, text }: Token): Generator<string> {
  // A bare number of three digits may be anything (a status of HTTP, a size); one that is a day may not.
  if (kind === 'number') {
    if (text.length === 8 && forbidden.has(text)) yield text;
    return;
  }
  if (forbidden.has(text)) yield text;
  for (const { word, asWord } of forbiddenWords) if (word !== text && asWord.test(text)) yield word;
}

const sources = readdirSync(join(PROJECT, 'src'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.(ts|sql|json)$/.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name));

t.test('the search sees what it must', (t) => {
  const seen = (source: string): string[] => [...tokens(source)].flatMap((token) => [...forbiddenIn(token)]);
  t.same(seen("if (program === '191') return 'Y';"), ['191', 'Y']);
  t.same(seen('const LABELS = { 100: "Am Indian/Alskn Nat" };'), ['Am Indian/Alskn Nat']);
  t.same(seen("const sql = `exit <> 'N470' and start <= 20230630`;"), ['20230630', 'N470']);
  t.same(seen("const retired = 2023_06_30; const from = '2023-07-01';"), ['20230630', '2023-07-01']);
  t.same(seen("case '45': return x.fields[9];"), ['45']);
  t.same(seen("// program 191, field 45\n/* 'N470' */ const digits = /['\"]191/; listen('127.0.0.1', 8191);"), []);
  t.end();
});

t.test('nothing of what the extract means is written in src/', (t) => {
  const unused = new Set(ALLOWED.flatMap(({ file, texts }) => texts.map((text) => `${file} "${text}"`)));
  t.ok(sources.length > 50, `${sources.length} files`);
  t.ok(forbidden.size > 150, `${forbidden.size} texts`);
  for (const path of sources) {
    const file = relative(PROJECT, path).replaceAll('\\', '/');
    const found: string[] = [];
    for (const token of tokens(readFileSync(path, 'utf8')))
      for (const text of forbiddenIn(token)) {
        if (ALLOWED.some((entry) => entry.file === file && entry.texts.includes(text)))
          unused.delete(`${file} "${text}"`);
        else found.push(`${file}:${token.line} "${text}" (${forbidden.get(text)})`);
      }
    t.same(found, [], file);
  }
  t.same([...unused], [], 'every exception is still one');
  t.end();
});
