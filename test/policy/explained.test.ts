/**
 * What is said of students of the stories: why a field is what it is, why it is not something else, and what would
 * change it. The sentences are in `explained.json`, and read like any text for people.
 *
 *     CENR_UPDATE=1 node test/policy/explained.test.ts
 *
 * writes them anew.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { ExampleRecord } from '#authoring/examples/cases';
import { Explainer } from '#explain/explain';
import { verify } from '#rulebook/load/load';
import { student } from '../explain/subjects.ts';
import { textsAfter } from './stories.ts';

// A busy machine is slow.
t.setTimeout(300_000);

interface Explained {
  readonly story: string;
  readonly title: string;
  readonly field: string;
  readonly academicYear: string;
  readonly runDate: string;
  readonly records: readonly ExampleRecord[];
  readonly says?: object;
}

const FILE = join(import.meta.dirname, 'explained.json');
const all: readonly Explained[] = JSON.parse(readFileSync(FILE, 'utf8'));
const explainers = new Map<string, Explainer>();

function explainerOf(story: string): Explainer {
  const known = explainers.get(story) ?? new Explainer(verify(textsAfter(story)), '1.2.3');
  explainers.set(story, known);
  return known;
}

const told = all.map(({ says: _, ...one }) => {
  const by = explainerOf(one.story);
  const { academicYear, runDate, records, field } = one;
  const subject = student(records, {
    request: { reportingLEAs: ['1234567'], academicYear },
    runDate,
    ...(Number(field) > 50 && { columns: '52' }),
  });
  const [key] = by.rows(subject);
  const [explained] = (key && by.row(subject, key, { fields: [field] })?.fields) ?? [];
  const says = {
    sentence: explained?.sentence,
    whyNot: explained?.whyNot?.map(({ sentence }) => sentence),
    change: explained?.whatWouldChangeIt,
  };
  return { ...one, says: JSON.parse(JSON.stringify(says)) as object };
});
if (process.env['CENR_UPDATE'] === '1') writeFileSync(FILE, `${JSON.stringify(told, null, 2)}\n`);

for (const [i, { story, title, says }] of told.entries()) t.same(says, all[i]?.says, `${story}: ${title}`);
