/** The answers of a route as its schema: the good ones as given, the refusals from the catalogue codes it may use. */
import { type TSchema, Type } from 'typebox';
import { ERRORS, type ErrorCode } from '../http/errors.ts';

/** What every route may answer. */
const COMMON: readonly ErrorCode[] = [
  'CENR_HTTP_INVALID',
  'CENR_TIMEOUT',
  'CENR_RATE_LIMITED',
  'CENR_HEADERS_TOO_LARGE',
  'CENR_INTERNAL',
  'CENR_NOT_READY',
];
const OF_KEYS: readonly ErrorCode[] = [
  'CENR_REQUEST_INVALID',
  'CENR_KEY_REQUIRED',
  'CENR_KEY_UNKNOWN',
  'CENR_ROLE_MISSING',
  'CENR_ACCESS_LOG_UNAVAILABLE',
  'CENR_STORE_UNAVAILABLE',
  'CENR_DISK_FULL',
];

/** What every route with a JSON body may refuse. */
export const BODY_REFUSALS = [
  'CENR_JSON_INVALID',
  'CENR_BODY_TOO_LARGE',
  'CENR_MEDIA_TYPE_UNSUPPORTED',
] as const satisfies readonly ErrorCode[];

/**
 * @param good schemas by status; each with its description
 * @param codes the refusals of this route beside those that every route has
 * @param access `key` for a route that asks for an API key
 */
export function responses(
  good: Readonly<Record<number, unknown>>,
  codes: readonly ErrorCode[],
  access: 'key' | 'public' = 'key',
): Record<string, unknown> {
  const all = [...new Set([...codes, ...(access === 'key' ? OF_KEYS : []), ...COMMON])];
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of all) byStatus.set(ERRORS[code].status, [...(byStatus.get(ERRORS[code].status) ?? []), code]);
  const refusals = Array.from(byStatus, ([status, of]) => [String(status), refusal(of)] as const);
  return { ...good, ...Object.fromEntries(refusals) };
}

const refusal = (codes: readonly ErrorCode[]): unknown => ({
  description: codes.map((code) => `\`${code}\`: ${ERRORS[code].says}`).join('\n\n'),
  content: { 'application/problem+json': { schema: Type.Ref('Problem') } },
});

/** Headers that answers have, by name. */
export const ANSWER_HEADERS = {
  location: 'Address of what was created',
  'cenr-rulebook': 'SHA-256 of the rulebook the answer was made with',
  'idempotent-replayed': '"true" when this is the answer to an earlier request with the same Idempotency-Key',
  'content-disposition': 'The name of the file',
  'content-range': 'Which bytes these are, and how many the file has',
  link: 'Address of the next page, with rel="next"; absent on the last page',
  'repr-digest': 'SHA-256 of the body (RFC 9530)',
  'preference-applied':
    'What of the header Prefer was heeded: how long the service was ready to wait, or that it did not wait',
  etag: 'The value to send in If-None-Match, to learn whether this has changed',
} as const;

/** A good answer: what it is, its media types and what they hold, and the headers worth knowing. */
export const contents = (
  description: string,
  byType: Readonly<Record<string, TSchema>>,
  headers: readonly (keyof typeof ANSWER_HEADERS)[] = [],
): unknown => ({
  description,
  content: Object.fromEntries(Object.entries(byType).map(([type, schema]) => [type, { schema }])),
  ...(headers.length > 0 && {
    headers: Object.fromEntries(headers.map((name) => [name, { type: 'string', description: ANSWER_HEADERS[name] }])),
  }),
});

/** The answer to whoever names the ETag that the thing still has. */
export const NOT_MODIFIED = {
  description: 'Nothing has changed since the ETag in If-None-Match',
  type: 'null',
} as const;

/** A text of any length. */
export const text = (description: string): TSchema => Type.String({ description });
