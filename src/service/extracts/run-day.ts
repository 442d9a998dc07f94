/** The day for which something is asked. */
import type { FastifyInstance } from 'fastify';
import { parseDay } from '#records/days';
import { ServiceError } from '../http/errors.ts';
import { shown } from '../http/validate.ts';

/**
 * The run date of a body as CCYYMMDD: today when it names none.
 * @throws ServiceError CENR_REQUEST_INVALID
 */
export function runDay(app: FastifyInstance, runDate: string | undefined): string {
  const day = runDate === undefined ? app.today() : parseDay(runDate);
  if (day !== undefined) return day;
  throw new ServiceError('CENR_REQUEST_INVALID', {
    errors: [
      { pointer: '/runDate', message: `found ${shown(runDate)}, expected a real date, written CCYYMMDD or CCYY-MM-DD` },
    ],
  });
}
