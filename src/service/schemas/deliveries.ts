/** What was told of a job that ended, as it is shown. */
import { Type } from 'typebox';
import { type Delivery, ShownDelivery } from '#store/delivery';

export const Deliveries = Type.Optional(
  Type.Array(ShownDelivery, {
    description:
      'In the answer about one job: who is told that it ended, by e-mail or by a webhook, and whether that was delivered',
  }),
);

/** For the answer about a job; no key when nothing is told of it. */
export const shownDeliveries = (deliveries: readonly Delivery[]): { readonly deliveries?: readonly ShownDelivery[] } =>
  deliveries.length === 0
    ? {}
    : { deliveries: deliveries.map(({ job: _, target: _target, event: _event, ...shown }) => shown) };
