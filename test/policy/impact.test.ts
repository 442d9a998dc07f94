/**
 * The impact reports of the stories: each is what the commands of its README give, run in a folder that looks like the
 * one in which a person follows the story.
 *
 *     CENR_UPDATE=1 node test/policy/impact.test.ts
 *
 * writes `students.txt`, `impact.md` and what the READMEs show of them anew.
 */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { casesOf, type ExampleRecord, lineWriter } from '#authoring/examples/cases';
import { academicYearFirstDay } from '#extract/request';
import { academicYearOf } from '#records/days';
import { verify } from '#rulebook/load/load';
import { shippedTexts } from '../rulebook/texts.ts';
import { folder } from '../support/folders.ts';
import { commandsIn, run, writeTexts } from './following.ts';
import { readStory, STORIES, storyNames, textsAfter } from './stories.ts';

t.setTimeout(900_000);

const SECTION = /^## (?:5 )?See what (?:it|the change) does$(.*?)^## /ms;
const SHOWN = /^```text\n(.*?)^```$/ms;
const isUpdate = process.env['CENR_UPDATE'] === '1';

/** The students of `students.json` as lines of a file, each with an SSID of its own that no sample has. */
function studentLines(name: string): string {
  const after = verify(textsAfter(name));
  const cases = casesOf({
    ...after,
    files: [{ path: 'rules/examples/students.json', json: JSON.parse(readStory(name, 'students.json')) }],
  });
  const write = lineWriter(after);
  const line = (record: ExampleRecord, student: number): string => {
    const { enrollmentStartDate: start } = record as Readonly<Record<string, string>>;
    const academicYear = start !== undefined && { academicYearID: academicYearOf(start, academicYearFirstDay(after)) };
    return write({ ...record, ...academicYear, ssid: `${9_999_999_001 + student}` } as ExampleRecord);
  };
  return cases
    .flatMap(({ given, records }, student) => [...given, ...records].map((record) => `${line(record, student)}\n`))
    .join('');
}

/** What a story shows of the report: how many, and each field. */
function briefOf(out: string): string {
  const parts = out.trimEnd().split('\n\n');
  const shown = parts.map((part, i) => (i === 0 || part.startsWith('Field ') ? part : '…'));
  return `${shown.filter((part, i) => part !== '…' || shown[i - 1] !== '…').join('\n\n')}\n`;
}

/**
 * Runs the commands of a page in a folder as a person has it; gives the report and the page with what it should show of
 * it.
 */
async function followed(
  dir: string,
  story: string,
  page: string,
): Promise<{ readonly report: string; readonly page: string }> {
  writeTexts(dir, shippedTexts);
  writeTexts(join(dir, 'my-change'), textsAfter(story));
  cpSync(STORIES, join(dir, 'docs/policy'), { recursive: true });
  const section = SECTION.exec(page)?.[0] ?? '';
  let brief = '';
  for (const command of commandsIn(section)) {
    const { code, out, err } = await run(dir, command);
    // `check` ends with 1 when records are rejected, as it should here.
    if (code !== 0 && !(code === 1 && command.includes(' check '))) throw new Error(`${command}: ${err}`);
    if (command.startsWith('npx cenr rules impact --from rules --to my-change/rules sample '))
      brief = `\`\`\`text\n${briefOf(out)}\`\`\``;
  }
  const report = readFileSync(join(dir, 'impact.md'), 'utf8');
  return { report, page: page.replace(section, () => section.replace(SHOWN, () => brief)) };
}

for (const name of storyNames)
  t.test(name, async (t) => {
    const students = studentLines(name);
    if (isUpdate) writeFileSync(join(STORIES, name, 'students.txt'), students);
    t.equal(readStory(name, 'students.txt'), students, 'students.txt has the students of students.json');

    const page = readStory(name, 'README.md');
    const made = await followed(folder(t), name, page);
    if (isUpdate) {
      writeFileSync(join(STORIES, name, 'impact.md'), made.report);
      writeFileSync(join(STORIES, name, 'README.md'), made.page);
    } else t.equal(page, made.page, 'README.md shows the beginning of the report');
    t.equal(readStory(name, 'impact.md'), made.report, 'impact.md is what the commands give; if not: CENR_UPDATE=1');
  });

t.test('README.md', async (t) => {
  const page = readFileSync(join(STORIES, 'README.md'), 'utf8');
  const made = await followed(folder(t), '1-retire-program-127', page);
  if (isUpdate) writeFileSync(join(STORIES, 'README.md'), made.page);
  else t.equal(page, made.page, 'shows the beginning of the report that its commands give for story 1');
});
