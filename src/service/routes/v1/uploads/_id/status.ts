/** GET and DELETE /v1/uploads/{id}/status */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { ServiceError } from '#service/http/errors';
import { jobAsPreferred, PreferHeader } from '#service/jobs/prefer-wait';
import { scopeOf } from '#service/plugins/auth';
import { IdParams } from '#service/schemas/page';
import { contents, responses } from '#service/schemas/responses';
import { shownLoaded, shownUploadJob } from '#service/schemas/upload-status';
import type { UploadJob } from '#store/upload-job';

const route: FastifyPluginAsyncTypebox = async (app) => {
  const jobOf = (request: FastifyRequest, id: string): Promise<UploadJob | undefined> =>
    app.store.forLEAs(scopeOf(request)).jobs('upload').get(id);

  app.get(
    '/status',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['uploads'],
        operationId: 'getUploadStatus',
        summary: 'Whether an upload is loaded',
        description:
          'The Location header of an upload that was sent with Prefer: respond-async names this address. With `Prefer: wait=30`, the answer comes when the upload is loaded, or after 30 seconds.',
        headers: PreferHeader,
        params: IdParams,
        response: responses(
          { 200: contents('The status', { 'application/json': Type.Ref('UploadStatus') }, ['preference-applied']) },
          ['CENR_NOT_FOUND'],
        ),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      if (await jobOf(request, id)) {
        const find = async () => (await jobOf(request, id)) as UploadJob;
        const job = await jobAsPreferred(app, 'upload', find, request, reply);
        return shownUploadJob(job, await app.store.forLEAs(scopeOf(request)).jobs('upload').deliveries(id));
      }
      const upload = await app.store.forLEAs(scopeOf(request)).upload(id);
      if (upload) return shownLoaded(upload);
      throw new ServiceError('CENR_NOT_FOUND');
    },
  );

  app.delete(
    '/status',
    {
      config: { access: ['vendor'] },
      schema: {
        tags: ['uploads'],
        operationId: 'cancelUpload',
        summary: 'Cancel an upload that is not loaded yet',
        description:
          'Removes the files of an upload that is Pending or Processing; nothing of it is stored. Cancelling it again, or cancelling one that Failed, changes nothing. One that is loaded cannot be cancelled.',
        params: IdParams,
        response: responses({ 204: { description: 'Done', type: 'null' } }, ['CENR_NOT_FOUND', 'CENR_UPLOAD_LOADED']),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const job = await jobOf(request, id);
      if (job) await app.jobs.upload.cancel(job);
      // It may have been loaded meanwhile, or never have been a job.
      if (await app.store.forLEAs(scopeOf(request)).upload(id)) throw new ServiceError('CENR_UPLOAD_LOADED');
      if (!job) throw new ServiceError('CENR_NOT_FOUND');
      return reply.code(204).send();
    },
  );
};

export default route;
