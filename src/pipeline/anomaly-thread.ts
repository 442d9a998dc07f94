/** A thread that looks for anomalies among the students of ranges. */
import { serveTasks, type TaskContext } from '#base/serve-tasks';
import type { SSIDRange } from '#records/scope';
import { type AnomalySetup, AnomalySteps, type AnomalyTask } from './anomaly-steps.ts';

export type AnomalyThread = typeof setUp;

function setUp(setup: AnomalySetup) {
  const steps = new AnomalySteps(setup);
  return {
    begin: (task: AnomalyTask) => steps.begin(task),
    async range(range: SSIDRange, { transfer, signal }: TaskContext) {
      const result = await steps.range(range, signal);
      transfer(result.persons.keys.buffer, result.persons.ends.buffer);
      return result;
    },
  };
}

serveTasks(setUp);
