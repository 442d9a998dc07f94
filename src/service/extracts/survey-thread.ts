/** The thread of surveys.ts: it looks at every student of an extract, with a store and rules of its own. */
import { serveTasks, type TaskContext } from '#base/serve-tasks';
import { assemble, type RulebookSource } from '#rulebook/load/assemble';
import { openSqliteStore } from '#store/sqlite';
import { SURVEYS, type SurveyWork } from './survey-work.ts';

export interface ThreadWork {
  readonly storeDir: string;
  readonly rulebook: RulebookSource;
  readonly work: SurveyWork;
}

export type SurveyThread = typeof setUp;

const setUp = () => ({
  async survey({ storeDir, rulebook, work }: ThreadWork, { signal, onProgress }: TaskContext): Promise<void> {
    const store = openSqliteStore(storeDir, { readOnly: true });
    try {
      await SURVEYS[work.asked.name](store, assemble(rulebook), work, { signal, onProgress });
    } finally {
      await store.close();
    }
  },
});

serveTasks(setUp);
