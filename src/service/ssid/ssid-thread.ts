/** The thread of ssid-threads.ts. */
import { serveTasks, type TaskContext } from '#base/serve-tasks';
import { type MatchingWork, type SearchWork, type SSIDListWork, ssidWorkIn } from './ssid-work.ts';

export type SSIDThread = typeof setUp;

type In<Work> = Work & { readonly storeDir: string };

const setUp = () => ({
  match: ({ storeDir, ...work }: In<MatchingWork>, context: TaskContext) => ssidWorkIn(storeDir).match(work, context),
  list: ({ storeDir, ...work }: In<SSIDListWork>, context: TaskContext) => ssidWorkIn(storeDir).list(work, context),
  search: ({ storeDir, ...work }: In<SearchWork>, context: TaskContext) => ssidWorkIn(storeDir).search(work, context),
});

serveTasks(setUp);
