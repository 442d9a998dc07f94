/** The thread of surveys.ts: it looks at every student of an extract, with a store and rules of its own. */
import { serveTasks, type TaskContext } from '#base/serve-tasks';
import { assemble, type RulebookSource } from '#rulebook/load/assemble';
import { openSqliteStore } from '#store/sqlite';
import type { SurveyName } from './survey-files.ts';
import { type Survey, type SurveyWork, surveyExceptions, surveyWithoutRow } from './survey-work.ts';

export interface ThreadWork {
  readonly survey: SurveyName;
  readonly storeDir: string;
  readonly rulebook: RulebookSource;
  readonly work: SurveyWork;
}

export type SurveyThread = typeof setUp;

const DOES: Readonly<Record<SurveyName, Survey>> = { exceptions: surveyExceptions, withoutRow: surveyWithoutRow };

const setUp = () => ({
  async survey({ survey, storeDir, rulebook, work }: ThreadWork, { signal, onProgress }: TaskContext): Promise<void> {
    const store = openSqliteStore(storeDir, { readOnly: true });
    try {
      await DOES[survey](store, assemble(rulebook), work, { signal, onProgress });
    } finally {
      await store.close();
    }
  },
});

serveTasks(setUp);
