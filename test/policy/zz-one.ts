import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkRulebook } from '#authoring/check/check';
import { coverageOf } from '#authoring/examples/coverage';
import { runExamples } from '#authoring/examples/run';
import { mutationReport } from '#authoring/mutants/mutation';
import { grammarOf } from '#rulebook/load/assemble';
import { verify } from '#rulebook/load/load';
import { changesIn, readStory, STORIES, textsAfter, textsBefore } from './stories.ts';
const name = process.argv[2] as string;
writeFileSync(join(STORIES, name, 'changes.json'), `${JSON.stringify(changesIn(readStory(name, 'README.md')), null, 2)}\n`);
const [tb, ta] = [textsBefore(name), textsAfter(name)];
const [before, after] = [verify(tb), verify(ta)];
for (const r of runExamples(after)) if (r.message !== undefined) console.log('FAIL', r.of, r.title, r.message);
const students = JSON.parse(readStory(name, 'students.json'));
for (const [side, rb] of [['before', before], ['after', after]] as const) {
  const file = { path: 'rules/examples/students.json', json: { examples: students.examples.map((e: any) => ({ ...e, cases: e.cases.map(({ before, after, ...rest }: any) => ({ ...rest, expect: side === 'before' ? before : after })) })) } };
  for (const r of runExamples({ ...rb, files: [...rb.files.filter(({ path }) => grammarOf(path) !== 'examples'), file] })) if (r.message !== undefined) console.log('STUDENT', side, r.title, r.message);
}
const only = students.changed;
for (const { gaps, stale } of coverageOf(after, { only })) { for (const g of gaps) console.log('GAP', g.of, g.says); for (const s of stale) console.log('STALE', s.pointer); }
const { tried, stale } = mutationReport(after, { only });
console.log(tried.length, 'mutants');
for (const { fate, mutant } of tried) if (fate === 'survived') console.log('SURVIVED', mutant.of, mutant.file, mutant.pointer, mutant.says);
for (const s of stale) console.log('STALE', s.pointer);
const fb = checkRulebook(tb).findings.map((f) => f.severity + f.message);
for (const f of checkRulebook(ta).findings) if (!fb.includes(f.severity + f.message)) console.log('CHECK', f.severity, f.kind, f.file, f.pointer, f.message, JSON.stringify(f.witness ?? ''));
import { linesOf } from './stories.ts'; console.log('lines', linesOf(name));
