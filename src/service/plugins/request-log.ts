/**
 * One line of log for each request: method, route template, status, duration, key, refusal. The path itself is not
 * written: callers choose what stands in it.
 */
import fp from 'fastify-plugin';

export default fp(
  async (app) => {
    app.addHook('onSend', (request, reply, payload, done) => {
      reply.header('x-request-id', request.id);
      done(null, payload);
    });
    app.addHook('onResponse', (request, reply, done) => {
      const { refusal, key } = request;
      request.log.info(
        {
          method: request.method,
          route: routeOf(request),
          status: reply.statusCode,
          ms: Math.round(reply.elapsedTime * 10) / 10,
          ...(key && { keyId: key.id }),
          ...(refusal && { code: refusal }),
        },
        'request',
      );
      done();
    });
    app.addHook('onRequestAbort', (request, done) => {
      request.log.info(
        { method: request.method, route: routeOf(request), ...(request.key && { keyId: request.key.id }) },
        'request aborted by the client',
      );
      done();
    });
  },
  { name: 'request-log', dependencies: ['problem-details', 'auth'] },
);

/** The template of the route, such as `/v1/uploads/:id`. */
export const routeOf = (request: {
  readonly is404: boolean;
  readonly routeOptions: { readonly url?: string | undefined };
}): string => (request.is404 ? 'unknown' : (request.routeOptions.url ?? 'unknown'));
