/** Another thread of threads.test.ts, which is set up with nothing. */
import { serveTasks } from '#base/serve-tasks';
import { KnownError } from './known-error.ts';

export type SingleTaskThread = typeof setUp;

const setUp = () => ({
  shout(text: string): string {
    if (text === '') throw new KnownError('text', 'found nothing');
    return text.toUpperCase();
  },
});

serveTasks(setUp);
