/** The header Vary: which headers of a request an answer depends on, beside those that were named before. */
import type { FastifyReply } from 'fastify';

export const varyBy = (reply: FastifyReply, name: string): FastifyReply =>
  reply.header('vary', [reply.getHeader('vary'), name].filter((one) => one !== undefined).join(', '));
