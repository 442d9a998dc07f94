/**
 * Seeded mistakes: each is a change of the shipped rulebook, and what the check then says beyond what it says of the
 * shipped one. Every history that it offers is evaluated again here, as a worked example of its own.
 *
 *     CENR_UPDATE=1 node test/authoring/check/mistakes.test.ts
 *
 * writes down what is found now; read every change of it.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { checkRulebook } from '#authoring/check/check';
import type { RuleFinding, Witness } from '#authoring/check/finding';
import { KINDS } from '#authoring/check/kinds';
import { filled } from '#authoring/check/witness';
import { casesOf, type ExampleCase } from '#authoring/examples/cases';
import { Bench, type ExampleResult, type Observed, runCase } from '#authoring/examples/run';
import { withDashes } from '#records/days';
import { verify } from '#rulebook/load/load';
import type { NamedVersion } from '#rulebook/load/namesakes';
import { type LoadedReference, rowsFile } from '#rulebook/load/reference-files';
import type { RulebookTexts } from '#rulebook/load/texts';
import type { CalculationNode } from '#rulebook/tree/nodes';
import type { Value } from '#rulebook/tree/values';
import { type Patch, patched, shippedTexts } from '../../rulebook/texts.ts';

// A busy machine is slow.
t.setTimeout(900_000);

interface Mistake {
  readonly title: string;
  readonly patches: readonly Patch[];
  /** Versions that people know by their names. */
  readonly versions?: readonly NamedVersion[];
  /** Rows of reference files that are in use, by the name of the file. */
  readonly references?: Readonly<Record<string, LoadedReference['rows']>>;
  /** `shown` is what the history offered is said to show; a finding without one has none. */
  readonly findings: readonly { readonly found: string; readonly shown?: string }[];
  /** How many examples of the rulebook fail, each of which is a finding too. */
  readonly examplesFailing?: number;
}

const MISTAKES = join(import.meta.dirname, 'mistakes');
const TODAY = '20261121';
const mistakes = readdirSync(MISTAKES).map((name): Mistake & { readonly name: string } => ({
  name,
  ...JSON.parse(readFileSync(join(MISTAKES, name), 'utf8')),
}));

const identity = ({ file, kind, message }: RuleFinding): string => `${file} ${kind} ${message}`;
const shipped = checkRulebook(shippedTexts, { today: TODAY });
const known = new Set(shipped.findings.map(identity));

const described = ({ file, line, column, pointer, severity, message, kind }: RuleFinding): string =>
  `${file}:${line}:${column} ${pointer}: ${severity}: ${message} (${kind})`;

/** Failing examples are counted, unless the mistake is one. */
const isCounted = ({ kind }: RuleFinding, name: string): boolean =>
  kind === 'examples-fail' && !name.startsWith('example');

/** What a history comes to as a worked example of `of`, by rules changed as `change` says. */
function evaluated(
  texts: RulebookTexts,
  witness: Witness,
  of: string,
  change: (rules: { name: string }[]) => { name: string }[] = (rules) => rules,
  observed?: Observed,
): ExampleResult {
  const { request, runDate, records } = witness;
  const example = {
    of,
    title: 'the history',
    given: { request, runDate },
    cases: [{ title: 'as offered', records, expect: { value: 'none' } }],
  };
  const changed = texts.map(({ path, text }) => {
    const json = path.startsWith('rules/fields/') ? JSON.parse(text) : undefined;
    return { path, text: json?.field === of ? JSON.stringify({ ...json, rules: change(json.rules) }) : text };
  });
  const rulebook = verify([
    ...changed.filter(({ path }) => path !== 'rules/examples/zz.json'),
    { path: 'rules/examples/zz.json', text: JSON.stringify(example) },
  ]);
  const [own] = casesOf(rulebook).filter(({ file }) => file === 'rules/examples/zz.json');
  return runCase(new Bench(rulebook, { observed }), own as ExampleCase);
}

