/** What is told to a person or a program when a job ends. */
import { Type } from 'typebox';
import { closed, moment, oneOf, type Shape } from '#base/shape';
import type { LEAScope } from '#records/scope';

/** As everybody sees it who sees the job. */
export const ShownDelivery = Type.Object(
  {
    id: Type.String({ description: 'The same in every try; the header webhook-id of a webhook' }),
    way: oneOf(['email', 'webhook']),
    to: Type.String({ description: 'The e-mail address, or the host of the webhook' }),
    state: oneOf(['waiting', 'delivered', 'not delivered'], {
      description: '"not delivered": given up; it is not tried again',
    }),
    tries: Type.Integer({ minimum: 0, description: 'How many tries were begun' }),
    nextTry: Type.Optional(moment('When it is tried next')),
    deliveredAt: Type.Optional(moment('When it was delivered')),
    failure: Type.Optional(Type.String({ description: 'Why the last try failed' })),
  },
  closed,
);
export type ShownDelivery = Shape<typeof ShownDelivery>;

/** As it is kept. */
export interface Delivery extends ShownDelivery {
  /** Id of the job. */
  readonly job: string;
  /** Id of the key whose person gets the e-mail, or of the webhook. */
  readonly target: string;
  /** What is told (src/service/outbox/events.ts), as JSON: the same in every try. */
  readonly event: string;
}

/** What may become of a delivery; `undefined` takes a value away. */
export type DeliveryChange = Pick<Delivery, 'state'> & {
  readonly [K in 'tries' | 'nextTry' | 'deliveredAt' | 'failure']?: Delivery[K] | undefined;
};

/** A program that is told when jobs end all of whose LEAs are in its scope. */
export interface Webhook {
  readonly id: string;
  readonly url: string;
  readonly leas: LEAScope;
  /** `whsec_…`: what it is told is signed with it. */
  readonly secret: string;
  /** ISO 8601 in UTC. */
  readonly createdAt: string;
}
