/** Where jobs leave their files. */
import type { Job } from '#publishing/job';

/** What the names of the files of a job begin with. */
export const nameOfFiles = ({ id, attempt = 1 }: Pick<Job, 'id' | 'attempt'>): string =>
  attempt > 1 ? `${id}.${attempt}` : id;