/** A record with what examples need not say of it. */
const withDefaults = (record: object): object => filled(verify(shippedTexts), record as Parameters<typeof filled>[1]);

/** Whether a history shows what it is said to show. */
function showsIt(texts: RulebookTexts, { kind, witness, ...finding }: RuleFinding): boolean {
  if (!witness) return false;
  const { shows } = witness;
  switch (kind) {
    case 'rule-never-decides': {
      const [, rule, decider, field] =
        /^the conditions of rule "(\w+)" hold, but rule "(\w+)" decides field (\d+)$/.exec(shows) ?? [];
      const asItIs = evaluated(texts, witness, field as string);
      // Without the rules before it, it decides: so its conditions hold.
      const alone = evaluated(texts, witness, field as string, (rules) =>
        rules.filter(({ name }) => name === rule || name === 'otherwise'),
      );
      return (
        asItIs.found?.kind === 'field' &&
        asItIs.found.rule === decider &&
        alone.found?.kind === 'field' &&
        alone.found.rule === rule
      );
    }
    case 'condition-always-true':
    case 'examples-miss-a-rule': {
      const [, rule, field, value] = /^rule "(\w+)" decides field (\d+), which is "(.*)"$/.exec(shows) ?? [];
      const { found } = evaluated(texts, witness, field as string);
      return found?.kind === 'field' && found.rule === rule && found.value === value;
    }
    case 'code-retired': {
      const [, field, value, code, without] =
        /^field (\d+) is "(.*)" because of a record with code (\w+) that begins after [\d-]+; without it, it is "(.*)"$/.exec(
          shows,
        ) ?? [];
      const { found } = evaluated(texts, witness, field as string);
      const records = witness.records.filter((record) => !Object.values(record).includes(code));
      const rest = evaluated(texts, { ...witness, records }, field as string);
      return (
        records.length < witness.records.length &&
        found?.kind === 'field' &&
        found.value === value &&
        rest.found?.kind === 'field' &&
        rest.found.value === without
      );
    }
    case 'validity-gap':
    case 'table-lacks-a-code': {
      const [, field, value, code, former, instead] =
        /^field (\d+) is "(.*)" because of a record with code (\w+); with (\w+) it is "(.*)"$/.exec(shows) ?? [];
      const records = witness.records.map((record) =>
        Object.fromEntries(Object.entries(record).map(([key, one]) => [key, one === code ? former : one])),
      );
      const came = [witness, { ...witness, records }].map((one) => evaluated(texts, one, field as string).found);
      const [now, then] = came.map((found) => (found?.kind === 'field' ? found.value : undefined));
      return now === value && then === instead && now !== then;
    }
    case 'value-for-nobody': {
      const [, field, value, owner, former, without] =
        /^field (\d+) is "(.*)" at (\d+); at (\d+) it is "(.*)"$/.exec(shows) ?? [];
      const elsewhere = JSON.parse(JSON.stringify(witness).replaceAll(owner as string, former as string)) as Witness;
      const came = [witness, elsewhere].map((one) => evaluated(texts, one, field as string).found);
      const [now, then] = came.map((found) => (found?.kind === 'field' ? found.value : undefined));
      return now === value && then === without && now !== then;
    }
    case 'looked-up-by-another': {
      const [, column, value] = /^the (.*) is (\d+), and the fact looks for a .* \2$/.exec(shows) ?? [];
      return (
        column !== undefined &&
        evaluated(texts, witness, '38').found?.kind === 'field' &&
        witness.records.some((record) => Object.values(withDefaults(record)).includes(value))
      );
    }
    case 'holds-of-nothing': {
      const { path, rules } = texts
        .flatMap(({ path, text }) => (path === finding.file ? [{ path, ...JSON.parse(text) }] : []))
        .at(0);
      const [, index, inside] = /^\/rules\/(\d+)(\/conditions.*)$/.exec(finding.pointer) ?? [];
      t.equal(inside, '/conditions', 'the comparison is all of the condition');
      // With the rule alone it decides, and without any other record of the student than enrollments.
      const records = witness.records.filter((record) => 'recordType' in record && record.recordType === 'SENR');
      const { found } = evaluated(texts, { ...witness, records }, /\/(\d+)-/.exec(path)?.[1] as string, (all) =>
        all.filter(({ name }) => name === rules[Number(index)].name || name === 'otherwise'),
      );
      return found?.kind === 'field' && found.rule === rules[Number(index)].name;
    }
    case 'examples-fail': {
      const rulebook = verify(texts);
      const example = casesOf(rulebook).find(
        ({ file, pointer }) => file === finding.file && pointer === finding.pointer,
      );
      return runCase(new Bench(rulebook), example as ExampleCase).message === shows;
    }
    case 'law-broken': {
      const rulebook = verify(texts);
      const example = casesOf(rulebook).find(({ file, pointer }) => witness.from === `${file} ${pointer}`);
      const { laws = [] } = runCase(new Bench(rulebook), example as ExampleCase);
      return laws.some((law) => shows === `its row breaks the law "${law}"`);
    }
    case 'calculation-doubtful': {
      const given = new Set<string>();
      const observed = {
        observerFor: () => ({
          calculation: ({ name }: CalculationNode, _: readonly Value[], value: Value) => {
            const { start = '', end = '' } = typeof value === 'object' && 'start' in value ? value : {};
            const days = start && `the days from ${withDashes(start)} through ${withDashes(end)}`;
            given.add(`the fact "${name}" gives ${value === undefined ? 'nothing' : days || String(value)}`);
          },
        }),
      };
      evaluated(texts, witness, '40', undefined, observed);
      return given.has(shows);
    }
    default:
      return false;
  }
}

