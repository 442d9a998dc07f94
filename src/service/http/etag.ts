/** ETags of JSON that is small and seldom changes (RFC 9110): whoever has it already is told so, and gets nothing. */
import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** For a body that has no hash of its own. */
export const etagOf = (body: string): string => createHash('sha256').update(body).digest('hex');

/** Whether a header If-None-Match names the tag; a proxy that packs an answer makes its tag a weak one. */
export const namesTag = (header: string, quoted: string): boolean =>
  header === '*' || header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === quoted);

/**
 * Sends a body as JSON with its ETag, or 304 to whoever names that tag.
 * @param tag without quotation marks
 */
export function sendUnlessKnown(
  { headers }: FastifyRequest,
  reply: FastifyReply,
  tag: string,
  body: string,
): FastifyReply {
  const quoted = `"${tag}"`;
  reply.header('etag', quoted);
  const known = headers['if-none-match'];
  if (known !== undefined && namesTag(known, quoted)) return reply.code(304).send();
  return reply.type('application/json; charset=utf-8').send(body);
}
