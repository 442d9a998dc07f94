/**
 * Every generated file of the repository, as text. `npm run generate` writes them; tests and CI compare them with what
 * is committed.
 */
import type { Rulebook } from '#rulebook/load/assemble';
import { hashOf, loadRulebook, readTexts } from '#rulebook/load/load';
import { grammarHash, validatorsText } from '../grammar-validators.ts';
import { answersText } from './answers-file.ts';
import { benchmarksPage } from './benchmarks-page.ts';
import { codeSetsPage } from './code-sets-page.ts';
import { commandLinePage } from './command-line-page.ts';
import { errorsText } from './errors-page.ts';
import { grammarTypesText } from './grammar-types-file.ts';
import { ledgerPage } from './ledger-page.ts';
import { mutationPage } from './mutation-page.ts';
import { openapiText } from './openapi-file.ts';
import { operatorsPage } from './operators-page.ts';
import { recordChecksPage } from './record-checks-page.ts';
import { ruleCheckPage } from './rule-check-page.ts';
import { rulesPage } from './rules-page.ts';
import { wrapped } from './wrapped.ts';

export interface GeneratedFile {
  /** Path in the repository, with `/`. */
  readonly path: string;
  readonly text: () => string | Promise<string>;
}

export function generatedFiles(): GeneratedFile[] {
  let loaded: Rulebook | undefined;
  // Loaded late: when grammar and rules change together, the rules are verified with the validators written here.
  const rulebook = (): Rulebook => (loaded ??= loadRulebook());
  const pages: GeneratedFile[] = [
    { path: 'docs/benchmarks.md', text: benchmarksPage },
    { path: 'docs/code-sets.md', text: () => codeSetsPage(rulebook()) },
    { path: 'docs/command-line.md', text: commandLinePage },
    { path: 'docs/ledger.md', text: () => ledgerPage(rulebook()) },
    { path: 'docs/mutation.md', text: () => mutationPage(rulebook()) },
    { path: 'docs/operators.md', text: operatorsPage },
    { path: 'docs/record-checks.md', text: () => recordChecksPage(rulebook()) },
    { path: 'docs/rule-check.md', text: ruleCheckPage },
    { path: 'docs/rules.md', text: () => rulesPage(rulebook()) },
    { path: 'docs/errors.md', text: errorsText },
  ];
  return [
    { path: 'src/rulebook/load/generated/validators.cjs', text: validatorsText },
    ...pages.map(({ path, text }) => ({ path, text: async () => wrapped(await text()) })),
    { path: 'openapi/answers.json', text: answersText },
    { path: 'openapi/openapi.json', text: openapiText },
    { path: 'src/rulebook/load/generated/verified.json', text: verifiedText },
    { path: 'src/rulebook/load/grammar-types.ts', text: grammarTypesText },
  ];
}

/** The rulebook that comes with the program, and the grammar it was verified with. */
const verifiedText = (): string =>
  `${JSON.stringify({ rulebook: hashOf(readTexts()), grammar: grammarHash() }, null, 2)}\n`;