t.test('the shipped rulebook has no errors, and its histories show what they say', (t) => {
  t.equal(shipped.canBeUsed, true);
  t.same(shipped.findings.filter(({ severity }) => severity === 'error').map(described), []);
  for (const finding of shipped.findings) if (finding.witness) t.ok(showsIt(shippedTexts, finding), described(finding));
  t.end();
});

t.test('mistakes', (t) => {
  for (const { name, title, patches, versions, references, findings, examplesFailing = 0 } of mistakes) {
    const texts = patched(patches);
    const report = checkRulebook(texts, {
      today: TODAY,
      ...(versions && { versions }),
      references: Object.entries(references ?? {}).map(([file, rows]) => rowsFile({ name: file, sha256: '', rows })),
    });
    const found = report.findings.filter((finding) => !known.has(identity(finding)));
    const told = found
      .filter((finding) => !isCounted(finding, name))
      .map((finding) => ({ found: described(finding), ...(finding.witness && { shown: finding.witness.shows }) }));
    const failing = found.filter((finding) => isCounted(finding, name)).length;
    if (process.env['CENR_UPDATE'] === '1')
      writeFileSync(
        join(MISTAKES, name),
        `${JSON.stringify({ title, patches, versions, references, findings: told, ...(failing > 0 && { examplesFailing: failing }) }, null, 2)}\n`,
      );
    t.same(told, findings, `${name}: ${title}`);
    t.equal(failing, examplesFailing, `${name}: examples that fail`);
    for (const finding of found) {
      t.ok(Object.hasOwn(KINDS, finding.kind), `${name}: ${finding.kind} is a kind that docs/rule-check.md explains`);
      if (finding.witness && !isCounted(finding, name))
        t.ok(showsIt(texts, finding), `${name}: the history shows that ${finding.witness.shows}`);
    }
  }
  t.end();
});

t.test('every kind of finding has a mistake that shows it', (t) => {
  const shown = new Set(
    mistakes.flatMap(({ findings }) => findings.map(({ found }) => /\(([a-z-]+)\)$/.exec(found)?.[1])),
  );
  t.same(
    Object.keys(KINDS).filter((kind) => !shown.has(kind)),
    ['not-examined'],
    'but for conditions too large to examine, which test/authoring/check/bad-input.test.ts has',
  );
  t.end();
});
