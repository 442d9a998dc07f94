/** Whether an upload is loaded, as it is shown. */
import { Type } from 'typebox';
import { closed, type Shape } from '#base/shape';
import type { Upload } from '#intake/upload';
import type { Delivery } from '#store/delivery';
import { UploadJob } from '#store/upload-job';
import { Deliveries, shownDeliveries } from './deliveries.ts';
import { Percent, percentOf } from './percent.ts';

export const UploadStatus = Type.Object(
  {
    ...UploadJob.properties,
    progress: Percent,
    deliveries: Deliveries,
    links: Type.Object(
      { self: Type.String(), upload: Type.Optional(Type.String()), problems: Type.Optional(Type.String()) },
      { ...closed, description: 'All but the first exist when the upload is loaded' },
    ),
  },
  { $id: 'UploadStatus', ...closed },
);
export type UploadStatus = Shape<typeof UploadStatus>;

/**
 * @param job as stored
 * @param deliveries what was told of it, where that is shown
 */
export function shownUploadJob(
  { id, status, progress, sender, requestedAt, ...job }: UploadJob,
  deliveries: readonly Delivery[] = [],
): UploadStatus {
  const upload = `/v1/uploads/${id}`;
  const { finishedAt, failure } = job;
  return {
    id,
    status,
    progress: percentOf(progress),
    sender,
    requestedAt,
    ...(finishedAt !== undefined && { finishedAt }),
    ...(failure !== undefined && { failure }),
    ...shownDeliveries(deliveries),
    links: { self: `${upload}/status`, ...(status === 'Complete' && { upload, problems: `${upload}/problems` }) },
  };
}

/** The status of an upload that was never a job, such as one from the command line. */
export const shownLoaded = ({ id, sender, receivedAt: requestedAt }: Upload): UploadStatus => {
  const upload = `/v1/uploads/${id}`;
  const links = { self: `${upload}/status`, upload, problems: `${upload}/problems` };
  return { id, status: 'Complete', progress: 100, sender, requestedAt, links };
};
