/** A thread that looks for anomalies among the students of ranges. */
import { serveTasks, type TaskContext } from '#base/serve-tasks';
import { type AnomalySetup, AnomalySteps, type AnomalyTask } from './anomaly-steps.ts';

export type AnomalyThread = typeof setUp;

async function setUp(setup: AnomalySetup) {
  const steps = await AnomalySteps.open(setup);
  return {
    async range(task: AnomalyTask, { transfer, signal }: TaskContext) {
      const result = await steps.range(task, signal);
      transfer(result.persons.keys.buffer, result.persons.owners.buffer);
      return result;
    },
  };
}

serveTasks(setUp);
