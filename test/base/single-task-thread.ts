/** Another thread of threads.test.ts, which is set up with nothing. */
import { serveTasks } from '#base/serve-tasks';
import { KnownError } from './known-error.ts';

export type SingleTaskThread = typeof setUp;

const setUp = () => {
  let tasks = 0;
  return {
    shout(text: string): { readonly shouted: string; readonly tasks: number } {
      tasks++;
      if (text === '') throw new KnownError('text', 'found nothing');
      return { shouted: text.toUpperCase(), tasks };
    },
  };
};

serveTasks(setUp);
