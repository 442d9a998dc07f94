/** A thread that compares the students of ranges with requests for SSIDs. */
import { serveTasks, type TaskContext } from '#base/serve-tasks';
import type { Description } from '#identity/person';
import type { SSIDRange } from '#records/scope';
import { type MatchSetup, MatchSteps } from './match-steps.ts';

export type MatchThread = typeof setUp;

async function setUp(setup: MatchSetup) {
  const steps = await MatchSteps.open(setup);
  return {
    begin: (requests: readonly Description[]) => steps.begin(requests),
    range: (range: SSIDRange, { signal }: TaskContext) => steps.range(range, signal),
    take: () => steps.take(),
  };
}

serveTasks(setUp);
