/** The clock of the command line. Nothing else of it reads one. */
import { dayIn } from '#base/today';
import { DEFAULT_CONFIG } from '#service/config';

/** Gives the day of a moment, CCYYMMDD, in the time zone of the students, as the service has it (`CENR_TIME_ZONE`). */
export const dayOfMoment = (): ((moment: Date) => string) =>
  dayIn(process.env['CENR_TIME_ZONE'] ?? DEFAULT_CONFIG.timeZone);

/** Today, CCYYMMDD, by the same time zone. Only the shell reads a clock. */
export const today = (now = new Date()): string => dayOfMoment()(now);
