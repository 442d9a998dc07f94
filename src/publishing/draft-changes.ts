/** A draft after a change: what a step may change of it, and what every step does. */
import type { DraftWithTexts } from './draft.ts';

/** A draft after a step, with the next revision. */
export function changed(draft: DraftWithTexts, at: string, changes: DraftChanges): DraftWithTexts {
  const next = { ...draft, ...changes, revision: draft.revision + 1, changedAt: at };
  return Object.fromEntries(
    Object.entries(next).filter(([, value]) => value !== undefined),
  ) as unknown as DraftWithTexts;
}

/** What a step changes; keys that are `undefined` are taken out. */
export type DraftChanges = { readonly [K in keyof DraftWithTexts]?: DraftWithTexts[K] | undefined };
