/** What REST shows of rules, by the names that pages have for it; each shape is written where its thing is. */
import type { Shape } from '#base/shape';
import type { ExtractRequest } from '#extract/request';
import type { Impact } from '#service/schemas/impact';
import type { RulebookView } from '#service/schemas/rulebook';
import type { ActivationView, VersionsView, VersionView } from '#service/schemas/version';

export type {
  CheckView as ShownCheck,
  DraftSummary as ShownSummary,
  DraftView as ShownDraft,
  KnownView as ShownKnown,
} from '#service/schemas/draft';
export type {
  Cited as ShownCited,
  ExamplesView as ShownExamples,
  ExampleView as ShownExample,
  LedgerView as ShownLedger,
  MadeExampleView as ShownMadeExample,
  MutantsView as ShownMutants,
} from '#service/schemas/examples';
export type { TriedView as ShownTried } from '#service/schemas/tried';
export type {
  DifferencesView as ShownDifferences,
  RestorePreview as ShownPreview,
  VersionFiles as ShownFiles,
  WordsView as ShownWords,
} from '#service/schemas/version';

export type ShownRules = Shape<typeof RulebookView>;
export type ShownVersion = VersionView;
export type ShownVersions = VersionsView;
export type ShownActivation = ActivationView;
export type ShownParameter = ShownRules['parameters'][number];

export type ShownImpact = Omit<Impact, 'request'> & { readonly request: ExtractRequest };
