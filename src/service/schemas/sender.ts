/** Whose records a file has. */
import { Type } from 'typebox';
import type { LEAScope } from '#records/scope';
import { ServiceError } from '../http/errors.ts';
import { requireLEAs } from '../plugins/auth.ts';

export const SenderQuery = {
  reportingLEA: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 8_000,
      pattern: '^(all|[0-9]{7}(,[0-9]{7})*)$',
      description:
        'The LEA that sends the records, several with commas between them, or "all" for a county or the state (default: all LEAs of the key, when it is bound to certain LEAs)',
    }),
  ),
};

/**
 * Whose records these are: of all LEAs of a key, unless the request names some of them.
 * @throws ServiceError
 */
export function senderOf(scope: LEAScope, asked: string | undefined): string {
  if (asked === undefined) {
    if (scope !== 'all') return scope.toSorted().join(',');
    throw new ServiceError('CENR_REQUEST_INVALID', {
      errors: [
        {
          parameter: 'reportingLEA',
          message:
            'this key is bound to all LEAs; name those that send the records, or "all" for a county or the state',
        },
      ],
    });
  }
  const leas = asked === 'all' ? asked : [...new Set(asked.split(','))].sort();
  requireLEAs(scope, leas);
  return leas === 'all' ? leas : leas.join(',');
}
